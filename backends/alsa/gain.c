/* SPDX-License-Identifier: MIT */
/*
 * See gain.h.  A sample is read as a signed number of its own width, whatever its sign and order of
 * bytes, multiplied, and put back; samples are few compared with what a processor can do.
 */
#include <config.h>

#include <endian.h>
#include <math.h>
#include <string.h>

#include "alsa/gain.h"

struct layout {
	unsigned int bytes; /* in memory */
	unsigned int bits;  /* that count, the lower ones */
	bool is_signed, is_float, swap;
};

void gain_reset(struct gain *g)
{
	g->needed = false;
	for (unsigned int i = 0; i < UINT8_MAX; i++)
		g->factor[i] = 1.0;
}

void gain_set(struct gain *g, unsigned int channel, int32_t volume_mdb, bool muted)
{
	if (channel >= UINT8_MAX)
		return;
	g->factor[channel] = muted ? 0.0 : pow(10.0, volume_mdb / 20000.0);
	g->needed = false;
	for (unsigned int i = 0; i < UINT8_MAX; i++)
		g->needed |= g->factor[i] < 1.0 || g->factor[i] > 1.0;
}

static bool layout_of(struct layout *l, snd_pcm_format_t format)
{
	const bool big = snd_pcm_format_big_endian(format) == 1;
	const int physical = snd_pcm_format_physical_width(format);
	const int width = snd_pcm_format_width(format);

	if (snd_pcm_format_linear(format) != 1 && snd_pcm_format_float(format) != 1)
		return false;
	if (physical < 8 || width < 8 || width > physical)
		return false;
	*l = (struct layout){
		.bytes = (unsigned int)physical / 8,
		.bits = (unsigned int)width,
		.is_signed = snd_pcm_format_signed(format) == 1,
		.is_float = snd_pcm_format_float(format) == 1,
		.swap = physical > 8 && big != (BYTE_ORDER == BIG_ENDIAN),
	};
	return l->bytes == 1 || l->bytes == 2 || l->bytes == 4 || (l->bytes == 8 && l->is_float);
}

bool gain_is_possible(snd_pcm_format_t format)
{
	struct layout l;

	return layout_of(&l, format);
}

/* The bytes of a sample as a number. */
static uint64_t load(const struct layout *l, const uint8_t *at)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (l->bytes) {
	case 1:
		return *at;
	case 2:
		memcpy(&two, at, sizeof two);
		return l->swap ? __builtin_bswap16(two) : two;
	case 4:
		memcpy(&four, at, sizeof four);
		return l->swap ? __builtin_bswap32(four) : four;
	default:
		memcpy(&eight, at, sizeof eight);
		return l->swap ? __builtin_bswap64(eight) : eight;
	}
}

static void store(const struct layout *l, uint8_t *at, uint64_t value)
{
	const uint16_t two = (uint16_t)(l->swap ? __builtin_bswap16((uint16_t)value) : value);
	const uint32_t four = (uint32_t)(l->swap ? __builtin_bswap32((uint32_t)value) : value);
	const uint64_t eight = l->swap ? __builtin_bswap64(value) : value;

	switch (l->bytes) {
	case 1:
		*at = (uint8_t)value;
		return;
	case 2:
		memcpy(at, &two, sizeof two);
		return;
	case 4:
		memcpy(at, &four, sizeof four);
		return;
	default:
		memcpy(at, &eight, sizeof eight);
	}
}

static uint64_t scale_integer(const struct layout *l, uint64_t raw, double factor)
{
	const int64_t half = INT64_C(1) << (l->bits - 1);
	const uint64_t mask = (UINT64_C(1) << l->bits) - 1;
	int64_t value = (int64_t)(raw & mask);
	double scaled;

	if (l->is_signed)
		value = value >= half ? value - 2 * half : value;
	else
		value -= half;
	scaled = round((double)value * factor);
	if (scaled > (double)(half - 1))
		scaled = (double)(half - 1);
	if (scaled < (double)-half)
		scaled = (double)-half;
	value = (int64_t)scaled;
	return (uint64_t)(l->is_signed ? value : value + half);
}

static uint64_t scale_float(const struct layout *l, uint64_t raw, double factor)
{
	const uint32_t raw32 = (uint32_t)raw;
	uint32_t out32;
	uint64_t out;
	float single;
	double value;

	if (l->bytes == 4) {
		memcpy(&single, &raw32, sizeof single);
		single = (float)(single * factor);
		memcpy(&out32, &single, sizeof out32);
		return out32;
	}
	memcpy(&value, &raw, sizeof value);
	value *= factor;
	memcpy(&out, &value, sizeof out);
	return out;
}

void gain_apply(const struct gain *g, const struct device *d, void *samples, uint32_t frames)
{
	uint8_t *at = samples;
	struct layout l;

	if (!g->needed || !layout_of(&l, d->format))
		return;
	for (uint32_t i = 0; i < frames; i++) {
		for (unsigned int channel = 0; channel < d->channels; channel++, at += l.bytes) {
			const double factor = g->factor[channel];
			const uint64_t raw = load(&l, at);

			store(&l, at,
			      l.is_float ? scale_float(&l, raw, factor)
					 : scale_integer(&l, raw, factor));
		}
	}
}
