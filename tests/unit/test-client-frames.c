/* SPDX-License-Identifier: MIT */
/* xenav_frame_update() and xenav_frame_to_xrgb8888(): whole frames. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "xenav.h"

#define FOURCC(s)                                                                                  \
	((uint32_t)(s)[0] | (uint32_t)(s)[1] << 8 | (uint32_t)(s)[2] << 16 | (uint32_t)(s)[3] << 24)
#define MAX_RECTS 64

/* A frame in memory of exactly its size, with rows that are no multiple of anything. */
struct picture {
	struct xenav_frame frame;
	unsigned char *pixels;
	unsigned char *shadow;
	size_t shadow_stride_bytes;
	struct xenav_rect rects[MAX_RECTS];
};

static size_t bytes_of(const struct picture *p, size_t stride_bytes, size_t pixel_bytes)
{
	return (p->frame.height_px - 1) * stride_bytes + p->frame.width_px * pixel_bytes;
}

static size_t cpp(const struct picture *p)
{
	return xenav_fourcc_bytes(p->frame.fourcc);
}

static void make(struct picture *p, const char *format, uint32_t width, uint32_t height)
{
	size_t bytes;

	*p = (struct picture){.frame = {.width_px = width, .height_px = height}};
	p->frame.fourcc = FOURCC(format);
	p->frame.stride_bytes = (uint32_t)(width * cpp(p) + 3);
	p->shadow_stride_bytes = width * 4 + 5;
	bytes = bytes_of(p, p->frame.stride_bytes, cpp(p));
	p->frame.pixels = p->pixels = malloc(bytes);
	for (size_t i = 0; i < bytes; i++)
		p->pixels[i] = (unsigned char)(i * 37 % 251);
	p->shadow = calloc(1, bytes_of(p, p->shadow_stride_bytes, 4));
	assert_true(p->pixels && p->shadow);
}

static void drop(struct picture *p)
{
	free(p->pixels);
	free(p->shadow);
}

static int update(struct picture *p, unsigned int max_rects)
{
	return xenav_frame_update(&p->frame, p->shadow, p->shadow_stride_bytes, p->rects,
				  max_rects);
}

/* Invert the first byte of a pixel, which is part of its colour in all formats. */
static void touch(struct picture *p, uint32_t x, uint32_t y)
{
	p->pixels[y * (size_t)p->frame.stride_bytes + x * cpp(p)] ^= 0xff;
}

static void expect_rect(const struct picture *p, int i, uint32_t x, uint32_t y, uint32_t width,
			uint32_t height)
{
	const struct xenav_rect r = {x, y, width, height};

	assert_memory_equal(&p->rects[i], &r, sizeof r);
}

/* Is the shadow what a conversion of the whole frame is? */
static void expect_shadow(const struct picture *p)
{
	const size_t stride = p->frame.width_px * 4u;
	unsigned char *whole = malloc(stride * p->frame.height_px);

	assert_non_null(whole);
	assert_int_equal(xenav_frame_to_xrgb8888(&p->frame, whole, stride), 0);
	for (size_t y = 0; y < p->frame.height_px; y++)
		assert_memory_equal(p->shadow + y * p->shadow_stride_bytes, whole + y * stride,
				    stride);
	free(whole);
}

static const char *const formats[] = {"RG16", "RG24", "XR24", "AR24", "XB24", "AB24",
				      "XR12", "AR12", "XR15", "AR15", "YUYV"};

TEST_ALONE(a_shadow_of_zeros_differs_everywhere_and_then_nowhere)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct picture p;

		make(&p, formats[i], 200, 131);
		assert_int_equal(update(&p, MAX_RECTS), 1);
		expect_rect(&p, 0, 0, 0, 200, 131);
		expect_shadow(&p);
		assert_int_equal(update(&p, MAX_RECTS), 0);
		drop(&p);
	}
}

TEST_ALONE(a_black_frame_differs_from_zeros)
{
	struct picture p;

	make(&p, "XR24", 70, 10);
	memset(p.pixels, 0, bytes_of(&p, p.frame.stride_bytes, 4));
	assert_int_equal(update(&p, 1), 1);
	assert_int_equal(update(&p, 1), 0);
	drop(&p);
}

TEST_ALONE(a_pixel_changes_its_tile_at_every_edge)
{
	static const uint32_t at[] = {0, 63, 64, 65, 127, 128, 191, 192, 199};

	for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
		struct picture p;

		make(&p, formats[f], 200, 200);
		update(&p, MAX_RECTS);
		for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
			const uint32_t x = at[i], y = at[sizeof at / sizeof at[0] - 1 - i];
			const uint32_t tx = x / 64 * 64, ty = y / 64 * 64;

			touch(&p, x, y);
			assert_int_equal(update(&p, MAX_RECTS), 1);
			expect_rect(&p, 0, tx, ty, tx + 64 < 200 ? 64 : 200 - tx,
				    ty + 64 < 200 ? 64 : 200 - ty);
			expect_shadow(&p);
		}
		drop(&p);
	}
}

TEST_ALONE(a_byte_that_is_no_colour_changes_nothing)
{
	struct picture p;

	make(&p, "XR24", 70, 3);
	update(&p, MAX_RECTS);
	for (size_t x = 0; x < 70; x++)
		p.pixels[x * 4 + 3] ^= 0xff;
	assert_int_equal(update(&p, MAX_RECTS), 0);
	drop(&p);
}

TEST_ALONE(tiles_that_touch_are_one_rectangle)
{
	struct picture p;

	make(&p, "XR24", 640, 480);
	update(&p, MAX_RECTS);
	/* A square of 2 by 3 tiles, and two tiles apart from it. */
	for (uint32_t y = 64; y < 256; y += 64)
		for (uint32_t x = 128; x < 256; x += 64)
			touch(&p, x, y);
	touch(&p, 639, 479);
	touch(&p, 320, 64);
	assert_int_equal(update(&p, MAX_RECTS), 3);
	expect_rect(&p, 0, 128, 64, 128, 192);
	expect_rect(&p, 1, 320, 64, 64, 64);
	expect_rect(&p, 2, 576, 448, 64, 32);
	expect_shadow(&p);
	drop(&p);
}

/* Tiles of a chess board, and in a frame that is wider than 64 tiles. */
TEST_ALONE(rectangles_without_room_are_merged_and_hold_all_changes)
{
	for (unsigned int max = 1; max <= 40; max += 13) {
		struct picture p;
		int n;

		make(&p, "RG16", 64 * 70 + 1, 129);
		update(&p, MAX_RECTS);
		for (uint32_t y = 0; y < 129; y += 64)
			for (uint32_t x = y % 128; x < p.frame.width_px; x += 128)
				touch(&p, x, y);
		n = update(&p, max);
		assert_int_equal(n, max);
		for (uint32_t y = 0; y < 129; y += 64) {
			for (uint32_t x = y % 128; x < p.frame.width_px; x += 128) {
				bool held = false;

				for (int i = 0; i < n && !held; i++)
					held = x - p.rects[i].x_px < p.rects[i].width_px &&
					       y - p.rects[i].y_px < p.rects[i].height_px;
				assert_true(held);
			}
		}
		for (int i = 0; i < n; i++) {
			assert_true(p.rects[i].x_px + p.rects[i].width_px <= p.frame.width_px);
			assert_true(p.rects[i].y_px + p.rects[i].height_px <= 129);
		}
		assert_int_equal(update(&p, max), 0);
		drop(&p);
	}
}

TEST_ALONE(a_run_of_64_tiles_is_one_rectangle)
{
	struct picture p;

	make(&p, "RG16", 64 * 64, 1);
	assert_int_equal(update(&p, MAX_RECTS), 1);
	expect_rect(&p, 0, 0, 0, 64 * 64, 1);
	for (uint32_t x = 64; x < 64 * 64; x += 64)
		touch(&p, x, 0);
	assert_int_equal(update(&p, MAX_RECTS), 1);
	expect_rect(&p, 0, 64, 0, 63 * 64, 1);
	drop(&p);
}

TEST_ALONE(frames_that_cannot_be_read_are_refused)
{
	struct picture p;
	struct xenav_frame f;

	make(&p, "XR24", 8, 8);
	assert_int_equal(update(&p, 0), -EINVAL);
	assert_int_equal(xenav_frame_update(&p.frame, p.shadow, 31, p.rects, 1), -EINVAL);
	assert_int_equal(xenav_frame_update(&p.frame, NULL, 32, p.rects, 1), -EINVAL);
	assert_int_equal(xenav_frame_update(&p.frame, p.shadow, 32, NULL, 1), -EINVAL);
	assert_int_equal(xenav_frame_to_xrgb8888(NULL, p.shadow, 32), -EINVAL);
	f = p.frame;
	f.pixels = NULL;
	assert_int_equal(xenav_frame_to_xrgb8888(&f, p.shadow, 32), -EINVAL);
	f = p.frame;
	f.fourcc = FOURCC("NV12");
	assert_int_equal(xenav_frame_to_xrgb8888(&f, p.shadow, 32), -EINVAL);
	f = p.frame;
	f.stride_bytes = 31;
	assert_int_equal(xenav_frame_to_xrgb8888(&f, p.shadow, 32), -EINVAL);
	/* These are multiples of 2^32 bytes in a row. */
	f.width_px = 1u << 30;
	assert_int_equal(xenav_frame_to_xrgb8888(&f, p.shadow, 0), -EINVAL);
	f.width_px = 0;
	assert_int_equal(xenav_frame_to_xrgb8888(&f, p.shadow, 32), -EINVAL);
	drop(&p);
}
