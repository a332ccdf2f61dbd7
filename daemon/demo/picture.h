/* SPDX-License-Identifier: MIT */
/*
 * The pictures that guests draw, exact to the pixel: xenav-demo-daemon(1) says what is where, and
 * tests draw the same.  Pure.
 */
#ifndef XENAVD_DEMO_PICTURE_H
#define XENAVD_DEMO_PICTURE_H

#include <stdint.h>

struct picture {
	uint8_t *pixels; /* in the guest's memory */
	uint32_t width_px;
	uint32_t height_px;
	uint32_t fourcc; /* of an RGB format in wire/formats.h */
};

/* Colours of 0xRRGGBB. */
#define PICTURE_BACKGROUND 0x204060
#define PICTURE_SQUARE     0xffffff

/* A row has no gap behind it. */
uint32_t picture_stride_bytes(const struct picture *picture);
uint32_t picture_size_bytes(const struct picture *picture);

/* Draw a rectangle, clipped to the picture. */
void picture_fill(const struct picture *picture, uint32_t x, uint32_t y, uint32_t width_px,
		  uint32_t height_px, uint32_t colour);

/* Draw the number of the frame into the first pixel. */
void picture_number(const struct picture *picture, uint32_t number);

/* Draw the moving square where it is in the frame of that number, or its background. */
void picture_square(const struct picture *picture, uint32_t number, uint32_t colour);

/* Draw the rectangle that WORD_DRAW adds with the frame of that number. */
void picture_scribble(const struct picture *picture, uint32_t number);

#endif
