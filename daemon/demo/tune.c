/* SPDX-License-Identifier: MIT */
/* See tune.h. */
#include <config.h>

#include <string.h>

#include "demo/tune.h"
#include "xenav.h"

#define NOTES           8
#define NOTES_PER_SEC   4
#define SECONDS         2
#define PHASES          65536u
#define RISING          (PHASES / 4) /* where the wave goes up through 0 */
#define HALF_SCALE      (PHASES / 4)
#define MAX_SAMPLE_BITS 64

bool tune_knows(uint8_t format)
{
	struct xenav_format_info info;

	return xenav_format_describe(format, &info) == 0 && info.valid_bits >= 8 &&
	       format <= XENAV_FORMAT_FLOAT64_BE;
}

uint32_t tune_frame_bytes(const struct tune *tune)
{
	return xenav_format_bytes(tune->format) * tune->channels;
}

uint32_t tune_length_frames(const struct tune *tune)
{
	return tune->rate_hz * SECONDS;
}

/* The frequencies are primes, so that no part of a note is equal to another one. */
int16_t tune_sample(uint32_t rate_hz, uint64_t position_frames, unsigned channel)
{
	static const uint16_t notes_hz[NOTES] = {263, 293, 331, 349, 389, 439, 491, 523};
	const uint32_t note_frames = rate_hz / NOTES_PER_SEC;
	const uint32_t at = (uint32_t)(position_frames % (rate_hz * (uint64_t)SECONDS));
	const uint32_t note = at / note_frames % NOTES;
	const uint64_t hz = notes_hz[note] * (1u + channel % 2);
	const uint32_t phase =
		(uint32_t)((RISING + at % note_frames * hz * PHASES / rate_hz) % PHASES);
	const uint32_t height = phase < PHASES / 2 ? phase : PHASES - 1 - phase;

	return (int16_t)((int32_t)height - (int32_t)HALF_SCALE);
}

/* The bits of the sample, in the lowest bytes. */
static uint64_t encode(const struct xenav_format_info *info, int16_t sample)
{
	uint64_t bits;

	if (info->is_float && info->bytes == sizeof(float)) {
		const float value = (float)sample / 32768;
		uint32_t word;

		memcpy(&word, &value, sizeof word);
		return word;
	}
	if (info->is_float) {
		const double value = sample / 32768.0;

		memcpy(&bits, &value, sizeof bits);
		return bits;
	}
	bits = (uint64_t)(int64_t)sample << (MAX_SAMPLE_BITS - 16);
	if (!info->is_signed)
		bits ^= UINT64_C(1) << (MAX_SAMPLE_BITS - 1);
	bits >>= MAX_SAMPLE_BITS - info->valid_bits;
	return bits;
}

static void put(const struct xenav_format_info *info, uint64_t bits, uint8_t *to)
{
	for (unsigned i = 0; i < info->bytes; i++)
		to[info->is_big_endian ? info->bytes - 1 - i : i] = (uint8_t)(bits >> 8 * i);
}

void tune_fill(const struct tune *tune, uint64_t position_frames, void *to, uint32_t frames)
{
	struct xenav_format_info info;
	uint8_t *out = to;

	if (xenav_format_describe(tune->format, &info) < 0)
		return;
	for (uint32_t i = 0; i < frames; i++) {
		for (unsigned c = 0; c < tune->channels; c++) {
			put(&info,
			    encode(&info, tune_sample(tune->rate_hz, position_frames + i, c)), out);
			out += info.bytes;
		}
	}
}
