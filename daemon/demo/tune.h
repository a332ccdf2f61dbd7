/* SPDX-License-Identifier: MIT */
/*
 * The tune that the guests of the demo play, exact to the sample: xenav-demo-daemon(1) has the
 * formula, and tests compute it.  Pure.
 */
#ifndef XENAVD_DEMO_TUNE_H
#define XENAVD_DEMO_TUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tune {
	uint32_t rate_hz;
	uint8_t format; /* enum xenav_format, for which tune_knows() holds */
	uint8_t channels;
};

/* Can samples of the format be made?  Not of compressed formats. */
bool tune_knows(uint8_t format);

/* The bytes of a frame. */
uint32_t tune_frame_bytes(const struct tune *tune);

/* The tune begins anew after so many frames. */
uint32_t tune_length_frames(const struct tune *tune);

/* The sample at a position, of 16 bits at half the full scale. */
int16_t tune_sample(uint32_t rate_hz, uint64_t position_frames, unsigned channel);

/* Fill memory with the frames from a position on. */
void tune_fill(const struct tune *tune, uint64_t position_frames, void *to, uint32_t frames);

#endif
