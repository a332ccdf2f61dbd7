/* SPDX-License-Identifier: MIT */
/* What is heard of a stream that stops, pauses, or is cut off by a lost connection. */
#include <config.h>

#include "common/clock.h"
#include "unit/client-fixture.h"
#include "vnc/voices.h"
#include "wire/wire.h"

/* The stream of the fixture: 8000 Hz, and a lead of (1000 - 2 * 250) / 2 frames. */
#define RATE_HZ 8000u
#define LEAD    250u
#define AHEAD   48u

static struct voices voices;
static uint64_t heard_frames; /* the guest's, from 0 on in order, and then silence */
static uint64_t edge_frames;
static unsigned int begun, ended;

static void on_heard(void *, const int32_t *stereo, uint32_t frames, uint32_t rate_hz)
{
	assert_int_equal(rate_hz, RATE_HZ);
	for (uint32_t i = 0; i < frames; i++, heard_frames++) {
		const int32_t value = (int32_t)(heard_frames % 251) - 128;

		assert_int_equal(stereo[2 * i], heard_frames < edge_frames ? value * (1 << 24) : 0);
	}
}

static void on_plays(void *, bool plays)
{
	begun += plays;
	ended += !plays;
}

static void set_state(struct client *t, int state, uint64_t position)
{
	fake_state(t->sock, 1, 1, (uint32_t)state, position);
	client_dispatch(t);
	voices_set_state(&voices, t->s, state, position);
}

static void write_frames(struct client *t, uint32_t frames)
{
	fake_data(t->sock, 1, 1, edge_frames, frames);
	client_dispatch(t);
	edge_frames += frames;
	voices_write(&voices, t->s, edge_frames);
}

static int begin(void **state)
{
	struct xenav_pcm pcm = {
		.format = XENAV_FORMAT_U8,
		.channels = 1,
		.rate_hz = RATE_HZ,
		.frame_bytes = 1,
		.buffer_frames = 1000,
		.period_frames = 250,
	};
	struct client *t;
	const int rc = client_setup(state);

	if (rc < 0)
		return rc;
	t = *state;
	voices = (struct voices){.mix = {.heard = on_heard, .plays = on_plays}};
	heard_frames = edge_frames = 0;
	begun = ended = 0;
	client_claim_stream(t, XENAV_PLAYBACK);
	assert_int_equal(voices_add(&voices, t->s), 0);
	client_open_stream(t, 1);
	client_dispatch(t);
	voices_open(&voices, t->s, &pcm);
	set_state(t, XENAV_STREAM_STARTED, 0);
	assert_int_equal(begun, 0);
	return 0;
}

static int end(void **state)
{
	voices_clear(&voices);
	return client_teardown(state);
}

#define TEST(f) TEST_WITH(f, begin, end)

static uint64_t at_ms(uint64_t ms)
{
	return voices.mix.begin_ns + ms * NS_PER_MS;
}

TEST(the_guest_is_read_ahead_and_heard_when_it_is_nearly_due)
{
	struct client *t = *state;
	uint64_t now_ns;

	write_frames(t, 1000);
	assert_int_equal(begun, 1);
	now_ns = at_ms(0);
	assert_true(voices_run(&voices, now_ns) <= now_ns + 3 * NS_PER_MS);
	assert_int_equal(voices.mix.put_frames, LEAD);
	assert_int_equal(heard_frames, AHEAD);
	voices_run(&voices, at_ms(20));
	assert_int_equal(voices.mix.put_frames, LEAD + 160);
	assert_int_equal(heard_frames, AHEAD + 160);
}

TEST(the_rest_is_heard_after_a_stop_and_then_the_sound_ends)
{
	struct client *t = *state;

	write_frames(t, 1000);
	voices_run(&voices, at_ms(0));
	set_state(t, XENAV_STREAM_STOPPED, 0);
	assert_int_equal(heard_frames, AHEAD);
	assert_int_equal(voices_run(&voices, at_ms(10)), at_ms(13));
	assert_int_equal(heard_frames, AHEAD + 80);
	assert_int_equal(ended, 0);
	assert_true(voices_run(&voices, at_ms(40)) == UINT64_MAX);
	assert_int_equal(heard_frames, LEAD);
	assert_int_equal(ended, 1);
	assert_true(voices_run(&voices, at_ms(50)) == UINT64_MAX);
	assert_int_equal(heard_frames, LEAD);
	assert_int_equal(ended, 1);
}

/* The guest goes on at the time of the machine's clock: the mix is made to have begun earlier. */
static void pass_ms(uint64_t ms)
{
	voices.mix.begin_ns -= ms * NS_PER_MS;
	voices_run(&voices, monotonic_ns());
}

TEST(a_short_pause_loses_nothing_and_repeats_nothing)
{
	struct client *t = *state;

	write_frames(t, 1000);
	while (heard_frames < 700) {
		pass_ms(20);
		set_state(t, XENAV_STREAM_PAUSED, 0);
		set_state(t, XENAV_STREAM_STARTED, 0);
	}
	while (heard_frames <= 1000)
		pass_ms(20);
}

TEST(a_long_pause_loses_nothing_and_repeats_nothing)
{
	struct client *t = *state;

	write_frames(t, 1000);
	voices_run(&voices, at_ms(0));
	set_state(t, XENAV_STREAM_PAUSED, 0);
	voices_run(&voices, at_ms(100));
	assert_int_equal(heard_frames, LEAD);
	assert_int_equal(ended, 1);
	set_state(t, XENAV_STREAM_STARTED, 0);
	assert_int_equal(begun, 2);
	for (unsigned int ms = 0; ms < 180; ms += 3)
		voices_run(&voices, at_ms(ms));
	assert_true(heard_frames > 1000);
}

TEST(a_stream_that_is_closed_is_heard_to_its_end)
{
	struct client *t = *state;

	write_frames(t, 200);
	voices_run(&voices, at_ms(0));
	voices_close(&voices, t->s);
	voices_remove(&voices, t->s);
	voices_run(&voices, at_ms(40));
	assert_int_equal(heard_frames, LEAD);
	assert_int_equal(ended, 1);
}

TEST(a_lost_connection_ends_the_sound_at_once)
{
	struct client *t = *state;

	write_frames(t, 1000);
	voices_run(&voices, at_ms(0));
	voices_clear(&voices);
	assert_int_equal(ended, 1);
	assert_true(voices_run(&voices, at_ms(100)) == UINT64_MAX);
	assert_true(heard_frames <= LEAD);
}
