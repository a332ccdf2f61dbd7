/* SPDX-License-Identifier: MIT */
/* Names and sizes of sample and pixel formats, for programs. */
#include <config.h>

#include <stddef.h>

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

unsigned int xenav_fourcc_bytes(uint32_t fourcc)
{
	const struct pixel_format *f = pixel_format_find(fourcc);

	return f ? f->cpp : 0;
}
