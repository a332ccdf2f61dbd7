/* SPDX-License-Identifier: MIT */
/* See format.h.  One table says it all. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "sound/format.h"
#include "xen/sndif.h"

/* What an hour of nothing sounds like in formats of no fixed size is up to their decoders. */
#define MPEG_BYTES_PER_SEC 16000
#define GSM_BYTES_PER_SEC  1650

struct format {
	const char *name;
	const char *libxl_name; /* libxl's spelling where it differs */
	uint8_t bits;
	uint8_t silence[4]; /* one sample, as it stands in memory */
};

static const struct format formats[] = {
	[XENSND_PCM_FORMAT_S8] = {"s8", NULL, 8, {0}},
	[XENSND_PCM_FORMAT_U8] = {"u8", NULL, 8, {0x80}},
	[XENSND_PCM_FORMAT_S16_LE] = {"s16_le", NULL, 16, {0}},
	[XENSND_PCM_FORMAT_S16_BE] = {"s16_be", NULL, 16, {0}},
	[XENSND_PCM_FORMAT_U16_LE] = {"u16_le", NULL, 16, {0x00, 0x80}},
	[XENSND_PCM_FORMAT_U16_BE] = {"u16_be", NULL, 16, {0x80, 0x00}},
	[XENSND_PCM_FORMAT_S24_LE] = {"s24_le", NULL, 32, {0}},
	[XENSND_PCM_FORMAT_S24_BE] = {"s24_be", NULL, 32, {0}},
	[XENSND_PCM_FORMAT_U24_LE] = {"u24_le", NULL, 32, {0x00, 0x00, 0x80, 0x00}},
	[XENSND_PCM_FORMAT_U24_BE] = {"u24_be", NULL, 32, {0x00, 0x80, 0x00, 0x00}},
	[XENSND_PCM_FORMAT_S32_LE] = {"s32_le", NULL, 32, {0}},
	[XENSND_PCM_FORMAT_S32_BE] = {"s32_be", NULL, 32, {0}},
	[XENSND_PCM_FORMAT_U32_LE] = {"u32_le", NULL, 32, {0x00, 0x00, 0x00, 0x80}},
	[XENSND_PCM_FORMAT_U32_BE] = {"u32_be", NULL, 32, {0x80, 0x00, 0x00, 0x00}},
	[XENSND_PCM_FORMAT_F32_LE] = {"float_le", "f32_le", 32, {0}},
	[XENSND_PCM_FORMAT_F32_BE] = {"float_be", "f32_be", 32, {0}},
	[XENSND_PCM_FORMAT_F64_LE] = {"float64_le", "f64_le", 64, {0}},
	[XENSND_PCM_FORMAT_F64_BE] = {"float64_be", "f64_be", 64, {0}},
	[XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE] = {"iec958_subframe_le", NULL, 32, {0}},
	[XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE] = {"iec958_subframe_be", NULL, 32, {0}},
	[XENSND_PCM_FORMAT_MU_LAW] = {"mu_law", NULL, 8, {0xff}},
	[XENSND_PCM_FORMAT_A_LAW] = {"a_law", NULL, 8, {0xd5}},
	[XENSND_PCM_FORMAT_IMA_ADPCM] = {"ima_adpcm", NULL, 4, {0}},
	[XENSND_PCM_FORMAT_MPEG] = {"mpeg", NULL, 0, {0}},
	[XENSND_PCM_FORMAT_GSM] = {"gsm", NULL, 0, {0}},
};

_Static_assert(sizeof formats / sizeof formats[0] == FORMAT_COUNT, "every format of sndif");

static int same(const char *name, const char *text, size_t len)
{
	return name && strlen(name) == len && strncasecmp(name, text, len) == 0;
}

int format_by_name(const char *name, size_t len)
{
	for (int i = 0; i < FORMAT_COUNT; i++)
		if (same(formats[i].name, name, len) || same(formats[i].libxl_name, name, len))
			return i;
	return -EINVAL;
}

const char *format_name(uint8_t format)
{
	return format < FORMAT_COUNT ? formats[format].name : "unknown";
}

unsigned format_bits(uint8_t format)
{
	return formats[format].bits;
}

uint32_t format_frame_bytes(uint8_t format, uint8_t channels)
{
	if (formats[format].bits < 8)
		return 1;
	return (uint32_t)formats[format].bits / 8 * channels;
}

uint32_t format_frames_per_sec(uint8_t format, uint8_t channels, uint32_t rate_hz)
{
	uint64_t rate = rate_hz;

	if (format == XENSND_PCM_FORMAT_MPEG)
		return MPEG_BYTES_PER_SEC;
	if (format == XENSND_PCM_FORMAT_GSM)
		return GSM_BYTES_PER_SEC;
	if (formats[format].bits < 8)
		rate = rate * channels * formats[format].bits / 8;
	return rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
}

void format_silence(uint8_t format, void *data, size_t bytes)
{
	const struct format *f = &formats[format];
	size_t sample = f->bits < 8 ? 1 : f->bits / 8u;
	uint8_t *out = data;

	if (sample > sizeof f->silence) /* float64 */
		sample = 1;
	for (size_t i = 0; i < sample && i < bytes; i++)
		out[i] = f->silence[i];
	/* The rest is made of copies of what is there, twice as much every time. */
	for (size_t done = sample; done < bytes; done *= 2)
		memcpy(out + done, out, done < bytes - done ? done : bytes - done);
}
