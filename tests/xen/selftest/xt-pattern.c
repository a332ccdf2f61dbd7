/* SPDX-License-Identifier: MIT */
/*
 * xt-pattern CONNECTOR FRAME WIDTH HEIGHT xr24|rg16 > RGB
 *
 * Writes one frame of the test pattern as the guest draws it and as a recorder would expand it,
 * for comparison with the verifier's own computation.
 */
#include "../guest/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(uint32_t rgb, int narrow)
{
	uint32_t r = rgb >> 16;
	uint32_t g = rgb >> 8 & 0xffu;
	uint32_t b = rgb & 0xffu;

	if (narrow) {
		uint32_t pixel = xt_rgb565(rgb);

		r = pixel >> 11;
		g = pixel >> 5 & 0x3fu;
		b = pixel & 0x1fu;
		r = r << 3 | r >> 2;
		g = g << 2 | g >> 4;
		b = b << 3 | b >> 2;
	}
	putchar((int)r);
	putchar((int)g);
	putchar((int)b);
}

int main(int argc, char **argv)
{
	uint32_t n[4];

	if (argc != 6)
		return 2;
	for (int i = 0; i < 4; i++)
		n[i] = (uint32_t)atoi(argv[i + 1]);
	for (uint32_t y = 0; y < n[3]; y++)
		for (uint32_t x = 0; x < n[2]; x++)
			put(y == 0 && x < XT_FRAME_BITS
				    ? xt_frame_bit(n[1], x)
				    : xt_pixel(n[0], n[1], x % XT_PERIOD_X, y % XT_PERIOD_Y),
			    strcmp(argv[5], "rg16") == 0);
	return 0;
}
