/* SPDX-License-Identifier: MIT */
/*
 * bench-frames [-n ROUNDS]: how long xenav_frame_update() takes for a frame of 1920 x 1080 pixels,
 * beside memcmp() of two equal frames and memcpy() of one.  All take turns in one run.
 */
#include <config.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/spread.h"
#include "common/clock.h"
#include "xenav.h"

#define WIDTH     1920
#define HEIGHT    1080
#define SQUARE    200
#define MAX_RECTS 64

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* What changes between two frames. */
enum change { NOTHING, A_SQUARE, ALL };

static const struct row {
	const char *name;
	uint32_t fourcc; /* 0: memcmp() or memcpy() */
	enum change change;
	bool whole; /* xenav_frame_to_xrgb8888() */
} rows[] = {
	{"memcmp of equal frames", 0, NOTHING, false},
	{"memcpy of a frame", 0, ALL, false},
	{"update XR24, static", FOURCC('X', 'R', '2', '4'), NOTHING, false},
	{"update XR24, 200x200 moves", FOURCC('X', 'R', '2', '4'), A_SQUARE, false},
	{"update XR24, all changes", FOURCC('X', 'R', '2', '4'), ALL, false},
	{"update XB24, static", FOURCC('X', 'B', '2', '4'), NOTHING, false},
	{"update RG24, static", FOURCC('R', 'G', '2', '4'), NOTHING, false},
	{"update RG16, static", FOURCC('R', 'G', '1', '6'), NOTHING, false},
	{"update XR12, static", FOURCC('X', 'R', '1', '2'), NOTHING, false},
	{"update YUYV, static", FOURCC('Y', 'U', 'Y', 'V'), NOTHING, false},
	{"convert XR24", FOURCC('X', 'R', '2', '4'), ALL, true},
	{"convert RG16", FOURCC('R', 'G', '1', '6'), ALL, true},
};

#define N_ROWS (sizeof rows / sizeof rows[0])

static struct spread samples[N_ROWS];
static unsigned char pixels[WIDTH * HEIGHT * 4], shadow[WIDTH * HEIGHT * 4];
static unsigned int sink; /* what is computed is used */

/* Move a square, and forget what was there. */
static void draw_square(unsigned int round, int byte)
{
	const size_t x = round * 8 % (WIDTH - SQUARE), y = round * 4 % (HEIGHT - SQUARE);

	for (size_t i = 0; i < SQUARE; i++)
		memset(pixels + ((y + i) * WIDTH + x) * 4, byte, (size_t)SQUARE * 4);
}

static void change(enum change change, unsigned int round)
{
	if (change == ALL) {
		memset(pixels, (int)(round % 200 + 1), sizeof pixels);
	} else if (change == A_SQUARE) {
		draw_square(round, 0x20);
		draw_square(round + 1, 0xff);
	}
}

/* @return the time that it took. */
static uint64_t measure(const struct row *row, unsigned int round)
{
	struct xenav_rect rects[MAX_RECTS];
	const struct xenav_frame frame = {
		.pixels = pixels,
		.width_px = WIDTH,
		.height_px = HEIGHT,
		.stride_bytes = WIDTH * (row->fourcc ? xenav_fourcc_bytes(row->fourcc) : 4),
		.fourcc = row->fourcc,
	};
	uint64_t start_ns;

	/* The same state before each: the shadow shows the frame, and neither is in a cache. */
	if (row->fourcc)
		xenav_frame_update(&frame, shadow, (size_t)WIDTH * 4, rects, MAX_RECTS);
	else
		memcpy(shadow, pixels, sizeof shadow);
	change(row->change, round);
	start_ns = monotonic_ns();
	if (row->whole)
		sink += (unsigned int)xenav_frame_to_xrgb8888(&frame, shadow, (size_t)WIDTH * 4);
	else if (row->fourcc)
		sink += (unsigned int)xenav_frame_update(&frame, shadow, (size_t)WIDTH * 4, rects,
							 MAX_RECTS);
	else if (row->change == ALL)
		memcpy(shadow, pixels, sizeof shadow);
	else
		sink += memcmp(pixels, shadow, sizeof shadow) == 0;
	return monotonic_ns() - start_ns;
}

static double percentile_us(size_t row, unsigned int percent)
{
	return spread_at(&samples[row], percent) * 1e3;
}

int main(int argc, char **argv)
{
	unsigned int n = 50;
	int opt;

	while ((opt = getopt(argc, argv, "n:")) != -1) {
		if (opt != 'n')
			return 2;
		n = (unsigned int)atoi(optarg);
	}
	if (n == 0 || n > SPREAD_MAX)
		return 2;
	for (unsigned int i = 0; i < n; i++)
		for (size_t row = 0; row < N_ROWS; row++)
			spread_add(&samples[row], (double)measure(&rows[row], i) / 1e6);
	printf("%-28s %9s %9s %9s   %u frames of %ux%u\n", "", "p50 us", "p99 us", "p50 ratio", n,
	       WIDTH, HEIGHT);
	for (size_t row = 0; row < N_ROWS; row++) {
		spread_sort(&samples[row]);
		printf("%-28s %9.0f %9.0f %9.2f\n", rows[row].name, percentile_us(row, 50),
		       percentile_us(row, 99), percentile_us(row, 50) / percentile_us(0, 50));
	}
	return sink == 0;
}
