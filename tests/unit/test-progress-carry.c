/* SPDX-License-Identifier: MIT */
/*
 * A consumer's reports are about the past, and are carried on to the present.  These tests measure
 * how exactly the guest knows its position, with a consumer that plays in real time and looks at
 * its sound card, or reaches xenavd, sooner or later; and how exactly it would know without
 * carrying on.
 */
#include <config.h>

#include <string.h>

#include "base/clock.h"
#include "sound/progress.h"
#include "test.h"

#define RATE   48000
#define BUFFER 9600
#define PERIOD 960 /* 20 ms */
#define MS     NS_PER_MS

static struct progress p;
static uint64_t now;

static int setup(void **)
{
	now = 5 * NS_PER_SEC;
	memset(&p, 0, sizeof p);
	progress_open(&p, RATE, BUFFER);
	progress_carry_on(&p, PERIOD, false);
	progress_claim(&p, true, now);
	progress_written(&p, 0, BUFFER);
	progress_start(&p, now);
	return 0;
}

static void after_ms(unsigned ms)
{
	now += ms * MS;
	progress_tick(&p, now);
}

#define TEST(name) TEST_WITH(name, setup, NULL)

TEST(a_report_is_carried_on_from_when_it_was_true)
{
	now += 20 * MS;
	progress_report(&p, 480, now - 10 * MS, now);
	assert_int_equal(p.position_frames, 960);
	after_ms(3);
	assert_int_equal(p.position_frames, 960 + 3 * 48);
	/* The estimate was right; a late report moves nothing back. */
	now += 7 * MS;
	progress_report(&p, 960 + 4 * 48, now - 6 * MS, now);
	assert_int_equal(p.position_frames, 960 + 10 * 48);
}

TEST(it_is_carried_on_for_a_period_and_no_further)
{
	now += 10 * MS;
	progress_report(&p, 480, now, now);
	for (unsigned i = 0; i < 10; i++)
		after_ms(4);
	assert_int_equal(p.position_frames, 480 + PERIOD);
	/* A report of any age is carried on by a period only. */
	progress_report(&p, 500, 1, now);
	assert_int_equal(p.position_frames, 500 + PERIOD);
}

TEST(a_consumer_says_how_far_a_report_is_carried_on)
{
	progress_bound_carry(&p, 100);
	progress_report(&p, 480, now, now);
	after_ms(2);
	assert_int_equal(p.position_frames, 480 + 96);
	after_ms(10);
	assert_int_equal(p.position_frames, 480 + 100);
	/* Another consumer says nothing. */
	progress_claim(&p, false, now);
	progress_claim(&p, true, now);
	progress_report(&p, 1000, now, now);
	after_ms(5);
	assert_int_equal(p.position_frames, 1000 + 240);
}

TEST(a_report_about_the_future_is_about_now)
{
	now += 10 * MS;
	progress_report(&p, 480, UINT64_MAX, now);
	assert_int_equal(p.position_frames, 480);
	after_ms(1);
	assert_int_equal(p.position_frames, 480 + 48);
	progress_report(&p, 600, 0, now);
	assert_int_equal(p.position_frames, 600);
}

TEST(who_stands_is_not_carried_on)
{
	now += 10 * MS;
	progress_report(&p, 480, now, now);
	progress_report(&p, 480, now, now);
	after_ms(5);
	assert_int_equal(p.position_frames, 480);
	progress_pause(&p);
	after_ms(5);
	assert_int_equal(p.position_frames, 480);
	/* A consumer without a report since the start is not carried on. */
	progress_start(&p, now);
	after_ms(5);
	assert_int_equal(p.position_frames, 480);
}

/* Only the consumer knows whether there is an underrun. */
TEST(nobody_is_carried_to_the_end_of_what_there_is)
{
	for (unsigned i = 1; i < 20; i++) {
		now += 10 * MS;
		progress_report(&p, i * 480, now, now);
	}
	after_ms(8);
	after_ms(8);
	assert_int_equal(p.position_frames, BUFFER - 1);
	progress_report(&p, BUFFER + 3, now, now);
	assert_int_equal(p.position_frames, BUFFER + 3);
	after_ms(8);
	assert_int_equal(p.position_frames, BUFFER + 3);
}

TEST(nobody_is_carried_beyond_what_was_captured)
{
	progress_carry_on(&p, PERIOD, true);
	now += 10 * MS;
	progress_report(&p, 480, now, now);
	after_ms(8);
	assert_int_equal(p.position_frames, 480);
	progress_filled(&p, 700);
	after_ms(1);
	assert_int_equal(p.position_frames, 700);
}

/*
 * A consumer looks at its card every 20 ms, and its reports take a while; xenavd ticks every 5 ms;
 * the guest asks every millisecond. @return how far the guest's position is behind at most.
 */
static uint64_t most_behind(bool carried, unsigned age_ms, unsigned delay_ms)
{
	const uint64_t start = now;
	uint64_t most = 0;

	if (!carried)
		progress_carry_on(&p, 0, false);
	for (unsigned ms = 1; ms < 2000; ms++) {
		const uint64_t played = ms * (uint64_t)RATE / 1000;

		now = start + ms * MS;
		/* The guest keeps half of its buffer full. */
		if (ms % 100 == 0)
			progress_written(&p, (uint32_t)(p.edge_frames % BUFFER), BUFFER / 2);
		if (ms % 20 == (age_ms + delay_ms) % 20 && ms >= age_ms + delay_ms)
			progress_report(&p, played - (age_ms + delay_ms) * 48,
					now - (age_ms + delay_ms) * MS, now);
		else if (ms % 5 == 0)
			progress_tick(&p, now);
		assert_true(p.position_frames <= played);
		if (ms > 100 && played - p.position_frames > most)
			most = played - p.position_frames;
	}
	return most;
}

TEST(a_guest_knows_more_exactly_where_it_is)
{
	static const unsigned cases[][2] = {{0, 0}, {0, 4}, {10, 0}, {10, 4}, {20, 0}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t with, without;

		setup(NULL);
		with = most_behind(true, cases[i][0], cases[i][1]);
		setup(NULL);
		without = most_behind(false, cases[i][0], cases[i][1]);
		print_message("# reports %2u ms old, %u ms on their way: at most %4u frames "
			      "behind, and %4u as they come\n",
			      cases[i][0], cases[i][1], (unsigned)with, (unsigned)without);
		assert_true(with < without);
	}
}
