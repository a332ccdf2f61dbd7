/* SPDX-License-Identifier: MIT */
/* daemon/sound/drift: how much faster a consumer's clock is. */
#include <config.h>

#include "base/clock.h"
#include "sound/drift.h"
#include "test.h"

#define RATE 48000u

/* Report once in 10 ms for so long, by a clock that is so much faster. */
static int32_t play(struct drift *drift, uint64_t seconds, double ppm)
{
	uint64_t frames = 0, now = NS_PER_SEC;

	for (uint64_t i = 0; i < seconds * 100; i++) {
		now += 10 * NS_PER_MS;
		frames = (uint64_t)((double)(now - NS_PER_SEC) * RATE / 1e9 * (1 + ppm / 1e6));
		drift_note(drift, frames, now);
	}
	return drift_ppm(drift, frames, now, RATE);
}

TEST_ALONE(a_clock_that_is_faster_or_slower_is_measured)
{
	static const int cases[] = {0, 20, -20, 150, -3000};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift drift = {0};

		assert_in_range(play(&drift, 60, cases[i]) - cases[i] + 1, 0, 2);
	}
}

TEST_ALONE(in_the_first_two_seconds_nothing_is_known)
{
	struct drift drift = {0};

	assert_int_equal(drift_ppm(&drift, 0, 0, RATE), DRIFT_UNKNOWN);
	assert_int_equal(play(&drift, 1, 50), DRIFT_UNKNOWN);
	drift = (struct drift){0};
	assert_int_not_equal(play(&drift, 3, 50), DRIFT_UNKNOWN);
	drift_restart(&drift);
	assert_int_equal(drift_ppm(&drift, 9999999, 100 * NS_PER_SEC, RATE), DRIFT_UNKNOWN);
}

TEST_ALONE(an_hour_ago_does_not_count)
{
	struct drift drift = {0};
	uint64_t frames = 0, now = NS_PER_SEC;

	for (unsigned i = 0; i < 360000; i++) {
		now += 10 * NS_PER_MS;
		frames += 480;
		drift_note(&drift, frames, now);
	}
	/* From here on it is 1000 ppm faster: 480.48 frames in 10 ms. */
	for (unsigned i = 0; i < 120000; i++) {
		now += 10 * NS_PER_MS;
		frames += i % 25 < 12 ? 481 : 480;
		drift_note(&drift, frames, now);
	}
	assert_in_range(drift_ppm(&drift, frames, now, RATE), 995, 1005);
}

TEST_ALONE(rubbish_gives_a_number_or_nothing)
{
	struct drift drift = {0};

	drift_note(&drift, 0, 1);
	assert_int_equal(drift_ppm(&drift, UINT64_MAX, 10 * NS_PER_SEC, 1), 1000000);
	assert_int_equal(drift_ppm(&drift, 10, 10 * NS_PER_SEC, 0), DRIFT_UNKNOWN);
	assert_int_equal(drift_ppm(&drift, 0, 10 * NS_PER_SEC, RATE), -1000000);
}
