/* SPDX-License-Identifier: MIT */
/* Framebuffers, and the part of one that a connector shows. */
#ifndef XENAVD_PICTURE_H
#define XENAVD_PICTURE_H

#include <stdint.h>

#include "display/geometry.h"

struct gbuf;
struct journal_slot;

/* Cookie 0 is a free entry; other cookies are unique. */
struct fb {
	uint64_t cookie;
	struct gbuf *gbuf; /* of its display buffer */
	struct fb_shape shape;
	struct journal_slot *slot;
};

struct picture {
	uint64_t fb_cookie;
	struct gbuf *gbuf;    /* NULL: nothing is shown */
	struct region region; /* the visible part */
	uint64_t version;     /* counts configurations and flips */
	uint64_t epoch;       /* counts the times that nothing was shown */
};

#endif
