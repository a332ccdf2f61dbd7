/* SPDX-License-Identifier: MIT */
/* See pixels.h. */
#include <config.h>

#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "client/pixels.h"

#define OPAQUE 0xff000000u

/* Pixels as the guest wrote them: a copy, which it cannot change and which is aligned. */
union raw {
	uint32_t words[PIXELS_MAX];
	uint16_t halves[PIXELS_MAX];
	unsigned char bytes[PIXELS_MAX * 4];
};

/* Of a row without neighbours, the last pixel of YUYV has no V. */
#define NO_V 128

/* -------- loops that compilers make vector code of, for they know the number of steps -------- */

/* Formats that differ from XRGB8888 in their upper byte at most. */
static void copy_words(const union raw *in, uint32_t *restrict out)
{
	for (unsigned int i = 0; i < PIXELS_MAX; i++)
		out[i] = in->words[i] | htole32(OPAQUE);
}

/* Two pixels at once, in memory of any alignment. */
static bool equal_words(const unsigned char *in, const unsigned char *shown)
{
	const uint64_t opaque = htole64((uint64_t)OPAQUE << 32 | OPAQUE);
	uint64_t differences = 0;

	for (size_t i = 0; i < (size_t)PIXELS_MAX * 4; i += sizeof opaque) {
		uint64_t a, b;

		memcpy(&a, in + i, sizeof a);
		memcpy(&b, shown + i, sizeof b);
		differences |= (a | opaque) ^ b;
	}
	return differences == 0;
}

static void shift_words(const struct pixel_format *f, const union raw *in, uint32_t *restrict out)
{
	const unsigned int red = f->shift[0], green = f->shift[1], blue = f->shift[2];

	for (unsigned int i = 0; i < PIXELS_MAX; i++) {
		const uint32_t w = le32toh(in->words[i]);

		out[i] = htole32(OPAQUE | (w >> red & 0xff) << 16 | (w >> green & 0xff) << 8 |
				 (w >> blue & 0xff));
	}
}

/* Three bytes, of which the first is blue. */
static void gather_bytes(const union raw *in, uint32_t *restrict out)
{
	for (size_t i = 0; i < PIXELS_MAX; i++)
		out[i] = htole32(OPAQUE | (uint32_t)in->bytes[i * 3 + 2] << 16 |
				 (uint32_t)in->bytes[i * 3 + 1] << 8 | in->bytes[i * 3]);
}

/* Repeat the upper bits below: 5 bits abcde become abcdeabc. */
static uint32_t widen(uint32_t value, unsigned int bits)
{
	return value << (8 - bits) | value >> (2 * bits - 8);
}

static uint32_t channel(uint32_t word, unsigned int shift, unsigned int bits)
{
	return widen(word >> shift & ((1u << bits) - 1), bits);
}

static void unpack_halves(const struct pixel_format *f, const union raw *in, uint32_t *restrict out)
{
	const struct pixel_format l = *f;

	for (unsigned int i = 0; i < PIXELS_MAX; i++) {
		const uint32_t w = le16toh(in->halves[i]);

		out[i] = htole32(OPAQUE | channel(w, l.shift[0], l.bits[0]) << 16 |
				 channel(w, l.shift[1], l.bits[1]) << 8 |
				 channel(w, l.shift[2], l.bits[2]));
	}
}

/* From 24.8 bits to 8. */
static uint32_t clamp(int value)
{
	const int whole = (value < 0 ? 0 : value) >> 8;

	return (uint32_t)(whole > 255 ? 255 : whole);
}

static uint32_t yuv_pixel(int y, int u, int v)
{
	const int c = 298 * (y - 16) + 128, d = u - 128, e = v - 128;

	return htole32(OPAQUE | clamp(c + 409 * e) << 16 | clamp(c - 100 * d - 208 * e) << 8 |
		       clamp(c + 516 * d));
}

/* Two pixels share their colour: bytes Y, U, Y, V. */
static void decode_yuyv(const union raw *in, uint32_t *restrict out)
{
	uint32_t own[PIXELS_MAX], shared[PIXELS_MAX];

	for (unsigned int i = 0; i < PIXELS_MAX; i++)
		own[i] = le16toh(in->halves[i]);
	for (unsigned int i = 0; i < PIXELS_MAX; i++)
		shared[i] = own[i & ~1u] >> 8 | (own[i | 1u] & 0xff00);
	for (unsigned int i = 0; i < PIXELS_MAX; i++)
		out[i] = yuv_pixel((int)(own[i] & 0xff), (int)(shared[i] & 0xff),
				   (int)(shared[i] >> 8));
}

/* -------- rows -------- */

/* The last pixel of a row of odd width has no V and takes that of its neighbour. */
static void complete_yuyv(union raw *in, uint32_t n, const unsigned char *before)
{
	in->bytes[2 * n + 1] = n > 1 ? in->bytes[2 * n - 3] : before ? *before : NO_V;
}

/* Formats that differ from XRGB8888 in their upper byte at most. */
static bool is_xrgb(const struct pixel_format *f)
{
	return f->cpp == 4 && f->shift[0] == 16;
}

void pixels_convert(const struct pixel_format *f, const unsigned char *row, uint32_t x, uint32_t n,
		    uint32_t out[PIXELS_MAX])
{
	const unsigned char *src = row + (size_t)x * f->cpp;
	union raw in;

	if (n < PIXELS_MAX)
		memset(&in, 0, sizeof in);
	memcpy(&in, src, (size_t)n * f->cpp);
	if (f->bits[0] == 0) {
		if (n % 2)
			complete_yuyv(&in, n, x > 0 ? src - 1 : NULL);
		decode_yuyv(&in, out);
	} else if (f->cpp == 2) {
		unpack_halves(f, &in, out);
	} else if (f->cpp == 3) {
		gather_bytes(&in, out);
	} else if (is_xrgb(f)) {
		copy_words(&in, out);
	} else {
		shift_words(f, &in, out);
	}
}

bool pixels_are_shown(const struct pixel_format *f, const unsigned char *row, uint32_t x,
		      uint32_t n, const unsigned char *shown)
{
	if (!is_xrgb(f) || n != PIXELS_MAX)
		return false;
	return equal_words(row + (size_t)x * f->cpp, shown);
}
