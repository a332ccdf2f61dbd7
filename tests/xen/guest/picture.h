/* SPDX-License-Identifier: MIT */
/* A picture for people, of any size: colour bars, a grey ramp and a disc. */
#ifndef XT_PICTURE_H
#define XT_PICTURE_H

#include <stdint.h>

static inline uint32_t xt_picture(uint32_t width, uint32_t height, uint32_t x, uint32_t y)
{
	static const uint32_t bars[8] = {0xffffff, 0xffff00, 0x00ffff, 0x00ff00,
					 0xff00ff, 0xff0000, 0x0000ff, 0x000000};
	int64_t dx = 2 * (int64_t)x - width;
	int64_t dy = 2 * (int64_t)y - height;
	int64_t radius = height / 2;
	uint32_t ramp = x * 255u / (width - 1);

	if (dx * dx + dy * dy < radius * radius)
		return (y * 255u / height) << 16 | (255u - ramp) << 8 | ramp;
	if (y < height * 3 / 4)
		return bars[x * 8u / width];
	return ramp << 16 | ramp << 8 | ramp;
}

#endif
