/* SPDX-License-Identifier: MIT */
/* Where a picture is in a window: as large as fits, in its middle, aspect kept.  Pure. */
#ifndef XENAV_VIEW_PLACE_H
#define XENAV_VIEW_PLACE_H

#include <stdbool.h>
#include <stdint.h>

struct size {
	uint32_t width_px;
	uint32_t height_px;
};

struct place {
	int32_t x_px;
	int32_t y_px;
	struct size size; /* 0x0 where either has no pixels */
};

struct place place_fit(struct size picture, struct size window);

/* Is the picture magnified by a whole number? */
bool place_is_whole(const struct place *place, struct size picture);

/*
 * The pixel of the picture at a point of the window; the nearest one if the point is beside the
 * picture.  @return whether the point is on the picture.
 */
bool place_find(const struct place *place, struct size picture, double x_px, double y_px,
		int32_t *picture_x, int32_t *picture_y);

/* The size of a new window for the picture, with its aspect, where there is so much room; 0x0: any.
 */
struct size place_shrink(struct size picture, struct size room);

#endif
