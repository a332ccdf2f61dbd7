/* SPDX-License-Identifier: MIT */
/*
 * See pcm.h.  Samples of a WAV file are little-endian, unsigned in 8 bits and signed in more,
 * without bytes of padding.
 */
#include <config.h>

#include <errno.h>

#include <sndfile.h>

#include "pcm.h"
#include "xenav.h"

static int subtype_of(uint8_t format, const struct xenav_format_info *info)
{
	if (format == XENAV_FORMAT_MU_LAW)
		return SF_FORMAT_ULAW;
	if (format == XENAV_FORMAT_A_LAW)
		return SF_FORMAT_ALAW;
	if (info->is_float)
		return info->bytes == 4 ? SF_FORMAT_FLOAT : SF_FORMAT_DOUBLE;
	switch (info->valid_bits) {
	case 8:
		return SF_FORMAT_PCM_U8;
	case 16:
		return SF_FORMAT_PCM_16;
	case 24:
		return SF_FORMAT_PCM_24;
	default:
		return SF_FORMAT_PCM_32;
	}
}

int pcm_map_init(struct pcm_map *map, uint8_t format)
{
	const bool is_law = format == XENAV_FORMAT_MU_LAW || format == XENAV_FORMAT_A_LAW;
	struct xenav_format_info info;
	int rc;

	rc = xenav_format_describe(format, &info);
	if (rc < 0 || format == XENAV_FORMAT_IEC958_SUBFRAME_LE ||
	    format == XENAV_FORMAT_IEC958_SUBFRAME_BE)
		return -EOPNOTSUPP;
	*map = (struct pcm_map){
		.bytes = info.bytes,
		.wav_bytes = info.valid_bits / 8,
		.big_endian = info.is_big_endian,
		.flip_sign = !is_law && info.is_signed == (info.bytes == 1),
		.subtype = subtype_of(format, &info),
	};
	return 0;
}

bool pcm_same(const struct pcm_map *map)
{
	return map->bytes == map->wav_bytes && !map->big_endian && !map->flip_sign;
}

void pcm_to_wav(const struct pcm_map *map, const unsigned char *src, unsigned char *dst,
		size_t samples)
{
	const size_t last = map->bytes - 1u;

	for (size_t i = 0; i < samples; i++, src += map->bytes, dst += map->wav_bytes) {
		for (size_t j = 0; j < map->wav_bytes; j++)
			dst[j] = src[map->big_endian ? last - j : j];
		if (map->flip_sign)
			dst[map->wav_bytes - 1] ^= 0x80;
	}
}

void pcm_from_wav(const struct pcm_map *map, const unsigned char *src, unsigned char *dst,
		  size_t samples)
{
	const size_t last = map->bytes - 1u, top = map->wav_bytes - 1u;

	for (size_t i = 0; i < samples; i++, src += map->wav_bytes, dst += map->bytes) {
		/* Extend the sign of 24 bits in four bytes. */
		const unsigned char fill = !map->flip_sign && src[top] & 0x80 ? 0xff : 0;

		for (size_t j = 0; j < map->bytes; j++)
			dst[map->big_endian ? last - j : j] = j <= top ? src[j] : fill;
		if (map->flip_sign)
			dst[map->big_endian ? last - top : top] ^= 0x80;
	}
}
