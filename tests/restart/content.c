/* SPDX-License-Identifier: MIT */
/* See content.h. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <string.h>

#include "content.h"

const uint16_t witness_keys[] = {KEY_A, KEY_S, KEY_D, KEY_F, KEY_G, KEY_H, KEY_J, KEY_K};
const unsigned witness_n_keys = sizeof witness_keys / sizeof witness_keys[0];
const uint16_t witness_last_key = KEY_ENTER;

uint32_t witness_sample(unsigned opening, uint32_t n)
{
	return (uint32_t)(opening & 0xff) << 24 | (n & 0xffffff);
}

unsigned witness_sample_opening(uint32_t sample)
{
	return sample >> 24;
}

uint32_t witness_sample_number(uint32_t sample)
{
	return sample & 0xffffff;
}

uint32_t witness_pixel(uint32_t n, uint32_t i)
{
	return i == 0 ? n : (n * 2654435761u) ^ (i * 2246822519u);
}

/* The X of XR24 is whatever it is. */
uint32_t witness_picture(const void *pixels, uint32_t stride_bytes)
{
	uint32_t n = 0;

	for (uint32_t y = 0; y < WITNESS_HEIGHT_PX; y++) {
		for (uint32_t x = 0; x < WITNESS_WIDTH_PX; x++) {
			uint32_t pixel;

			memcpy(&pixel, (const uint8_t *)pixels + y * stride_bytes + x * 4,
			       sizeof pixel);
			if (x == 0 && y == 0)
				n = pixel & 0xffffff;
			if ((pixel ^ witness_pixel(n, y * WITNESS_WIDTH_PX + x)) & 0xffffff)
				return 0;
		}
	}
	return n;
}
