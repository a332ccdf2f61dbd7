/* SPDX-License-Identifier: MIT */
/* See format.h.  The table is lib/wire/formats.c. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "sound/format.h"
#include "xen/sndif.h"

/* The rates of formats without a fixed size, for silence: their decoders decide what is silent. */
#define MPEG_BYTES_PER_SEC 16000
#define GSM_BYTES_PER_SEC  1650

_Static_assert(XENSND_PCM_FORMAT_GSM + 1 == FORMAT_COUNT, "every format of sndif");

static int same(const char *name, const char *text, size_t len)
{
	return name && strlen(name) == len && strncasecmp(name, text, len) == 0;
}

int format_by_name(const char *name, size_t len)
{
	for (int i = 0; i < FORMAT_COUNT; i++) {
		const struct sample_format *f = sample_format_find((uint8_t)i);

		if (same(f->name, name, len) || same(f->libxl_name, name, len))
			return i;
	}
	return -EINVAL;
}

const char *format_name(uint8_t format)
{
	return format < FORMAT_COUNT ? sample_format_find(format)->name : "unknown";
}

static unsigned format_bits(uint8_t format)
{
	return sample_format_find(format)->bits;
}

uint32_t format_frame_bytes(uint8_t format, uint8_t channels)
{
	const unsigned bits = format_bits(format);

	return bits < 8 ? 1 : (uint32_t)bits / 8 * channels;
}

uint32_t format_frames_per_sec(uint8_t format, uint8_t channels, uint32_t rate_hz)
{
	uint64_t rate = rate_hz;

	if (format == XENSND_PCM_FORMAT_MPEG)
		return MPEG_BYTES_PER_SEC;
	if (format == XENSND_PCM_FORMAT_GSM)
		return GSM_BYTES_PER_SEC;
	if (format_bits(format) < 8)
		rate = rate * channels * format_bits(format) / 8;
	return rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
}
