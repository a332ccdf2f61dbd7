/* SPDX-License-Identifier: MIT */
/*
 * The limits of a consumer that moves a stream: whatever it reports or claims, the guest's time
 * goes by neither much faster nor much slower than by the clock.
 */
#include <config.h>

#include <errno.h>

#include "progress-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, NULL)

/* -------- not too fast -------- */

TEST(a_report_beyond_all_clocks_is_refused_and_forgotten)
{
	static const uint64_t ahead[] = {1, 1u << 31, UINT64_MAX / 2, UINT64_MAX};

	claim_and_start();
	now += 80 * MS;
	for (int i = 0; i < 4; i++) {
		const uint64_t most = furthest();
		const uint64_t far = ahead[i] < UINT64_MAX / 2 ? most + ahead[i] : ahead[i];

		assert_int_equal(progress_report(&p, far, now, now), -ERANGE);
		assert_int_equal(p.captured_frames, 0);
	}
	/* The next report counts, and is the first one. */
	now += 10 * MS;
	progress_tick(&p, now);
	assert_int_equal(progress_report(&p, 4320, now, now), 0);
	assert_int_equal(p.position_frames, 4320);
	assert_int_equal(p.captured_frames, 4320);
}

TEST(a_report_may_be_as_far_as_that)
{
	claim_and_start();
	now += 80 * MS;
	assert_int_equal(progress_report(&p, furthest(), now, now), 0);
	assert_in_range(p.position_frames, BUFFER, furthest());
	assert_int_equal(progress_report(&p, UINT64_MAX, now, now), -ERANGE);
}

TEST(time_counts_from_the_last_start)
{
	claim_and_start();
	now += 60 * NS_PER_SEC;
	progress_tick(&p, now);
	progress_stop(&p);
	progress_start(&p, now);
	assert_int_equal(progress_report(&p, p.position_frames + BUFFER + 1, now, now), -ERANGE);
	assert_int_equal(progress_report(&p, p.position_frames + BUFFER, now, now), 0);
}

TEST(many_reports_get_no_further_ahead_than_one)
{
	claim_and_start();
	for (int i = 0; i < 1000; i++) {
		now += MS;
		progress_report(&p, furthest(), now, now);
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
		progress_report(&p, furthest(), now, now);
		progress_claim(&p, false, now);
	}
	assert_in_range(p.position_frames, RATE, RATE * 9 / 8 + BUFFER);
}

TEST(falling_silent_again_and_again_gets_nobody_further_ahead)
{
	uint64_t start = now;

	claim_and_start();
	while (now - start < 20 * NS_PER_SEC) {
		progress_report(&p, furthest(), now, now);
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

/* -------- not too slow -------- */

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

/* -------- who stands still -------- */

/* For instance where the machine was stopped when a guest began to record. */
TEST(a_consumer_has_its_time_after_the_daemon_stood_still)
{
	progress_carry_on(&p, BUFFER / 4, true);
	claim_and_start();
	now += NS_PER_SEC;
	progress_tick(&p, now);
	assert_int_equal(p.position_frames, 0);
	/* Whoever records waits for nothing that is not captured. */
	progress_filled(&p, BUFFER);
	tick_for(20 * MS, 5 * MS);
	assert_int_equal(p.position_frames, 0);
	progress_report(&p, BUFFER / 2, now, now);
	assert_int_equal(p.position_frames, BUFFER / 2);
	assert_false(progress_takes_over(&p));
}

TEST(a_consumer_that_is_silent_after_that_is_replaced)
{
	claim_and_start();
	now += NS_PER_SEC;
	progress_tick(&p, now);
	tick_for(20 * MS, 5 * MS);
	assert_false(progress_takes_over(&p));
	tick_for(10 * MS, 5 * MS);
	assert_true(progress_takes_over(&p));
	assert_in_range(p.position_frames, 1, RATE / 100);
}

/* -------- dice -------- */

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
