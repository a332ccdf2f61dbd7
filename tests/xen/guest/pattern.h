/* SPDX-License-Identifier: MIT */
/*
 * Pictures and sounds of the test guests: pure functions of place and time, so that the verifiers
 * (lab/pattern.py computes the same) know every byte without access to the guest's memory.
 *
 * The picture repeats after 251 columns and 241 rows: both are primes near 256, so a row, page
 * or tile that lands in the wrong place never meets its own copy. The frame's number stands in
 * the first 16 pixels, in black and white, which every pixel format can show exactly.
 */
#ifndef XT_PATTERN_H
#define XT_PATTERN_H

#include <stdint.h>

#define XT_PERIOD_X   251u
#define XT_PERIOD_Y   241u
#define XT_FRAME_BITS 16u

/* The 0xRRGGBB of one pixel; x_mod and y_mod are x % XT_PERIOD_X and y % XT_PERIOD_Y. */
static inline uint32_t xt_pixel(uint32_t connector, uint32_t frame, uint32_t x_mod, uint32_t y_mod)
{
	uint32_t r = (x_mod + 5u * frame) & 0xffu;
	uint32_t g = (3u * x_mod + y_mod + 7u * frame) & 0xffu;
	uint32_t b = ((x_mod ^ y_mod) + 11u * frame + 64u * connector) & 0xffu;

	return r << 16 | g << 8 | b;
}

static inline uint32_t xt_frame_bit(uint32_t frame, uint32_t x)
{
	return frame >> x & 1u ? 0xffffffu : 0u;
}

static inline uint16_t xt_rgb565(uint32_t rgb)
{
	return (uint16_t)((rgb >> 8 & 0xf800u) | (rgb >> 5 & 0x07e0u) | (rgb >> 3 & 0x001fu));
}

/* The number of a sample: it looks random and does not repeat at intervals. */
static inline uint32_t xt_noise(uint32_t seed, uint32_t index)
{
	uint32_t x = (index + seed * 0x9e3779b9u) * 2654435761u;

	x ^= x >> 15;
	x *= 2246822519u;
	x ^= x >> 13;
	return x;
}

#endif
