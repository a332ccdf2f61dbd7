/* SPDX-License-Identifier: MIT */
/* The progress of a stream: clocks, consumers, and the edge of what is written or read. */
#include <config.h>

#include <string.h>

#include "base/clock.h"
#include "sound/progress.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, NULL)

/* 48 kHz, s16 stereo, a buffer of 4800 frames (100 ms). */
#define RATE   48000
#define BUFFER 4800
#define MS     NS_PER_MS

static struct progress p;
static uint64_t now;

static int setup(void **)
{
	now = 5 * NS_PER_SEC + 123;
	memset(&p, 0, sizeof p);
	progress_open(&p, RATE, BUFFER);
	return 0;
}

static void claim_and_start(void)
{
	progress_claim(&p, true, now);
	progress_start(&p, now);
}

static void tick_for(uint64_t ns, uint64_t step_ns)
{
	uint64_t until = now + ns;

	while (now < until) {
		now += until - now < step_ns ? until - now : step_ns;
		progress_tick(&p, now);
	}
}

/* -------- the daemon's clock -------- */

TEST(nothing_moves_before_start_and_after_stop)
{
	tick_for(NS_PER_SEC, 10 * MS);
	assert_int_equal(p.position_frames, 0);
	progress_start(&p, now);
	tick_for(250 * MS, 7 * MS);
	assert_int_equal(p.position_frames, 12000);
	progress_pause(&p);
	tick_for(NS_PER_SEC, 10 * MS);
	progress_report(&p, 99999, now, now);
	assert_int_equal(p.position_frames, 12000);
	progress_start(&p, now);
	tick_for(250 * MS, 7 * MS);
	assert_int_equal(p.position_frames, 24000);
}

TEST(a_stop_moves_on_to_the_next_whole_buffer)
{
	static const uint64_t at[][2] = {{0, 0},       {1, 4800},    {4799, 4800},
					 {4800, 4800}, {4801, 9600}, {7200, 9600}};

	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		p.position_frames = at[i][0];
		p.edge_frames = 777777;
		progress_stop(&p);
		assert_int_equal(p.position_frames, at[i][1]);
		/* Samples that were not played never will be. */
		assert_int_equal(p.edge_frames, at[i][1]);
	}
}

TEST(ten_years_at_768_khz_are_exact_to_the_frame)
{
	const uint64_t ten_years = 10ull * 365 * 24 * 3600;
	uint64_t elapsed = 0;
	uint64_t start;

	progress_open(&p, 768000, 1000);
	progress_start(&p, now);
	start = now;
	/* Some ticks of odd lengths in every hour. */
	while (elapsed < ten_years * NS_PER_SEC) {
		elapsed += 29 * NS_PER_SEC + 999999937;
		progress_tick(&p, start + elapsed);
	}
	assert_true(p.position_frames ==
		    (uint64_t)((unsigned __int128)elapsed * 768000 / NS_PER_SEC));
}

TEST(odd_rates_and_odd_ticks_lose_nothing)
{
	progress_open(&p, 44100, BUFFER);
	progress_start(&p, now);
	tick_for(1000 * NS_PER_SEC, 3333333);
	assert_int_equal(p.position_frames, 44100000);
}

TEST(after_a_long_sleep_a_minute_is_made_up_for)
{
	uint64_t before;

	progress_start(&p, now);
	tick_for(10 * MS, MS);
	before = p.position_frames;
	now += 3600 * NS_PER_SEC;
	progress_tick(&p, now);
	assert_in_range(p.position_frames - before, 59 * RATE, 60 * RATE);
	before = p.position_frames;
	tick_for(NS_PER_SEC, 10 * MS);
	assert_int_equal(p.position_frames - before, RATE);
}

/* -------- the consumer -------- */

TEST(the_consumer_moves_the_position_and_the_clock_does_not)
{
	claim_and_start();
	tick_for(40 * MS, 10 * MS);
	assert_int_equal(p.position_frames, 0);
	progress_report(&p, 1000, now, now);
	assert_int_equal(p.position_frames, 1000);
	tick_for(40 * MS, 10 * MS);
	assert_int_equal(p.position_frames, 1000);
}

/* Linux gives up on a stream that stands still for the time of 1.1 buffers. */
TEST(a_silent_consumer_is_replaced_after_half_a_buffer)
{
	static const struct {
		uint32_t buffer_frames;
		uint64_t silence_ms;
	} as[] = {{48, 20}, {1920, 20}, {4800, 50}, {48000, 500}, {96000, 1000}, {480000, 1000}};

	for (size_t i = 0; i < sizeof as / sizeof as[0]; i++) {
		progress_open(&p, RATE, as[i].buffer_frames);
		claim_and_start();
		tick_for((as[i].silence_ms - 1) * MS, MS);
		assert_int_equal(p.position_frames, 0);
		tick_for(1000 * MS, MS);
		assert_in_range(p.position_frames, RATE - 200, RATE + 200);
	}
}

TEST(a_replaced_consumer_is_back_with_its_next_report)
{
	uint64_t position;

	claim_and_start();
	tick_for(80 * MS, 10 * MS);
	position = p.position_frames;
	assert_true(position > 500);
	/* The consumer is behind: the stream waits for it, and never goes back. */
	progress_report(&p, 500, now, now);
	tick_for(20 * MS, 10 * MS);
	assert_int_equal(p.position_frames, position);
	progress_report(&p, position + 100, now, now);
	assert_int_equal(p.position_frames, position + 100);
}

TEST(whoever_repeats_itself_is_as_good_as_silent)
{
	claim_and_start();
	progress_report(&p, 1000, now, now);
	for (int i = 0; i < 300; i++) {
		now += 10 * MS;
		progress_report(&p, 1000, now, now);
		progress_tick(&p, now);
	}
	assert_in_range(p.position_frames, 1000 + RATE * 29 / 10, 1000 + RATE * 3);
}

TEST(whoever_is_hopelessly_behind_is_as_good_as_silent)
{
	uint64_t before;

	claim_and_start();
	tick_for(NS_PER_SEC, 10 * MS);
	before = p.position_frames;
	for (uint64_t i = 1; i <= 50; i++) {
		now += 10 * MS;
		progress_report(&p, i * 480, now, now); /* in time, but a second late */
		progress_tick(&p, now);
	}
	assert_int_equal(p.position_frames - before, RATE / 2);
}

TEST(reports_that_go_back_are_ignored)
{
	claim_and_start();
	now += 10 * MS;
	progress_report(&p, 480, now, now);
	progress_report(&p, 479, now, now);
	progress_report(&p, 0, now, now);
	assert_int_equal(p.position_frames, 480);
	assert_int_equal(p.captured_frames, 480);
}

TEST(a_report_far_ahead_is_cut_to_a_buffer)
{
	static const uint64_t ahead[] = {BUFFER + 1, 1u << 31, UINT64_MAX / 2, UINT64_MAX};

	for (int i = 0; i < 4; i++) {
		setup(NULL);
		claim_and_start();
		progress_report(&p, ahead[i], now, now);
		assert_int_equal(p.position_frames, BUFFER);
		assert_int_equal(p.captured_frames, BUFFER);
	}
}

TEST(many_reports_get_no_further_ahead_than_one)
{
	claim_and_start();
	for (int i = 0; i < 1000; i++) {
		now += MS;
		progress_report(&p, UINT64_MAX, now, now);
	}
	/* A second, an eighth more, and a buffer. */
	assert_in_range(p.position_frames, RATE, RATE * 9 / 8 + BUFFER);
}

TEST(claims_without_end_get_no_further_ahead_than_one)
{
	progress_start(&p, now);
	for (int i = 0; i < 1000; i++) {
		now += MS;
		progress_tick(&p, now);
		progress_claim(&p, true, now);
		progress_report(&p, UINT64_MAX, now, now);
		progress_claim(&p, false, now);
	}
	assert_in_range(p.position_frames, RATE, RATE * 9 / 8 + BUFFER);
}

TEST(falling_silent_again_and_again_gets_nobody_further_ahead)
{
	uint64_t start = now;

	claim_and_start();
	while (now - start < 20 * NS_PER_SEC) {
		progress_report(&p, UINT64_MAX, now, now);
		tick_for(60 * MS, 5 * MS); /* the clock takes over after 50 */
	}
	assert_in_range(p.position_frames, 20 * RATE, 20 * RATE * 9 / 8 + 2 * BUFFER);
}

/* The clock and a consumer take turns, and neither is short of what it needs. */
TEST(a_consumer_that_comes_late_has_its_buffer_ahead_all_the_same)
{
	progress_start(&p, now);
	tick_for(NS_PER_SEC, 5 * MS);
	progress_claim(&p, true, now);
	progress_report(&p, RATE + BUFFER, now, now);
	assert_int_equal(p.position_frames, RATE + BUFFER);
}

TEST(a_consumer_with_a_slightly_fast_clock_is_never_cut)
{
	uint64_t played = 0;

	claim_and_start();
	for (int i = 1; i < 100000; i++) {
		now += 1010101;
		played = (uint64_t)i * 1010101 / 100 * 101 * RATE / NS_PER_SEC;
		progress_report(&p, played, now, now);
		assert_int_equal(p.position_frames, played);
	}
}

TEST(a_consumer_that_reports_late_may_make_up_for_it)
{
	claim_and_start();
	now += 900 * MS;
	progress_report(&p, RATE * 9 / 10, now, now);
	assert_int_equal(p.position_frames, RATE * 9 / 10);
}

TEST(a_consumer_with_a_slow_clock_is_in_charge)
{
	uint64_t played = 0;

	claim_and_start();
	for (uint64_t i = 1; i < 10000; i++) {
		now += 10 * MS;
		played = i * 480 * 7 / 8 + 1;
		progress_tick(&p, now);
		progress_report(&p, played, now, now);
		assert_int_equal(p.position_frames, played);
	}
}

/* Seven eighths of time, less half a buffer and a tick. */
static uint64_t least_frames(uint64_t elapsed_ns)
{
	uint64_t least = elapsed_ns / 1000 * RATE / 1000000 / 8 * 7;

	return least > BUFFER / 2 + RATE / 100 ? least - BUFFER / 2 - RATE / 100 : 0;
}

TEST(whoever_moves_by_single_frames_is_as_good_as_silent)
{
	claim_and_start();
	for (int i = 0; i < 2000; i++) {
		now += 5 * MS;
		progress_report(&p, p.position_frames + 1, now, now);
		if (i % 2)
			progress_tick(&p, now);
	}
	assert_in_range(p.position_frames, least_frames(10 * NS_PER_SEC), 10 * RATE);
}

TEST(claims_without_end_do_not_keep_a_stream_back)
{
	progress_start(&p, now);
	for (int i = 0; i < 10000; i++) {
		now += MS;
		progress_claim(&p, true, now);
		progress_report(&p, p.position_frames + 1, now, now);
		progress_claim(&p, i % 3, now);
		if (i % 10 == 0)
			progress_tick(&p, now);
	}
	assert_in_range(p.position_frames, least_frames(10 * NS_PER_SEC), 10 * RATE * 9 / 8);
}

/* The consumer does not make up for lost time; the stream waits, a little at a time. */
TEST(a_consumer_that_loses_time_is_met_again)
{
	const uint64_t start = now + 80 * MS;

	claim_and_start();
	tick_for(80 * MS, 10 * MS);
	for (int i = 1; i <= 100; i++) {
		now += 10 * MS;
		progress_tick(&p, now);
		progress_report(&p, (now - start) / MS * RATE / 1000, now, now);
	}
	assert_int_equal(p.position_frames, RATE);
	tick_for(10 * MS, 10 * MS);
	assert_int_equal(p.position_frames, RATE);
}

static uint32_t throw_dice(void)
{
	static uint32_t dice = 1;

	dice = dice * 1664525 + 1013904223;
	return dice >> 8;
}

TEST(whatever_a_consumer_does_the_guest_has_its_time)
{
	const uint64_t start = now;

	progress_start(&p, now);
	for (int i = 0; i < 100000; i++) {
		uint64_t elapsed;

		now += throw_dice() % (10 * MS);
		elapsed = now - start;
		if (throw_dice() % 4 == 0)
			progress_claim(&p, throw_dice() % 4 > 0, now);
		else if (i / 1000 % 2)
			progress_report(&p, p.position_frames + throw_dice() % 3, now, now);
		else
			progress_report(&p, p.position_frames + throw_dice() % 3000 - 1000, now,
					now);
		progress_tick(&p, now);
		assert_in_range(p.position_frames, least_frames(elapsed),
				elapsed / 1000 * RATE / 1000000 * 9 / 8 + 2 * BUFFER);
	}
}

TEST(the_clock_goes_on_where_a_consumer_left)
{
	claim_and_start();
	progress_report(&p, 2000, now, now);
	now += 40 * MS;
	progress_claim(&p, false, now);
	tick_for(100 * MS, 10 * MS);
	assert_int_equal(p.position_frames, 2000 + 4800);
	progress_claim(&p, true, now);
	assert_int_equal(p.captured_frames, 0);
	tick_for(20 * MS, 10 * MS);
	assert_int_equal(p.position_frames, 6800);
}

TEST(a_claim_of_a_closed_stream_holds_for_its_next_opening)
{
	memset(&p, 0, sizeof p);
	progress_claim(&p, true, now);
	progress_open(&p, RATE, BUFFER);
	progress_start(&p, now);
	tick_for(40 * MS, 10 * MS);
	assert_int_equal(p.position_frames, 0);
}

TEST(a_ring_is_filled_a_buffer_ahead_at_most_and_never_less)
{
	claim_and_start();
	progress_filled(&p, 1000);
	progress_filled(&p, 900);
	assert_int_equal(p.captured_frames, 1000);
	progress_filled(&p, UINT64_MAX);
	assert_int_equal(p.captured_frames, BUFFER);
	now += 10 * MS;
	progress_report(&p, 480, now, now);
	assert_int_equal(p.position_frames, 480);
	assert_int_equal(p.captured_frames, BUFFER);
	progress_filled(&p, UINT64_MAX);
	assert_int_equal(p.captured_frames, BUFFER + 480);
	/* A stop voids the samples beyond it. */
	progress_stop(&p);
	assert_int_equal(p.captured_frames, BUFFER);
}

/* -------- what the guest writes -------- */

TEST(what_is_written_in_a_row_follows_on_over_the_wrap)
{
	uint64_t written = 0;

	claim_and_start();
	for (int i = 0; i < 50; i++) {
		uint32_t offset = (uint32_t)(written % BUFFER);
		uint32_t length = 700 < BUFFER - offset ? 700 : BUFFER - offset;

		assert_int_equal(progress_written(&p, offset, length), written);
		written += length;
		now += 14 * MS;
		progress_report(&p, written - 300, now, now);
	}
	assert_int_equal(p.edge_frames, written);
}

TEST(a_full_buffer_may_be_written_before_the_start)
{
	assert_int_equal(progress_written(&p, 0, 2400), 0);
	assert_int_equal(progress_written(&p, 2400, 2400), 2400);
	assert_int_equal(p.edge_frames, BUFFER);
	progress_start(&p, now);
	tick_for(10 * MS, MS);
	assert_int_equal(progress_written(&p, 0, 480), 4800);
}

TEST(a_guest_that_rewinds_is_followed)
{
	assert_int_equal(progress_written(&p, 0, 2400), 0);
	assert_int_equal(progress_written(&p, 1200, 100), 1200);
	assert_int_equal(p.edge_frames, 1300);
	progress_start(&p, now);
	tick_for(50 * MS, MS); /* to 2400 */
	assert_int_equal(progress_written(&p, 3000, 100), 3000);
	assert_int_equal(progress_written(&p, 1000, 100), 5800);
}

TEST(a_buffer_written_anew_before_the_start_replaces_the_old_one)
{
	/* Filled, dropped without ever having been started, prepared and filled again. */
	assert_int_equal(progress_written(&p, 0, BUFFER), 0);
	assert_int_equal(progress_written(&p, 0, BUFFER), 0);
	assert_int_equal(p.edge_frames, BUFFER);
	assert_int_equal(progress_written(&p, 0, 100), 0);
	assert_int_equal(progress_written(&p, 100, 100), 100);
}

TEST(a_late_write_does_not_leave_all_later_ones_a_buffer_behind)
{
	progress_start(&p, now);
	assert_int_equal(progress_written(&p, 0, 1000), 0);
	tick_for(21 * MS, MS);           /* to 1008 */
	progress_written(&p, 1000, 500); /* 8 frames late */
	tick_for(5 * MS, MS);
	assert_int_equal(progress_written(&p, 1500, 500), 1500);
	assert_int_equal(progress_written(&p, 2000, 500), 2000);
}

TEST(after_a_stop_writing_begins_at_the_new_position)
{
	progress_start(&p, now);
	assert_int_equal(progress_written(&p, 0, 3000), 0);
	tick_for(30 * MS, MS);
	progress_stop(&p);
	assert_int_equal(progress_written(&p, 0, 1000), 4800);
	assert_int_equal(progress_written(&p, 1000, 1000), 5800);
}

TEST(no_write_reaches_further_than_two_buffers_ahead)
{
	uint32_t dice = 1;

	progress_start(&p, now);
	for (int i = 0; i < 100000; i++) {
		uint32_t offset, length;
		uint64_t start;

		dice = dice * 1664525 + 1013904223;
		offset = (dice >> 8) % BUFFER;
		length = dice % (BUFFER - offset + 1);
		start = progress_written(&p, offset, length);
		assert_true(start % BUFFER == offset);
		assert_true(start >= p.position_frames && start < p.position_frames + BUFFER);
		now += dice % (20 * MS);
		progress_tick(&p, now);
	}
}

/* -------- what the guest reads -------- */

TEST(what_is_read_lies_behind_the_position)
{
	uint64_t read = 0;

	claim_and_start();
	for (int i = 1; i < 60; i++) {
		uint32_t offset = (uint32_t)(read % BUFFER);
		uint32_t length = 960 < BUFFER - offset ? 960 : BUFFER - offset;

		now += 20 * MS;
		progress_report(&p, (uint64_t)i * 960 + 40, now, now);
		assert_int_equal(progress_read(&p, offset, length), read);
		read += length;
	}
}

TEST(a_reader_that_was_late_gets_the_newest_at_its_place)
{
	claim_and_start();
	assert_int_equal(progress_read(&p, 0, 100), 0);
	for (int i = 1; i <= 50; i++) {
		now += 20 * MS;
		progress_report(&p, (uint64_t)i * 960, now, now);
	}
	/* 48000 have gone by; of those that stand at 100.. the newest are at 43300. */
	assert_int_equal(progress_read(&p, 100, 200), 43300);
	assert_int_equal(progress_read(&p, 300, 200), 43500);
}

TEST(a_reader_ahead_of_time_gets_what_is_not_there_yet)
{
	progress_start(&p, now);
	assert_int_equal(progress_read(&p, 0, 480), 0);
	assert_int_equal(progress_read(&p, 2400, 480), 2400);
}

TEST(after_a_stop_reading_begins_at_the_new_position)
{
	progress_start(&p, now);
	tick_for(30 * MS, MS);
	assert_int_equal(progress_read(&p, 0, 1000), 0);
	progress_stop(&p);
	progress_start(&p, now);
	tick_for(30 * MS, MS);
	assert_int_equal(progress_read(&p, 0, 1000), 4800);
}
