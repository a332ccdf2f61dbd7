/* SPDX-License-Identifier: MIT */
/*
 * EDIDs: those that are made of a resolution, byte by byte, and the check of others.  The verdict
 * of edid-decode is in test-edid-decode.c.
 */
#include <config.h>

#include <string.h>

#include "display/edid.h"
#include "test.h"

static uint8_t edid[EDID_MADE_MAX_BYTES];

static size_t make(uint32_t width, uint32_t height, const char *unique_id)
{
	const struct edid_monitor monitor = {width, height, 3, 2, unique_id};

	memset(edid, 0xa5, sizeof edid);
	return edid_make(edid, &monitor);
}

/* -------- the base block -------- */

TEST_ALONE(is_a_digital_srgb_monitor_of_edid_1_4)
{
	static const uint8_t first[] = {
		0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, /* header */
		0x60, 0xae, 0x32, 0x00,                         /* XEN, device 3, connector 2 */
		0x70, 0xec, 0x4a, 0x12,                         /* FNV-1a of "left" */
		0xff, 0x22, 0x01, 0x04,                         /* model of 2024, EDID 1.4 */
		0xa0, 0x00, 0x00, 0x78, 0x06,                   /* digital, sRGB */
		0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f,
		0x50, 0x54, 0x00, 0x00, 0x00, /* no established timings */
	};

	assert_int_equal(make(1920, 1080, "left"), EDID_BLOCK_BYTES);
	assert_memory_equal(edid, first, sizeof first);
	for (size_t i = 38; i < 54; i++)
		assert_int_equal(edid[i], 1);
	assert_int_equal(edid[126], 0);
	assert_true(edid_is_whole(edid, EDID_BLOCK_BYTES, 1));
	/* Nothing is written beyond. */
	assert_int_equal(edid[128], 0xa5);
}

TEST_ALONE(has_the_timing_that_cvt_gives)
{
	/* As cvt -r, except for widths that are no multiple of 8 pixels. */
	static const struct {
		uint32_t w, h, clock_10khz, v_total, v_sync;
	} cases[] = {
		{640, 480, 2350, 494, 4},     {800, 600, 3550, 618, 4},
		{1024, 768, 5600, 790, 4},    {1280, 800, 7100, 823, 6},
		{1280, 1024, 9100, 1054, 7},  {1366, 768, 7225, 790, 10},
		{1920, 1080, 13850, 1111, 5}, {1920, 1200, 15400, 1235, 6},
		{2560, 1440, 24150, 1481, 5}, {3840, 2160, 53325, 2222, 5},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const uint8_t *d = edid + 54;

		assert_int_equal(make(cases[i].w, cases[i].h, "left"), EDID_BLOCK_BYTES);
		assert_int_equal(d[0] | d[1] << 8, cases[i].clock_10khz);
		assert_int_equal(d[2] | d[4] >> 4 << 8, cases[i].w);
		assert_int_equal(d[3] | (d[4] & 15) << 8, 160);
		assert_int_equal(d[5] | d[7] >> 4 << 8, cases[i].h);
		assert_int_equal(d[6] | (d[7] & 15) << 8, cases[i].v_total - cases[i].h);
		assert_int_equal(d[8], 48);
		assert_int_equal(d[9], 32);
		assert_int_equal(d[10], 3 << 4 | cases[i].v_sync);
		assert_int_equal(d[17], 0x1a);
	}
}

static void expect_name(const char *unique_id, const char *name)
{
	make(800, 600, unique_id);
	assert_memory_equal(edid + 72, "\0\0\0\xfc\0", 5);
	assert_memory_equal(edid + 77, name, 13);
	assert_true(edid_is_whole(edid, EDID_BLOCK_BYTES, 1));
}

TEST_ALONE(is_named_after_the_unique_id)
{
	expect_name("left", "left\n        ");
	expect_name("123456789012", "123456789012\n");
	expect_name("1234567890123", "1234567890123");
	expect_name("12345678901234", "1234567890123");
	expect_name("a b~", "a b~\n        ");
	expect_name("a\n\x7f\xff\x01z", "a????z\n      ");
	expect_name("a  ", "a\n           ");
	expect_name("   ", "xenavd\n      ");
	expect_name("", "xenavd\n      ");
}

TEST_ALONE(tells_connectors_apart_and_knows_them_again)
{
	struct edid_monitor monitor = {800, 600, 1, 0, "left"};
	uint8_t one[EDID_MADE_MAX_BYTES], other[EDID_MADE_MAX_BYTES];

	edid_make(one, &monitor);
	edid_make(other, &monitor);
	assert_memory_equal(one, other, EDID_BLOCK_BYTES);
	monitor.index = 1;
	edid_make(other, &monitor);
	assert_memory_not_equal(one + 10, other + 10, 6);
	monitor.index = 0;
	monitor.devid = 2;
	edid_make(other, &monitor);
	assert_memory_not_equal(one + 10, other + 10, 6);
	monitor.devid = 1;
	monitor.unique_id = "right";
	edid_make(other, &monitor);
	assert_memory_not_equal(one + 10, other + 10, 6);
}

/* -------- what a base block cannot say -------- */

TEST_ALONE(says_larger_modes_in_a_displayid_block)
{
	static const struct {
		uint32_t w, h, base_w, base_h;
	} cases[] = {
		{4096, 2160, 2048, 1080}, {4095, 4095, 2047, 2047},   {5120, 2880, 2560, 1440},
		{7680, 4320, 3840, 2160}, {16384, 16384, 2048, 2048}, {16384, 1, 2048, 1},
		{1, 16384, 1, 2048},      {1, 4096, 1, 2048},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const uint8_t *base = edid + 54, *d = edid + 128 + 5 + 43;

		assert_int_equal(make(cases[i].w, cases[i].h, "left"), 2 * EDID_BLOCK_BYTES);
		assert_true(edid_is_whole(edid, 2 * EDID_BLOCK_BYTES, 2));
		assert_int_equal(base[2] | base[4] >> 4 << 8, cases[i].base_w);
		assert_int_equal(base[5] | base[7] >> 4 << 8, cases[i].base_h);
		assert_int_equal(edid[128], 0x70);
		assert_int_equal(d[0], 0x03);
		assert_int_equal(d[6] & 0x80, 0x80);
		assert_int_equal((d[7] | d[8] << 8) + 1, cases[i].w);
		assert_int_equal((d[15] | d[16] << 8) + 1, cases[i].h);
	}
	/* The largest that does fit. */
	assert_int_equal(make(4095, 2160, "left"), EDID_BLOCK_BYTES);
	assert_int_equal(make(1, 4095, "left"), EDID_BLOCK_BYTES);
}

TEST_ALONE(has_a_sound_timing_for_every_resolution)
{
	for (uint32_t w = 1; w <= 16384; w += w < 16 ? 1 : 89) {
		for (uint32_t h = 1; h <= 16384; h += h < 16 ? 1 : 89) {
			const size_t n = make(w, h, "left");
			const uint8_t *d = edid + 54;
			const uint32_t clock = (uint32_t)(d[0] | d[1] << 8) * 10000;
			const uint32_t line = (uint32_t)(d[2] | d[4] >> 4 << 8) + d[3];
			const uint32_t lines = (uint32_t)(d[5] | d[7] >> 4 << 8) +
					       (uint32_t)(d[6] | (d[7] & 15) << 8);

			assert_true(edid_is_whole(edid, n, 2));
			assert_in_range(clock, 10000000, 655350000);
			/* CVT's step of 250 kHz takes 2.5 % at most. */
			assert_in_range(clock / line, 58 * lines, 60 * lines);
		}
	}
}

/* -------- what is whole -------- */

TEST_ALONE(a_whole_edid_has_its_header_its_blocks_and_their_sums)
{
	size_t n = make(5120, 2880, "left");

	assert_true(edid_is_whole(edid, n, 2));
	assert_true(edid_is_whole(edid, n, 4));
	assert_false(edid_is_whole(edid, n, 1));
	assert_false(edid_is_whole(edid, 0, 4));
	assert_false(edid_is_whole(edid, n - 1, 4));
	assert_false(edid_is_whole(edid, EDID_BLOCK_BYTES, 4));
	for (size_t i = 0; i < n; i++) {
		edid[i] ^= 0x10;
		assert_false(edid_is_whole(edid, n, 2));
		edid[i] ^= 0x10;
	}
	assert_true(edid_is_whole(edid, n, 2));
	/* Sums alone are not enough. */
	edid[0] = 1;
	edid_seal_block(edid);
	assert_false(edid_is_whole(edid, n, 2));
	edid[0] = 0;
	edid[126] = 2;
	edid_seal_block(edid);
	assert_false(edid_is_whole(edid, n, 2));
	edid[126] = 1;
	edid_seal_block(edid);
	assert_true(edid_is_whole(edid, n, 2));
}
