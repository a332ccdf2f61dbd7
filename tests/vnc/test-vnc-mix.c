/* SPDX-License-Identifier: MIT */
/* When frames that are mixed ahead are handed out. */
#include <config.h>

#include <string.h>

#include "common/clock.h"
#include "unit/test.h"
#include "vnc/mix.h"

#define RATE_HZ  48000u
#define FRAMES   48u /* of a millisecond */
#define BEGIN_NS (1000 * NS_PER_S)

static struct mix mix;
static uint64_t heard_frames; /* each of the tune, in order */
static uint64_t first;        /* of those the tune began with */
static uint32_t heard_rate_hz;
static unsigned int begun, ended;

/* Frames of the tune have their numbers as samples. */
static void on_heard(void *data, const int32_t *stereo, uint32_t frames, uint32_t rate_hz)
{
	assert_ptr_equal(data, &mix);
	assert_true(frames > 0);
	for (uint32_t i = 0; i < frames; i++, heard_frames++) {
		assert_int_equal(stereo[2 * i], first + heard_frames);
		assert_int_equal(stereo[2 * i + 1], -(int32_t)(first + heard_frames));
	}
	heard_rate_hz = rate_hz;
}

static void on_plays(void *, bool plays)
{
	begun += plays;
	ended += !plays;
}

static void begin(uint64_t now_ns)
{
	mix_begin(&mix, RATE_HZ, 100 * FRAMES, now_ns);
	first = heard_frames = 0;
}

/* Frames of the tune from there on. */
static void put(uint64_t from, uint32_t frames)
{
	static int32_t stereo[30000 * 2];

	assert_true(frames <= 30000);
	for (uint32_t i = 0; i < frames; i++) {
		stereo[2 * i] = (int32_t)(from + i);
		stereo[2 * i + 1] = -stereo[2 * i];
	}
	mix_put(&mix, stereo, frames);
}

static int setup(void **)
{
	memset(&mix, 0, sizeof mix);
	mix.heard = on_heard;
	mix.plays = on_plays;
	mix.data = &mix;
	begun = ended = 0;
	begin(BEGIN_NS);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, NULL)

static uint64_t at_ms(uint64_t ms)
{
	return BEGIN_NS + ms * NS_PER_MS;
}

TEST(frames_are_heard_six_milliseconds_before_they_are_due)
{
	put(0, 100 * FRAMES);
	assert_int_equal(heard_frames, 0);
	assert_int_equal(mix_run(&mix, at_ms(0)), 0);
	assert_int_equal(heard_frames, 6 * FRAMES);
	for (uint64_t ms = 3; ms < 1000; ms += 3) {
		assert_int_equal(mix_run(&mix, at_ms(ms)), ms * FRAMES);
		assert_int_equal(heard_frames, (ms + 6) * FRAMES);
		put((97 + ms) * FRAMES, 3 * FRAMES);
		assert_int_equal(heard_frames, (ms + 6) * FRAMES);
	}
	assert_int_equal(heard_rate_hz, RATE_HZ);
	assert_int_equal(begun, 1);
	assert_int_equal(ended, 0);
}

TEST(a_short_lead_is_heard_at_once)
{
	put(0, 2 * FRAMES);
	mix_run(&mix, at_ms(0));
	assert_int_equal(heard_frames, 2 * FRAMES);
	assert_true(mix_is_empty(&mix));
	put(2 * FRAMES, 5 * FRAMES);
	mix_run(&mix, at_ms(0));
	assert_int_equal(heard_frames, 6 * FRAMES);
	assert_false(mix_is_empty(&mix));
}

TEST(the_last_frames_are_heard_in_time)
{
	put(0, 100 * FRAMES);
	mix_run(&mix, at_ms(93));
	assert_int_equal(heard_frames, 99 * FRAMES);
	mix_run(&mix, at_ms(96));
	assert_int_equal(heard_frames, 100 * FRAMES);
	assert_true(mix_is_empty(&mix));
	assert_int_equal(ended, 0);
	mix_end(&mix, at_ms(96));
	assert_int_equal(ended, 1);
	mix_end(&mix, at_ms(97));
	assert_int_equal(ended, 1);
}

TEST(the_end_drops_what_is_not_due)
{
	put(0, 100 * FRAMES);
	mix_end(&mix, at_ms(20));
	assert_int_equal(heard_frames, 26 * FRAMES);
	assert_int_equal(ended, 1);
	assert_true(mix_is_empty(&mix));
	begin(at_ms(30));
	mix_run(&mix, at_ms(90));
	assert_int_equal(heard_frames, 0);
}

TEST(a_stream_that_begins_before_the_end_continues_the_mix)
{
	put(0, 100 * FRAMES);
	mix_begin(&mix, RATE_HZ, 100 * FRAMES, at_ms(20));
	assert_int_equal(mix.put_frames, 100 * FRAMES);
	put(100 * FRAMES, 20 * FRAMES);
	assert_int_equal(mix_run(&mix, at_ms(110)), 110 * FRAMES);
	assert_int_equal(heard_frames, 116 * FRAMES);
	assert_int_equal(begun, 1);
}

TEST(a_stream_with_a_short_lead_does_not_wait_for_the_end)
{
	put(0, 100 * FRAMES);
	mix_begin(&mix, RATE_HZ, 10 * FRAMES, at_ms(20));
	assert_int_equal(mix.put_frames, 30 * FRAMES);
	mix_begin(&mix, RATE_HZ, 0, at_ms(20));
	assert_int_equal(mix.put_frames, 26 * FRAMES);
	assert_int_equal(heard_frames, 26 * FRAMES);
	assert_int_equal(begun, 1);
}

TEST(a_stream_that_begins_at_the_end_begins_a_mix)
{
	put(0, 20 * FRAMES);
	begin(at_ms(20));
	assert_int_equal(begun, 2);
	put(0, FRAMES);
	assert_int_equal(mix_run(&mix, at_ms(20)), 0);
	assert_int_equal(heard_frames, FRAMES);
}

TEST(another_mix_drops_what_is_not_due_and_has_its_own_rate)
{
	put(0, 100 * FRAMES);
	mix_begin(&mix, 8000, 800, at_ms(20));
	assert_int_equal(heard_frames, 26 * FRAMES);
	assert_int_equal(heard_rate_hz, RATE_HZ);
	heard_frames = 0;
	put(0, 800);
	mix_run(&mix, at_ms(30));
	assert_int_equal(heard_frames, 16 * 8);
	assert_int_equal(heard_rate_hz, 8000);
	assert_int_equal(begun, 2);
	assert_int_equal(ended, 0);
}

TEST(after_a_short_delay_everything_that_is_due_is_heard)
{
	put(0, 100 * FRAMES);
	assert_int_equal(mix_run(&mix, at_ms(400)), 400 * FRAMES);
	assert_int_equal(heard_frames, 100 * FRAMES);
	put(100 * FRAMES, 400 * FRAMES);
	mix_run(&mix, at_ms(400));
	assert_int_equal(heard_frames, 406 * FRAMES);
}

TEST(after_a_long_delay_the_mix_begins_anew_and_nothing_is_lost)
{
	put(0, 100 * FRAMES);
	assert_int_equal(mix_run(&mix, at_ms(600)), 0);
	assert_int_equal(heard_frames, 100 * FRAMES);
	assert_true(mix_is_empty(&mix));
	put(100 * FRAMES, 100 * FRAMES);
	assert_int_equal(mix_run(&mix, at_ms(603)), 3 * FRAMES);
	assert_int_equal(heard_frames, 109 * FRAMES);
	assert_int_equal(begun, 1);
	assert_int_equal(ended, 0);
}

TEST(frames_that_have_no_room_push_the_oldest_out)
{
	put(0, MIX_FRAMES - 10);
	assert_int_equal(heard_frames, 0);
	put(MIX_FRAMES - 10, 30);
	assert_int_equal(heard_frames, 20);
	put(MIX_FRAMES + 20, 30000);
	assert_int_equal(heard_frames, 30020);
	mix_run(&mix, at_ms(1100));
	assert_int_equal(heard_frames, MIX_FRAMES + 30020);
	assert_true(mix_is_empty(&mix));
}
