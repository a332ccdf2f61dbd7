/* SPDX-License-Identifier: MIT */
/* See pcm.h. */
#include <config.h>

#include <math.h>
#include <string.h>

#include "vnc/pcm.h"

/* -------- decoding -------- */

/* @return the bytes of a sample as a number. */
static uint64_t raw(const uint8_t *p, const struct xenav_format_info *info)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < info->bytes; i++) {
		const unsigned int at = info->is_big_endian ? i : info->bytes - 1u - i;

		n = n << 8 | p[at];
	}
	return n;
}

static int32_t from_double(double d)
{
	d *= 2147483648.0;
	if (!(d > -2147483648.0)) /* also what is no number */
		return d < 0 ? INT32_MIN : 0;
	return d >= 2147483647.0 ? INT32_MAX : (int32_t)lrint(d);
}

static int32_t from_float(uint64_t n, unsigned int bytes)
{
	const uint32_t n32 = (uint32_t)n;
	float f;
	double d;

	if (bytes == 8) {
		memcpy(&d, &n, sizeof d);
		return from_double(d);
	}
	memcpy(&f, &n32, sizeof f);
	return from_double((double)f);
}

/* The valid bits are the lower ones. */
static int32_t decode(const uint8_t *p, const struct xenav_format_info *info)
{
	const uint64_t n = raw(p, info);
	uint32_t value;

	if (info->is_float)
		return from_float(n, info->bytes);
	value = (uint32_t)n << (32 - info->valid_bits);
	if (!info->is_signed)
		value ^= UINT32_C(1) << 31;
	return (int32_t)value;
}

void pcm_decode(int32_t *stereo, const void *samples, uint32_t frames,
		const struct xenav_format_info *info, unsigned int channels)
{
	const uint8_t *p = samples;

	for (uint32_t i = 0; i < frames; i++) {
		stereo[0] = decode(p, info);
		stereo[1] = channels > 1 ? decode(p + info->bytes, info) : stereo[0];
		stereo += PCM_CHANNELS;
		p += (size_t)channels * info->bytes;
	}
}

/* -------- on the way -------- */

void pcm_scale(int32_t *stereo, uint32_t frames, unsigned int channel, double factor)
{
	for (uint32_t i = 0; i < frames; i++) {
		int32_t *const sample = &stereo[i * PCM_CHANNELS + channel];

		*sample = from_double((double)*sample * factor / 2147483648.0);
	}
}

void pcm_mix(int32_t *stereo, const int32_t *other, uint32_t frames)
{
	for (uint32_t i = 0; i < frames * PCM_CHANNELS; i++) {
		const int64_t sum = (int64_t)stereo[i] + other[i];

		stereo[i] = sum > INT32_MAX   ? INT32_MAX
			    : sum < INT32_MIN ? INT32_MIN
					      : (int32_t)sum;
	}
}

void resampler_init(struct resampler *r, uint32_t in_hz, uint32_t out_hz)
{
	*r = (struct resampler){.in_hz = in_hz, .out_hz = out_hz};
}

/* Frame k of the output lies between the input frames before and behind at + k * in_hz. */
uint32_t resampler_need(const struct resampler *r, uint32_t out_frames)
{
	if (out_frames == 0)
		return 0;
	return (uint32_t)((r->at + (uint64_t)(out_frames - 1) * r->in_hz) / r->out_hz + 1);
}

static int32_t between(int32_t a, int32_t b, uint64_t at, uint32_t of)
{
	return (int32_t)(a + ((int64_t)b - a) * (int64_t)at / (int64_t)of);
}

uint32_t resampler_run(struct resampler *r, const int32_t *in, uint32_t in_frames, int32_t *out,
		       uint32_t max_frames)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < in_frames; i++, in += PCM_CHANNELS) {
		for (; r->at < r->out_hz && n < max_frames; r->at += r->in_hz, n++)
			for (unsigned int c = 0; c < PCM_CHANNELS; c++)
				*out++ = between(r->before[c], in[c], r->at, r->out_hz);
		r->at = r->at < r->out_hz ? 0 : r->at - r->out_hz;
		memcpy(r->before, in, sizeof r->before);
	}
	return n;
}

/* -------- encoding -------- */

static void encode(uint8_t *p, int32_t sample, const struct pcm_format *format)
{
	uint32_t value = (uint32_t)sample;

	if (!format->is_signed)
		value ^= UINT32_C(1) << 31;
	value >>= 32 - 8 * format->bytes;
	for (unsigned int i = 0; i < format->bytes; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

void pcm_encode(void *samples, const int32_t *stereo, uint32_t frames,
		const struct pcm_format *format)
{
	uint8_t *p = samples;

	for (uint32_t i = 0; i < frames; i++, stereo += PCM_CHANNELS) {
		if (format->channels == 1) {
			encode(p, (int32_t)(((int64_t)stereo[0] + stereo[1]) / 2), format);
			p += format->bytes;
			continue;
		}
		encode(p, stereo[0], format);
		encode(p + format->bytes, stereo[1], format);
		p += 2 * (size_t)format->bytes;
	}
}
