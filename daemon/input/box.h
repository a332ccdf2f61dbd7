/* SPDX-License-Identifier: MIT */
/*
 * The box of a guest's screens, which is what an absolute pointer points into: the framebuffer when
 * all of them show parts of one, else the screens from left to right.  Pure.
 */
#ifndef XENAVD_INPUT_BOX_H
#define XENAVD_INPUT_BOX_H

#include <stdbool.h>
#include <stdint.h>

/* A connector as its guest has configured it; without a picture, its resolution alone counts. */
struct input_screen {
	bool shown;
	uint64_t fb;       /* cookie of the framebuffer */
	uint32_t x, y;     /* first pixel of the picture in the framebuffer */
	uint32_t width_px; /* at least 1 */
	uint32_t height_px;
};

struct input_point {
	int32_t x, y;
};

/*
 * Where a pixel of a screen is for the guest's pointer.
 *
 * @param screens all n of the guest's, in the order of devices and connectors; which is below n
 * @param range what the whole box is for the pointer: 0..range.x and 0..range.y
 * @return the position, within the range for any pixel
 */
struct input_point box_map(const struct input_screen *screens, unsigned n, unsigned which,
			   struct input_point pixel, struct input_point range);

#endif
