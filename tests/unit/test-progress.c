/* SPDX-License-Identifier: MIT */
/* The progress of a stream: what moves it, the daemon's clock or a consumer's reports. */
#include <config.h>

#include <string.h>

#include "progress-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, NULL)

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

TEST(a_takeover_is_news_once_until_the_consumer_is_back)
{
	claim_and_start();
	progress_report(&p, 1, now, now);
	assert_false(progress_takes_over(&p));
	tick_for(60 * MS, 5 * MS); /* the clock takes over after 50 */
	assert_true(progress_takes_over(&p));
	assert_false(progress_takes_over(&p));
	tick_for(300 * MS, 5 * MS);
	assert_false(progress_takes_over(&p));
	/* A report from the past is no return. */
	progress_report(&p, 100, now, now);
	tick_for(100 * MS, 5 * MS);
	assert_false(progress_takes_over(&p));
	/* One that is on its way for a millisecond is. */
	progress_report(&p, p.position_frames, now - MS, now);
	tick_for(60 * MS, 5 * MS);
	assert_true(progress_takes_over(&p));
}

TEST(nobody_is_taken_over_from_without_a_consumer)
{
	progress_start(&p, now);
	tick_for(300 * MS, 5 * MS);
	assert_false(progress_takes_over(&p));
	/* A takeover ends with the claim, and with the start. */
	progress_claim(&p, true, now);
	tick_for(300 * MS, 5 * MS);
	progress_claim(&p, false, now);
	assert_false(progress_takes_over(&p));
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
