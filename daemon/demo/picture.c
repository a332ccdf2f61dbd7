/* SPDX-License-Identifier: MIT */
/* See picture.h. */
#include <config.h>

#include <string.h>

#include "demo/picture.h"
#include "wire/formats.h"

#define SQUARE_PX   200
#define SCRIBBLE_PX 64

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static const struct pixel_format *format_of(const struct picture *picture)
{
	return pixel_format_find(picture->fourcc);
}

uint32_t picture_stride_bytes(const struct picture *picture)
{
	return picture->width_px * format_of(picture)->cpp;
}

uint32_t picture_size_bytes(const struct picture *picture)
{
	return picture_stride_bytes(picture) * picture->height_px;
}

/* The pixel of a colour; where the format has alpha, it is opaque. */
static uint32_t pixel_of(const struct picture *picture, uint32_t colour)
{
	const struct pixel_format *format = format_of(picture);
	uint32_t pixel = 0, used = 0;

	for (unsigned i = 0; i < 3; i++) {
		const uint32_t value = colour >> (16 - 8 * i) & 0xff;

		pixel |= value >> (8 - format->bits[i]) << format->shift[i];
		used |= ((1u << format->bits[i]) - 1) << format->shift[i];
	}
	if ((char)picture->fourcc != 'A')
		return pixel;
	return pixel | (format->cpp == 4 ? ~used : ~used & 0xffff);
}

void picture_fill(const struct picture *picture, uint32_t x, uint32_t y, uint32_t width_px,
		  uint32_t height_px, uint32_t colour)
{
	const uint32_t stride_bytes = picture_stride_bytes(picture);
	const uint32_t cpp = format_of(picture)->cpp;
	const uint32_t pixel = pixel_of(picture, colour);
	uint8_t *first, *out;

	if (x >= picture->width_px || y >= picture->height_px)
		return;
	width_px = smaller(width_px, picture->width_px - x);
	height_px = smaller(height_px, picture->height_px - y);
	first = out = picture->pixels + (size_t)y * stride_bytes + (size_t)x * cpp;
	for (uint32_t i = 0; i < width_px; i++)
		for (uint32_t byte = 0; byte < cpp; byte++)
			*out++ = (uint8_t)(pixel >> 8 * byte);
	for (uint32_t row = 1; row < height_px; row++)
		memcpy(first + (size_t)row * stride_bytes, first, (size_t)width_px * cpp);
}

void picture_number(const struct picture *picture, uint32_t number)
{
	picture_fill(picture, 0, 0, 1, 1, number & 0xffffff);
}

void picture_square(const struct picture *picture, uint32_t number, uint32_t colour)
{
	const uint32_t side_px =
		smaller(SQUARE_PX, smaller(picture->width_px, picture->height_px) / 2);

	picture_fill(picture, 8 * number % (picture->width_px - side_px + 1),
		     4 * number % (picture->height_px - side_px + 1), side_px, side_px, colour);
}

/* Places and colours follow from the number by multiplications with large odd numbers. */
void picture_scribble(const struct picture *picture, uint32_t number)
{
	const uint32_t mixed = number * UINT32_C(2654435761);

	picture_fill(picture, (mixed >> 16) % picture->width_px,
		     (mixed & 0xffff) % picture->height_px, SCRIBBLE_PX, SCRIBBLE_PX,
		     number * UINT32_C(40503) & 0xffffff);
}
