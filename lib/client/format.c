/* SPDX-License-Identifier: MIT */
/*
 * What is known about sample formats (sndif.h) and pixel formats (drm_fourcc.h), so that the
 * library and its users need neither of these headers.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <stddef.h>
#include <stdint.h>

#include "xenav.h"

struct format {
	const char *name;
	unsigned int bytes;
};

static const struct format formats[] = {
	[XENAV_FORMAT_S8] = {"s8", 1},
	[XENAV_FORMAT_U8] = {"u8", 1},
	[XENAV_FORMAT_S16_LE] = {"s16_le", 2},
	[XENAV_FORMAT_S16_BE] = {"s16_be", 2},
	[XENAV_FORMAT_U16_LE] = {"u16_le", 2},
	[XENAV_FORMAT_U16_BE] = {"u16_be", 2},
	[XENAV_FORMAT_S24_LE] = {"s24_le", 4},
	[XENAV_FORMAT_S24_BE] = {"s24_be", 4},
	[XENAV_FORMAT_U24_LE] = {"u24_le", 4},
	[XENAV_FORMAT_U24_BE] = {"u24_be", 4},
	[XENAV_FORMAT_S32_LE] = {"s32_le", 4},
	[XENAV_FORMAT_S32_BE] = {"s32_be", 4},
	[XENAV_FORMAT_U32_LE] = {"u32_le", 4},
	[XENAV_FORMAT_U32_BE] = {"u32_be", 4},
	[XENAV_FORMAT_FLOAT_LE] = {"float_le", 4},
	[XENAV_FORMAT_FLOAT_BE] = {"float_be", 4},
	[XENAV_FORMAT_FLOAT64_LE] = {"float64_le", 8},
	[XENAV_FORMAT_FLOAT64_BE] = {"float64_be", 8},
	[XENAV_FORMAT_IEC958_SUBFRAME_LE] = {"iec958_subframe_le", 4},
	[XENAV_FORMAT_IEC958_SUBFRAME_BE] = {"iec958_subframe_be", 4},
	[XENAV_FORMAT_MU_LAW] = {"mu_law", 1},
	[XENAV_FORMAT_A_LAW] = {"a_law", 1},
	[XENAV_FORMAT_IMA_ADPCM] = {"ima_adpcm", 0},
	[XENAV_FORMAT_MPEG] = {"mpeg", 0},
	[XENAV_FORMAT_GSM] = {"gsm", 0},
};

const char *xenav_format_name(uint8_t format)
{
	return format < sizeof formats / sizeof formats[0] ? formats[format].name : NULL;
}

unsigned int xenav_format_bytes(uint8_t format)
{
	return format < sizeof formats / sizeof formats[0] ? formats[format].bytes : 0;
}

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

unsigned int xenav_fourcc_bytes(uint32_t fourcc)
{
	switch (fourcc) {
	case FOURCC('X', 'R', '2', '4'): /* XRGB8888 */
	case FOURCC('A', 'R', '2', '4'):
		return 4;
	case FOURCC('R', 'G', '2', '4'): /* RGB888 */
		return 3;
	case FOURCC('R', 'G', '1', '6'): /* RGB565 */
	case FOURCC('X', 'R', '1', '5'): /* XRGB1555 */
	case FOURCC('A', 'R', '1', '5'):
	case FOURCC('X', 'R', '1', '2'): /* XRGB4444 */
	case FOURCC('A', 'R', '1', '2'):
	case FOURCC('Y', 'U', 'Y', 'V'):
		return 2;
	default:
		return 0;
	}
}
