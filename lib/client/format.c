/* SPDX-License-Identifier: MIT */
/* What sample and pixel formats are, for programs. */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "wire/formats.h"
#include "xenav.h"

const char *xenav_format_name(uint8_t format)
{
	const struct sample_format *f = sample_format_find(format);

	return f ? f->name : NULL;
}

unsigned int xenav_format_bytes(uint8_t format)
{
	const struct sample_format *f = sample_format_find(format);

	return f ? f->bits / 8u : 0;
}

int xenav_format_describe(uint8_t format, struct xenav_format_info *info)
{
	const struct sample_format *f = sample_format_find(format);

	if (!f)
		return -EINVAL;
	if (f->bits < 8)
		return -EOPNOTSUPP;
	*info = (struct xenav_format_info){
		.bytes = f->bits / 8,
		.valid_bits = f->valid_bits,
		.is_signed = (f->kind & SAMPLE_SIGNED) != 0,
		.is_float = (f->kind & SAMPLE_FLOAT) != 0,
		.is_big_endian = (f->kind & SAMPLE_BIG_ENDIAN) != 0,
	};
	memcpy(info->silence, f->silence, sizeof f->silence);
	return 0;
}

unsigned int xenav_fourcc_bytes(uint32_t fourcc)
{
	const struct pixel_format *f = pixel_format_find(fourcc);

	return f ? f->cpp : 0;
}
