/* SPDX-License-Identifier: MIT */
/* Framebuffers, and what a connector shows of one. */
#ifndef XENAVD_PICTURE_H
#define XENAVD_PICTURE_H

#include <stdint.h>

#include "display/geometry.h"

struct gbuf;

/* Cookie 0 is a free entry.  No two others have the same. */
struct fb {
	uint64_t cookie;
	struct gbuf *gbuf; /* of its display buffer */
	struct fb_shape shape;
};

struct picture {
	uint64_t fb_cookie;
	struct gbuf *gbuf;    /* NULL: nothing is shown */
	struct region region; /* that is visible */
	uint64_t version;     /* counts configurations and flips */
	uint64_t epoch;       /* counts the times that nothing was shown */
};

#endif
