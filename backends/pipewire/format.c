/* SPDX-License-Identifier: MIT */
/* See format.h. */
#include <config.h>

#include <math.h>
#include <string.h>

#include "format.h"

struct row {
	enum spa_audio_format spa;
	uint32_t invert; /* bits to invert in each sample, in its byte order */
	bool swap;       /* its byte order is to be turned around */
};

/* Samples of 24 bits are the lower three bytes of four. */
static const struct row rows[] = {
	[XENAV_FORMAT_S8] = {SPA_AUDIO_FORMAT_S8, 0, false},
	[XENAV_FORMAT_U8] = {SPA_AUDIO_FORMAT_U8, 0, false},
	[XENAV_FORMAT_S16_LE] = {SPA_AUDIO_FORMAT_S16_LE, 0, false},
	[XENAV_FORMAT_S16_BE] = {SPA_AUDIO_FORMAT_S16_BE, 0, false},
	[XENAV_FORMAT_U16_LE] = {SPA_AUDIO_FORMAT_S16_LE, 0x8000, false},
	[XENAV_FORMAT_U16_BE] = {SPA_AUDIO_FORMAT_S16_BE, 0x8000, false},
	[XENAV_FORMAT_S24_LE] = {SPA_AUDIO_FORMAT_S24_32_LE, 0, false},
	[XENAV_FORMAT_S24_BE] = {SPA_AUDIO_FORMAT_S24_32_BE, 0, false},
	[XENAV_FORMAT_U24_LE] = {SPA_AUDIO_FORMAT_S24_32_LE, 0x800000, false},
	[XENAV_FORMAT_U24_BE] = {SPA_AUDIO_FORMAT_S24_32_BE, 0x800000, false},
	[XENAV_FORMAT_S32_LE] = {SPA_AUDIO_FORMAT_S32_LE, 0, false},
	[XENAV_FORMAT_S32_BE] = {SPA_AUDIO_FORMAT_S32_BE, 0, false},
	[XENAV_FORMAT_U32_LE] = {SPA_AUDIO_FORMAT_S32_LE, 0x80000000, false},
	[XENAV_FORMAT_U32_BE] = {SPA_AUDIO_FORMAT_S32_BE, 0x80000000, false},
	[XENAV_FORMAT_FLOAT_LE] = {SPA_AUDIO_FORMAT_F32_LE, 0, false},
	[XENAV_FORMAT_FLOAT_BE] = {SPA_AUDIO_FORMAT_F32_BE, 0, false},
	[XENAV_FORMAT_FLOAT64_LE] = {SPA_AUDIO_FORMAT_F64_LE, 0, false},
	[XENAV_FORMAT_FLOAT64_BE] = {SPA_AUDIO_FORMAT_F64_LE, 0, true},
	[XENAV_FORMAT_MU_LAW] = {SPA_AUDIO_FORMAT_ULAW, 0, false},
	[XENAV_FORMAT_A_LAW] = {SPA_AUDIO_FORMAT_ALAW, 0, false},
};

#define N_ROWS      (sizeof rows / sizeof *rows)
#define BIT(format) (UINT64_C(1) << XENAV_FORMAT_##format)

#define RATE_MIN_HZ 4000
#define RATE_MAX_HZ 768000

const struct xenav_limits format_limits = {
	.size = sizeof format_limits,
	.formats = BIT(S8) | BIT(U8) | BIT(S16_LE) | BIT(S16_BE) | BIT(U16_LE) | BIT(U16_BE) |
		   BIT(S24_LE) | BIT(S24_BE) | BIT(U24_LE) | BIT(U24_BE) | BIT(S32_LE) |
		   BIT(S32_BE) | BIT(U32_LE) | BIT(U32_BE) | BIT(FLOAT_LE) | BIT(FLOAT_BE) |
		   BIT(FLOAT64_LE) | BIT(FLOAT64_BE) | BIT(MU_LAW) | BIT(A_LAW),
	.rate_min_hz = RATE_MIN_HZ,
	.rate_max_hz = RATE_MAX_HZ,
	.channels_max = SPA_AUDIO_MAX_CHANNELS,
};

/* The order that ALSA gives to channels without a map. */
static const uint8_t orders[][8] = {
	[1] = {SPA_AUDIO_CHANNEL_MONO},
	[2] = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR},
	[3] = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_LFE},
	[4] = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	       SPA_AUDIO_CHANNEL_RR},
	[5] = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	       SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_FC},
	[6] = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	       SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE},
	[7] = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	       SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE,
	       SPA_AUDIO_CHANNEL_RC},
	[8] = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	       SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE,
	       SPA_AUDIO_CHANNEL_SL, SPA_AUDIO_CHANNEL_SR},
};

#define MAX_ORDER (sizeof orders / sizeof *orders - 1)

bool format_can(const struct xenav_pcm *pcm)
{
	return pcm->format < N_ROWS && (format_limits.formats >> pcm->format & 1) &&
	       pcm->channels > 0 && pcm->channels <= SPA_AUDIO_MAX_CHANNELS &&
	       pcm->rate_hz >= RATE_MIN_HZ && pcm->rate_hz <= RATE_MAX_HZ && pcm->frame_bytes > 0;
}

struct spa_audio_info_raw format_to_spa(const struct xenav_pcm *pcm)
{
	struct spa_audio_info_raw info = {
		.format = rows[pcm->format].spa,
		.rate = pcm->rate_hz,
		.channels = pcm->channels,
	};

	for (uint32_t i = 0; i < pcm->channels; i++)
		info.position[i] = pcm->channels <= MAX_ORDER ? orders[pcm->channels][i]
							      : SPA_AUDIO_CHANNEL_AUX0 + i;
	return info;
}

static bool is_big_endian(uint8_t format)
{
	return format == XENAV_FORMAT_U16_BE || format == XENAV_FORMAT_U24_BE ||
	       format == XENAV_FORMAT_U32_BE;
}

/* Invert the sign. */
static void invert(const struct xenav_pcm *pcm, uint8_t *at, size_t n)
{
	const uint32_t bits = rows[pcm->format].invert;
	const uint32_t bytes = pcm->frame_bytes / pcm->channels;
	uint32_t i = 0;

	while (!(bits >> 8 * i & 0xff))
		i++;
	at += is_big_endian(pcm->format) ? bytes - 1 - i : i;
	for (size_t k = 0; k < n; k++)
		at[k * bytes] ^= (uint8_t)(bits >> 8 * i);
}

static void swap(uint8_t *samples, size_t n)
{
	uint64_t sample;

	for (size_t k = 0; k < n; k++) {
		memcpy(&sample, samples + k * sizeof sample, sizeof sample);
		sample = __builtin_bswap64(sample);
		memcpy(samples + k * sizeof sample, &sample, sizeof sample);
	}
}

void format_turn(const struct xenav_pcm *pcm, void *samples, uint32_t frames)
{
	const size_t n = (size_t)frames * pcm->channels;

	if (rows[pcm->format].invert)
		invert(pcm, samples, n);
	if (rows[pcm->format].swap)
		swap(samples, n);
}

float format_volume(int32_t mdb)
{
	const float factor = powf(10.0f, (float)mdb / 20000.0f);

	if (mdb <= XENAV_VOLUME_MIN_MDB)
		return 0.0f;
	return factor > 10.0f ? 10.0f : factor;
}
