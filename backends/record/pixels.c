/* SPDX-License-Identifier: MIT */
/*
 * See pixels.h.
 */
#include <config.h>

#include <stddef.h>

#include "pixels.h"
#include "wire/formats.h"

bool pixels_known(uint32_t fourcc)
{
	return pixel_format_find(fourcc);
}

/* Repeat the upper bits below: 5 bits abcde become abcdeabc. */
static unsigned char widen(uint32_t value, unsigned int bits)
{
	value <<= 8 - bits;
	return (unsigned char)(value | value >> bits);
}

static void packed_row(const struct pixel_format *l, const unsigned char *src, uint32_t width,
		       unsigned char *rgb)
{
	for (uint32_t x = 0; x < width; x++, src += 2, rgb += 3) {
		const uint32_t word = (uint32_t)src[0] | (uint32_t)src[1] << 8;

		for (unsigned int i = 0; i < 3; i++)
			rgb[i] = widen(word >> l->shift[i] & ((1u << l->bits[i]) - 1), l->bits[i]);
	}
}

/* The same for formats whose channels are whole bytes. */
static void byte_row(const struct pixel_format *l, const unsigned char *src, uint32_t width,
		     unsigned char *rgb)
{
	for (uint32_t x = 0; x < width; x++, src += l->cpp, rgb += 3)
		for (unsigned int i = 0; i < 3; i++)
			rgb[i] = src[l->shift[i] / 8];
}

static unsigned char clamp(int value)
{
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void yuv_pixel(int y, int u, int v, unsigned char *rgb)
{
	const int c = 298 * (y - 16) + 128, d = u - 128, e = v - 128;

	/* A division, no shift: clamp() turns negative values into 0. */
	rgb[0] = clamp((c + 409 * e) / 256);
	rgb[1] = clamp((c - 100 * d - 208 * e) / 256);
	rgb[2] = clamp((c + 516 * d) / 256);
}

/* Two pixels share their colour.  The last pixel of a row of odd width has no V and takes that of
 * its neighbour. */
static void yuyv_row(const unsigned char *src, uint32_t width, unsigned char *rgb)
{
	int v = 128;

	for (uint32_t x = 0; x < width; x += 2, src += 4, rgb += 6) {
		if (x + 1 < width) {
			v = src[3];
			yuv_pixel(src[2], src[1], v, rgb + 3);
		}
		yuv_pixel(src[0], src[1], v, rgb);
	}
}

void pixels_row(uint32_t fourcc, const unsigned char *src, uint32_t width, unsigned char *rgb)
{
	const struct pixel_format *l = pixel_format_find(fourcc);

	if (l->bits[0] == 0)
		yuyv_row(src, width, rgb);
	else if (l->bits[0] == 8)
		byte_row(l, src, width, rgb);
	else
		packed_row(l, src, width, rgb);
}
