/* SPDX-License-Identifier: MIT */
/*
 * The tune and the pictures as xenav-demo-daemon(1) describes them, apart from those of the daemon:
 * for tests of consumers.
 */
#ifndef XENAV_TESTS_DEMO_REFERENCE_H
#define XENAV_TESTS_DEMO_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

/* The sample of a channel at a position. */
static inline int16_t reference_tune(uint32_t rate_hz, uint64_t position_frames, unsigned channel)
{
	static const unsigned notes_hz[] = {263, 293, 331, 349, 389, 439, 491, 523};
	const uint64_t at = position_frames % (2 * rate_hz);
	const uint64_t in_note = at % (rate_hz / 4);
	const uint64_t hz = notes_hz[at / (rate_hz / 4) % 8] * (channel % 2 ? 2u : 1u);
	const uint64_t phase = (16384 + in_note * hz * 65536 / rate_hz) % 65536;

	return (int16_t)((int)(phase < 32768 ? phase : 65535 - phase) - 16384);
}

/* The colour, 0xRRGGBB, of a pixel of frame n of WORD flip. */
static inline uint32_t reference_flip(uint32_t width_px, uint32_t height_px, uint32_t n, uint32_t x,
				      uint32_t y)
{
	const uint32_t shorter = width_px < height_px ? width_px : height_px;
	const uint32_t side = shorter / 2 < 200 ? shorter / 2 : 200;
	const uint32_t left = 8 * n % (width_px - side + 1);
	const uint32_t top = 4 * n % (height_px - side + 1);

	if (x == 0 && y == 0)
		return n & 0xffffff;
	return x >= left && x < left + side && y >= top && y < top + side ? 0xffffff : 0x204060;
}

#endif
