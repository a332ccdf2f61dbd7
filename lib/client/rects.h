/* SPDX-License-Identifier: MIT */
/* A list of rectangles that does not grow beyond its room. */
#ifndef XENAV_CLIENT_RECTS_H
#define XENAV_CLIENT_RECTS_H

#include "xenav.h"

struct rects {
	struct xenav_rect *list;
	unsigned int n;
	unsigned int max; /* at least 1 */
};

/* Add a rectangle: as a part of one that ends where it begins and is as wide, or, without room, of
 * the one that grows least with it. */
void rects_add(struct rects *rects, const struct xenav_rect *rect);

#endif
