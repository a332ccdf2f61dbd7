/* SPDX-License-Identifier: MIT */
/*
 * See pixels.h.  DRM formats are named from the highest bit of a little-endian word: XRGB8888 is
 * B, G, R, X in memory.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <stddef.h>

#include "pixels.h"

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define YUYV FOURCC('Y', 'U', 'Y', 'V')

/* A packed format of whole bytes: where its channels are in the little-endian word. */
struct layout {
	uint32_t fourcc;
	uint8_t bytes;
	uint8_t bits[3]; /* of red, green, blue */
	uint8_t shift[3];
};

static const struct layout layouts[] = {
	{FOURCC('R', 'G', '1', '6'), 2, {5, 6, 5}, {11, 5, 0}}, /* RGB565 */
	{FOURCC('R', 'G', '2', '4'), 3, {8, 8, 8}, {16, 8, 0}}, /* RGB888 */
	{FOURCC('X', 'R', '2', '4'), 4, {8, 8, 8}, {16, 8, 0}}, /* XRGB8888 */
	{FOURCC('A', 'R', '2', '4'), 4, {8, 8, 8}, {16, 8, 0}}, /* ARGB8888 */
	{FOURCC('X', 'R', '1', '2'), 2, {4, 4, 4}, {8, 4, 0}},  /* XRGB4444 */
	{FOURCC('A', 'R', '1', '2'), 2, {4, 4, 4}, {8, 4, 0}},  /* ARGB4444 */
	{FOURCC('X', 'R', '1', '5'), 2, {5, 5, 5}, {10, 5, 0}}, /* XRGB1555 */
	{FOURCC('A', 'R', '1', '5'), 2, {5, 5, 5}, {10, 5, 0}}, /* ARGB1555 */
};

static const struct layout *find(uint32_t fourcc)
{
	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
		if (layouts[i].fourcc == fourcc)
			return &layouts[i];
	return NULL;
}

bool pixels_known(uint32_t fourcc)
{
	return fourcc == YUYV || find(fourcc);
}

/* The upper bits once more below: 5 bits abcde become abcdeabc. */
static unsigned char widen(uint32_t value, unsigned int bits)
{
	value <<= 8 - bits;
	return (unsigned char)(value | value >> bits);
}

static void packed_row(const struct layout *l, const unsigned char *src, uint32_t width,
		       unsigned char *rgb)
{
	for (uint32_t x = 0; x < width; x++, src += 2, rgb += 3) {
		const uint32_t word = (uint32_t)src[0] | (uint32_t)src[1] << 8;

		for (unsigned int i = 0; i < 3; i++)
			rgb[i] = widen(word >> l->shift[i] & ((1u << l->bits[i]) - 1), l->bits[i]);
	}
}

/* The same for formats whose channels are whole bytes. */
static void byte_row(const struct layout *l, const unsigned char *src, uint32_t width,
		     unsigned char *rgb)
{
	for (uint32_t x = 0; x < width; x++, src += l->bytes, rgb += 3) {
		rgb[0] = src[2];
		rgb[1] = src[1];
		rgb[2] = src[0];
	}
}

static unsigned char clamp(int value)
{
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void yuv_pixel(int y, int u, int v, unsigned char *rgb)
{
	const int c = 298 * (y - 16) + 128, d = u - 128, e = v - 128;

	/* Divided, not shifted: what is negative becomes 0 either way. */
	rgb[0] = clamp((c + 409 * e) / 256);
	rgb[1] = clamp((c - 100 * d - 208 * e) / 256);
	rgb[2] = clamp((c + 516 * d) / 256);
}

/* Two pixels share their colour.  In a row of odd width the last one has no V: it takes that of
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
	const struct layout *l = find(fourcc);

	if (!l)
		yuyv_row(src, width, rgb);
	else if (l->bits[0] == 8)
		byte_row(l, src, width, rgb);
	else
		packed_row(l, src, width, rgb);
}
