/* SPDX-License-Identifier: MIT */
/* See formats.h. */
#include <config.h>

#include <string.h>

#include "wire/formats.h"
#include "xenav.h"

#define S  SAMPLE_SIGNED
#define F  SAMPLE_FLOAT
#define BE SAMPLE_BIG_ENDIAN

/* clang-format off */
static const struct sample_format samples[SAMPLE_FORMATS] = {
	[XENAV_FORMAT_S8] = {"s8", NULL, 8, {0}, 8, S},
	[XENAV_FORMAT_U8] = {"u8", NULL, 8, {0x80}, 8, 0},
	[XENAV_FORMAT_S16_LE] = {"s16_le", NULL, 16, {0}, 16, S},
	[XENAV_FORMAT_S16_BE] = {"s16_be", NULL, 16, {0}, 16, S | BE},
	[XENAV_FORMAT_U16_LE] = {"u16_le", NULL, 16, {0x00, 0x80}, 16, 0},
	[XENAV_FORMAT_U16_BE] = {"u16_be", NULL, 16, {0x80, 0x00}, 16, BE},
	[XENAV_FORMAT_S24_LE] = {"s24_le", NULL, 32, {0}, 24, S},
	[XENAV_FORMAT_S24_BE] = {"s24_be", NULL, 32, {0}, 24, S | BE},
	[XENAV_FORMAT_U24_LE] = {"u24_le", NULL, 32, {0x00, 0x00, 0x80, 0x00}, 24, 0},
	[XENAV_FORMAT_U24_BE] = {"u24_be", NULL, 32, {0x00, 0x80, 0x00, 0x00}, 24, BE},
	[XENAV_FORMAT_S32_LE] = {"s32_le", NULL, 32, {0}, 32, S},
	[XENAV_FORMAT_S32_BE] = {"s32_be", NULL, 32, {0}, 32, S | BE},
	[XENAV_FORMAT_U32_LE] = {"u32_le", NULL, 32, {0x00, 0x00, 0x00, 0x80}, 32, 0},
	[XENAV_FORMAT_U32_BE] = {"u32_be", NULL, 32, {0x80, 0x00, 0x00, 0x00}, 32, BE},
	[XENAV_FORMAT_FLOAT_LE] = {"float_le", "f32_le", 32, {0}, 32, S | F},
	[XENAV_FORMAT_FLOAT_BE] = {"float_be", "f32_be", 32, {0}, 32, S | F | BE},
	[XENAV_FORMAT_FLOAT64_LE] = {"float64_le", "f64_le", 64, {0}, 64, S | F},
	[XENAV_FORMAT_FLOAT64_BE] = {"float64_be", "f64_be", 64, {0}, 64, S | F | BE},
	[XENAV_FORMAT_IEC958_SUBFRAME_LE] = {"iec958_subframe_le", NULL, 32, {0}, 32, 0},
	[XENAV_FORMAT_IEC958_SUBFRAME_BE] = {"iec958_subframe_be", NULL, 32, {0}, 32, BE},
	[XENAV_FORMAT_MU_LAW] = {"mu_law", NULL, 8, {0xff}, 8, 0},
	[XENAV_FORMAT_A_LAW] = {"a_law", NULL, 8, {0xd5}, 8, 0},
	[XENAV_FORMAT_IMA_ADPCM] = {"ima_adpcm", NULL, 4, {0}, 4, S},
	[XENAV_FORMAT_MPEG] = {"mpeg", NULL, 0, {0}, 0, 0},
	[XENAV_FORMAT_GSM] = {"gsm", NULL, 0, {0}, 0, 0},
};
/* clang-format on */

const struct sample_format *sample_format_find(uint8_t format)
{
	return format < SAMPLE_FORMATS ? &samples[format] : NULL;
}

void format_silence(uint8_t format, void *data, size_t bytes)
{
	static const struct sample_format unknown = {.bits = 8};
	const struct sample_format *f = format < SAMPLE_FORMATS ? &samples[format] : &unknown;
	size_t sample = f->bits < 8 ? 1 : f->bits / 8u;
	uint8_t *out = data;

	if (sample > sizeof f->silence) /* float64 */
		sample = 1;
	for (size_t i = 0; i < sample && i < bytes; i++)
		out[i] = f->silence[i];
	/* Copy what is filled behind itself, twice as much every time. */
	for (size_t done = sample; done < bytes; done *= 2)
		memcpy(out + done, out, done < bytes - done ? done : bytes - done);
}

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/*
 * The formats of the Linux frontend, and their two siblings.  DRM names a format from the highest
 * bit of a little-endian word: XRGB8888 is B, G, R, X in memory.
 */
static const struct pixel_format pixels[] = {
	{FOURCC('R', 'G', '1', '6'), 2, 1, {5, 6, 5}, {11, 5, 0}}, /* RGB565 */
	{FOURCC('R', 'G', '2', '4'), 3, 1, {8, 8, 8}, {16, 8, 0}}, /* RGB888 */
	{FOURCC('X', 'R', '2', '4'), 4, 1, {8, 8, 8}, {16, 8, 0}}, /* XRGB8888 */
	{FOURCC('A', 'R', '2', '4'), 4, 1, {8, 8, 8}, {16, 8, 0}}, /* ARGB8888 */
	{FOURCC('X', 'B', '2', '4'), 4, 1, {8, 8, 8}, {0, 8, 16}}, /* XBGR8888 */
	{FOURCC('A', 'B', '2', '4'), 4, 1, {8, 8, 8}, {0, 8, 16}}, /* ABGR8888 */
	{FOURCC('X', 'R', '1', '2'), 2, 1, {4, 4, 4}, {8, 4, 0}},  /* XRGB4444 */
	{FOURCC('A', 'R', '1', '2'), 2, 1, {4, 4, 4}, {8, 4, 0}},  /* ARGB4444 */
	{FOURCC('X', 'R', '1', '5'), 2, 1, {5, 5, 5}, {10, 5, 0}}, /* XRGB1555 */
	{FOURCC('A', 'R', '1', '5'), 2, 1, {5, 5, 5}, {10, 5, 0}}, /* ARGB1555 */
	{FOURCC('Y', 'U', 'Y', 'V'), 2, 2, {0}, {0}},
};

const struct pixel_format *pixel_format_find(uint32_t fourcc)
{
	for (size_t i = 0; i < sizeof pixels / sizeof pixels[0]; i++)
		if (pixels[i].fourcc == fourcc)
			return &pixels[i];
	return NULL;
}
