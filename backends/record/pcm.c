/* SPDX-License-Identifier: MIT */
/*
 * See pcm.h.  Samples of a WAV file are little-endian, unsigned in 8 bits and signed in more,
 * without bytes of padding.
 */
#include <config.h>

#include <sndfile.h>

#include "pcm.h"
#include "xenav.h"

static const struct pcm_map maps[] = {
	[XENAV_FORMAT_S8] = {1, 1, false, true, SF_FORMAT_PCM_U8},
	[XENAV_FORMAT_U8] = {1, 1, false, false, SF_FORMAT_PCM_U8},
	[XENAV_FORMAT_S16_LE] = {2, 2, false, false, SF_FORMAT_PCM_16},
	[XENAV_FORMAT_S16_BE] = {2, 2, true, false, SF_FORMAT_PCM_16},
	[XENAV_FORMAT_U16_LE] = {2, 2, false, true, SF_FORMAT_PCM_16},
	[XENAV_FORMAT_U16_BE] = {2, 2, true, true, SF_FORMAT_PCM_16},
	[XENAV_FORMAT_S24_LE] = {4, 3, false, false, SF_FORMAT_PCM_24},
	[XENAV_FORMAT_S24_BE] = {4, 3, true, false, SF_FORMAT_PCM_24},
	[XENAV_FORMAT_U24_LE] = {4, 3, false, true, SF_FORMAT_PCM_24},
	[XENAV_FORMAT_U24_BE] = {4, 3, true, true, SF_FORMAT_PCM_24},
	[XENAV_FORMAT_S32_LE] = {4, 4, false, false, SF_FORMAT_PCM_32},
	[XENAV_FORMAT_S32_BE] = {4, 4, true, false, SF_FORMAT_PCM_32},
	[XENAV_FORMAT_U32_LE] = {4, 4, false, true, SF_FORMAT_PCM_32},
	[XENAV_FORMAT_U32_BE] = {4, 4, true, true, SF_FORMAT_PCM_32},
	[XENAV_FORMAT_FLOAT_LE] = {4, 4, false, false, SF_FORMAT_FLOAT},
	[XENAV_FORMAT_FLOAT_BE] = {4, 4, true, false, SF_FORMAT_FLOAT},
	[XENAV_FORMAT_FLOAT64_LE] = {8, 8, false, false, SF_FORMAT_DOUBLE},
	[XENAV_FORMAT_FLOAT64_BE] = {8, 8, true, false, SF_FORMAT_DOUBLE},
	[XENAV_FORMAT_MU_LAW] = {1, 1, false, false, SF_FORMAT_ULAW},
	[XENAV_FORMAT_A_LAW] = {1, 1, false, false, SF_FORMAT_ALAW},
};

const struct pcm_map *pcm_map_of(uint8_t format)
{
	if (format >= sizeof maps / sizeof maps[0] || !maps[format].bytes)
		return NULL;
	return &maps[format];
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
