/* SPDX-License-Identifier: MIT */
/*
 * Samples: from any linear format of a guest to stereo of 32 bits, to another rate, and to what a
 * client wants.  Samples of up to 32 bits keep their value on the way to a format of as many bits,
 * at the same rate, except for the volume.
 */
#ifndef XENAV_VNC_PCM_H
#define XENAV_VNC_PCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenav.h"

/* All samples on their way are stereo. */
#define PCM_CHANNELS 2

/* What a client wants, in little-endian. */
struct pcm_format {
	uint8_t bytes; /* of a sample: 1, 2 or 4 */
	bool is_signed;
	uint8_t channels; /* 1 or 2 */
	uint32_t rate_hz;
};

/* Decode frames of a guest: one channel becomes both, the first two of more are taken. */
void pcm_decode(int32_t *stereo, const void *samples, uint32_t frames,
		const struct xenav_format_info *info, unsigned int channels);

/* Change the volume of a channel, 0 or 1. */
void pcm_scale(int32_t *stereo, uint32_t frames, unsigned int channel, double factor);

/* Add frames to others; what is too loud is clipped. */
void pcm_mix(int32_t *stereo, const int32_t *other, uint32_t frames);

/* Encode frames.  One channel is the mean of both. */
void pcm_encode(void *samples, const int32_t *stereo, uint32_t frames,
		const struct pcm_format *format);

/* Another rate, by a straight line between neighbouring samples. */
struct resampler {
	uint32_t in_hz, out_hz;
	uint64_t at; /* of the next frame, in 1/out_hz of an input frame, from `before` on */
	int32_t before[PCM_CHANNELS];
};

void resampler_init(struct resampler *r, uint32_t in_hz, uint32_t out_hz);

/* @return how many input frames give exactly so many output frames next. */
uint32_t resampler_need(const struct resampler *r, uint32_t out_frames);

/* Take all input frames. @return the output frames, at most max_frames. */
uint32_t resampler_run(struct resampler *r, const int32_t *in, uint32_t in_frames, int32_t *out,
		       uint32_t max_frames);

#endif
