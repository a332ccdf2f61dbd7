/* SPDX-License-Identifier: MIT */
/* See samples.h. */
#include <config.h>

#include <SDL.h>
#include <math.h>
#include <string.h>

#include "view/formats.h"
#include "view/samples.h"
#include "xenav.h"

uint16_t samples_format(uint8_t format, bool *same)
{
	*same = format_of_samples(format) != 0;
	if (*same)
		return format_of_samples(format);
	switch (format) {
	case XENAV_FORMAT_S24_LE:
	case XENAV_FORMAT_S24_BE:
	case XENAV_FORMAT_U24_LE:
	case XENAV_FORMAT_U24_BE:
	case XENAV_FORMAT_U32_LE:
	case XENAV_FORMAT_U32_BE:
		return AUDIO_S32SYS;
	case XENAV_FORMAT_FLOAT64_LE:
	case XENAV_FORMAT_FLOAT64_BE:
		return AUDIO_F32SYS;
	default:
		return 0;
	}
}

/* -------- conversion -------- */

static uint32_t load32(const uint8_t *p, bool is_big)
{
	uint32_t value;

	memcpy(&value, p, sizeof value);
	return is_big ? SDL_SwapBE32(value) : SDL_SwapLE32(value);
}

static double load_double(const uint8_t *p, bool is_big)
{
	uint64_t bits;
	double value;

	memcpy(&bits, p, sizeof bits);
	bits = is_big ? SDL_SwapBE64(bits) : SDL_SwapLE64(bits);
	memcpy(&value, &bits, sizeof value);
	return value;
}

void samples_convert(uint8_t format, void *dst, const void *src, size_t n)
{
	const bool is_24 = format >= XENAV_FORMAT_S24_LE && format <= XENAV_FORMAT_U24_BE;
	const bool is_signed = format == XENAV_FORMAT_S24_LE || format == XENAV_FORMAT_S24_BE;
	const bool is_double =
		format == XENAV_FORMAT_FLOAT64_LE || format == XENAV_FORMAT_FLOAT64_BE;
	const bool is_big = format % 2 == 1; /* of all formats that come here */
	const uint8_t *from = src;
	uint8_t *to = dst;

	for (size_t i = 0; i < n; i++, to += 4) {
		if (is_double) {
			const float value = (float)load_double(from, is_big);

			memcpy(to, &value, sizeof value);
			from += 8;
		} else {
			uint32_t value = load32(from, is_big);

			value = is_24 ? value << 8 : value;
			value = is_signed ? value : value ^ 0x80000000u;
			memcpy(to, &value, sizeof value);
			from += 4;
		}
	}
}

/* -------- volume -------- */

/* Samples of 8 and 16 bits, and those of 32, in the order of this machine's bytes. */
static uint32_t load(const uint8_t *p, unsigned int bytes, bool is_big)
{
	uint16_t half;

	if (bytes == 1)
		return *p;
	if (bytes == 4)
		return load32(p, is_big);
	memcpy(&half, p, sizeof half);
	return is_big ? SDL_SwapBE16(half) : SDL_SwapLE16(half);
}

static void store(uint8_t *p, unsigned int bytes, bool is_big, uint32_t value)
{
	const uint16_t half =
		is_big ? SDL_SwapBE16((uint16_t)value) : SDL_SwapLE16((uint16_t)value);
	const uint32_t word = is_big ? SDL_SwapBE32(value) : SDL_SwapLE32(value);

	if (bytes == 1)
		*p = (uint8_t)value;
	else if (bytes == 2)
		memcpy(p, &half, sizeof half);
	else
		memcpy(p, &word, sizeof word);
}

/* Integers have their sign in the upper bit, or the middle of their range is silence. */
static uint32_t scale_integer(uint32_t raw, unsigned int bits, bool is_signed, double gain)
{
	const double limit = (double)(UINT32_C(1) << (bits - 1));
	const uint32_t top = UINT32_C(1) << (bits - 1);
	const uint32_t mask = top | (top - 1);
	/* Two's complement of the offset is the sample. */
	const double value = (double)((is_signed ? raw ^ top : raw) & mask) - limit;
	double scaled = rint(value * gain);

	if (scaled > limit - 1)
		scaled = limit - 1;
	if (scaled < -limit)
		scaled = -limit;
	raw = (uint32_t)(scaled + limit);
	return is_signed ? raw ^ top : raw;
}

static uint32_t scale_float(uint32_t raw, double gain)
{
	float value;

	memcpy(&value, &raw, sizeof value);
	value = (float)(value * gain);
	memcpy(&raw, &value, sizeof raw);
	return raw;
}

void samples_scale(uint16_t audio_format, void *samples, size_t frames, unsigned int channels,
		   const float *gains)
{
	const unsigned int bits = SDL_AUDIO_BITSIZE(audio_format);
	const unsigned int bytes = bits / 8;
	const bool is_big = SDL_AUDIO_ISBIGENDIAN(audio_format);
	const bool is_float = SDL_AUDIO_ISFLOAT(audio_format);
	const bool is_signed = SDL_AUDIO_ISSIGNED(audio_format);
	uint8_t *p = samples;

	for (size_t i = 0; i < frames * channels; i++, p += bytes) {
		const double gain = (double)gains[i % channels];
		const uint32_t raw = load(p, bytes, is_big);

		if (gain < 1 || gain > 1)
			store(p, bytes, is_big,
			      is_float ? scale_float(raw, gain)
				       : scale_integer(raw, bits, is_signed, gain));
	}
}

float samples_gain(int32_t volume_mdb, bool is_muted)
{
	if (is_muted || volume_mdb <= XENAV_VOLUME_MIN_MDB)
		return 0;
	return volume_mdb == 0 ? 1 : (float)pow(10, volume_mdb / 20000.0);
}
