/* SPDX-License-Identifier: MIT */
/* What a capturing guest of the demo daemon counts. */
#include <config.h>

#include <string.h>

#include "demo/ear.h"
#include "reference.h"
#include "unit/test.h"
#include "xenav.h"

#define RATE 8000

static const struct tune tune = {.rate_hz = RATE, .format = XENAV_FORMAT_S16_LE, .channels = 2};
static int16_t frames[2 * 40000];

/* Silence, the tune from the frame `from` on, and silence. */
static void fill(uint32_t silent, uint32_t from, uint32_t n)
{
	memset(frames, 0, sizeof frames);
	for (uint32_t i = 0; i < n; i++)
		for (unsigned c = 0; c < 2; c++)
			frames[2 * (silent + i) + c] = reference_tune(RATE, from + i, c);
}

static void hear(struct ear *ear, uint32_t from, uint32_t n)
{
	ear_hear(ear, (const uint8_t *)(frames + 2 * (size_t)from), n);
}

TEST_ALONE(the_tune_is_found_wherever_a_read_ends)
{
	for (uint32_t first = 1; first < 200; first += 7) {
		struct ear ear;

		assert_int_equal(ear_init(&ear, &tune), 0);
		fill(100, 1234, 20000);
		hear(&ear, 0, first);
		hear(&ear, first, 21000 - first);
		assert_int_equal(ear.n_tune, 20000);
		assert_int_equal(ear.n_silent, 1000);
		assert_int_equal(ear.n_other, 0);
		ear_finish(&ear);
	}
}

TEST_ALONE(the_tune_is_found_in_reads_of_any_size)
{
	for (uint32_t size = 1; size < 150; size += 31) {
		struct ear ear;
		uint32_t at = 0;

		assert_int_equal(ear_init(&ear, &tune), 0);
		fill(50, 15000, 2990);
		for (; at + size < 4000; at += size)
			hear(&ear, at, size);
		assert_int_equal(ear.n_tune, 2990);
		assert_int_equal(ear.n_other, 0);
		assert_int_equal(ear.n_silent, at - 2990);
		ear_finish(&ear);
	}
}

TEST_ALONE(wrong_frames_are_others_and_a_gap_is_none)
{
	struct ear ear;

	assert_int_equal(ear_init(&ear, &tune), 0);
	fill(0, 5, 1000);
	frames[2 * 500] ^= 1;
	hear(&ear, 0, 1000);
	hear(&ear, 0, 100);
	assert_true(ear.n_other >= 1 && ear.n_other <= 500);
	assert_int_equal(ear.n_tune + ear.n_other, 1100);
	ear_begin(&ear);
	fill(0, 5, 1000);
	hear(&ear, 0, 400);
	hear(&ear, 600, 400);
	assert_int_equal(ear.n_tune, 800);
	ear_clear(&ear);
	assert_int_equal(ear.n_tune, 0);
	ear_finish(&ear);
}
