/* SPDX-License-Identifier: MIT */
/*
 * The pump of xenav-alsa on real PCMs of alsa-lib, in virtual time: no frame is dropped, doubled or
 * out of order, whatever the device does.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alsa/alsa-rig.h"
#include "alsa/pump.h"
#include "alsa/virtual-time.h"
#include "unit/count-fds.h"

#define QUEUE_NS 20000000u
#define SECOND   1000000000u

static const struct xenav_pcm mono = {
	.rate_hz = 48000,
	.format = XENAV_FORMAT_S32_LE,
	.channels = 1,
	.frame_bytes = 4,
	.buffer_frames = 16384,
	.period_frames = 4096,
};

struct run {
	struct alsa_rig rig;
	struct pump pump;
	uint32_t next;      /* frame that the guest plays next */
	uint32_t end;       /* the guest has no more; 0: always more */
	uint32_t got;       /* captured */
	uint32_t unordered; /* captured out of order */
	uint32_t most_delay_frames;
	uint64_t seed; /* of the delays of the program */
	uint64_t late_ns;
	int fds;
};

static uint32_t random_below(struct run *t, uint64_t n)
{
	t->seed = t->seed * 6364136223846793005u + 1442695040888963407u;
	return n ? (uint32_t)((t->seed >> 33) % n) : 0;
}

static int read_guest(void *data, void *samples, uint32_t frames, uint32_t delay_frames)
{
	struct run *t = data;
	uint32_t *out = samples, n = 0;

	if (delay_frames > t->most_delay_frames)
		t->most_delay_frames = delay_frames;
	memset(samples, 0, frames * sizeof *out);
	while (n < frames && (t->end == 0 || t->next < t->end))
		out[n++] = ++t->next;
	return (int)n;
}

static int write_guest(void *data, const void *samples, uint32_t frames, uint32_t)
{
	struct run *t = data;
	const uint32_t *in = samples;

	for (uint32_t i = 0; i < frames; i++, t->got++)
		t->unordered += in[i] != t->got + 1;
	return (int)frames;
}

static int setup(void **state)
{
	struct run *t = calloc(1, sizeof *t);

	t->fds = count_fds();
	virtual_ns = 1000 * (uint64_t)SECOND;
	t->seed = 1;
	alsa_rig_start(&t->rig);
	gain_reset(&t->pump.gain);
	t->pump.guest = (struct pump_guest){read_guest, write_guest, t};
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct run *t = *state;
	int fds;

	pump_close(&t->pump);
	alsa_rig_stop(&t->rig);
	fds = count_fds() - t->fds;
	virtual_ns = 0;
	free(t);
	return fds == 0 ? 0 : -1;
}

#define PUMP_TEST(name) TEST_WITH(name, setup, teardown)

static void open_pcm(struct run *t, const char *name, bool capture)
{
	assert_int_equal(pump_open(&t->pump, name, capture, &mono, QUEUE_NS), 0);
}

/* Let time go by, with steps that are late by up to late_ns. @return the first error, or 0. */
static int run(struct run *t, bool started, uint64_t ns)
{
	const uint64_t until_ns = virtual_ns + ns;
	uint64_t next_ns = virtual_ns;
	int rc = 0;

	while (rc == 0 && next_ns < until_ns) {
		virtual_ns = next_ns + random_below(t, t->late_ns);
		rc = pump_step(&t->pump, started, virtual_ns, &next_ns);
	}
	if (virtual_ns < until_ns)
		virtual_ns = until_ns;
	return rc;
}

static void expect_whole(const struct run *t)
{
	const struct card *c = t->rig.card;

	assert_int_equal(c->lost_frames, 0);
	assert_int_equal(c->again_frames, 0);
	assert_int_equal(c->silent_frames, 0);
}

/* -------- playback -------- */

static void play_for_ten_minutes(struct run *t, int32_t drift_ppm)
{
	const uint64_t frames = (uint64_t)(600 * 48000 * (1 + drift_ppm / 1e6));
	const struct card *c = t->rig.card;

	t->rig.card->drift_ppm = drift_ppm;
	t->late_ns = 8000000;
	open_pcm(t, "card", false);
	assert_int_equal(run(t, true, 600 * (uint64_t)SECOND), 0);
	expect_whole(t);
	assert_int_equal(c->xruns, 0);
	assert_in_range(c->sound_frames, frames - 1000, frames + 1000);
	assert_in_range(t->next - c->sound_frames, 1, QUEUE_NS / 1000 * 48 / 1000);
}

PUMP_TEST(a_card_500_ppm_fast_plays_ten_minutes_whole)
{
	play_for_ten_minutes(*state, 500);
}

PUMP_TEST(a_card_500_ppm_slow_plays_ten_minutes_whole)
{
	play_for_ten_minutes(*state, -500);
}

PUMP_TEST(the_queue_is_as_long_as_it_was_asked_for)
{
	struct run *t = *state;

	open_pcm(t, "card", false);
	assert_int_equal(t->pump.queue_frames, 960);
	assert_int_equal(run(t, true, SECOND), 0);
	assert_true(t->most_delay_frames <= 960);
	/* A step is 2.5 ms, and nothing was late. */
	assert_in_range(t->pump.least_frames, 960 - 125, 960);
}

PUMP_TEST(a_card_with_long_periods_has_two_of_them_queued)
{
	struct run *t = *state;

	t->rig.card->period_min_frames = 1024;
	t->rig.card->grain_frames = 1024;
	open_pcm(t, "card", false);
	assert_int_equal(t->pump.queue_frames, 2048);
	assert_int_equal(run(t, true, 10 * (uint64_t)SECOND), 0);
	expect_whole(t);
	assert_int_equal(t->rig.card->xruns, 0);
}

PUMP_TEST(an_underrun_costs_no_frame)
{
	struct run *t = *state;

	open_pcm(t, "card", false);
	for (unsigned int i = 0; i < 50; i++) {
		assert_int_equal(run(t, true, 37000000 + i * 1000), 0);
		t->rig.card->xrun = 1;
	}
	assert_int_equal(run(t, true, SECOND), 0);
	expect_whole(t);
	assert_int_equal(t->rig.card->xruns, 50);
	assert_int_equal(t->pump.xruns, 50);
}

/* The guest's frames are in the pump's hands then. */
PUMP_TEST(an_underrun_just_before_a_write_costs_no_frame)
{
	struct run *t = *state;

	open_pcm(t, "card", false);
	for (unsigned int i = 0; i < 50; i++) {
		assert_int_equal(run(t, true, 37000000 + i * 1000), 0);
		t->rig.card->late_xrun = 1;
	}
	assert_int_equal(run(t, true, SECOND), 0);
	expect_whole(t);
	assert_int_equal(t->rig.card->xruns, 50);
}

/* The device plays what it has while nobody steps. */
PUMP_TEST(a_program_that_stands_still_goes_on_where_it_was)
{
	struct run *t = *state;

	open_pcm(t, "card", false);
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(run(t, true, 100000000), 0);
		virtual_ns += 50000000;
	}
	assert_int_equal(run(t, true, SECOND), 0);
	expect_whole(t);
	assert_int_equal(t->pump.xruns, 10);
}

PUMP_TEST(a_suspended_card_resumes_with_what_it_had)
{
	struct run *t = *state;

	open_pcm(t, "card", false);
	assert_int_equal(run(t, true, SECOND), 0);
	t->rig.card->suspend = 1;
	assert_int_equal(run(t, true, SECOND), 0);
	expect_whole(t);
	assert_int_equal(t->rig.card->resumes, 1);
	assert_in_range(t->rig.card->sound_frames, 90000, 96000);
}

/* What was queued is gone then; nothing else. */
PUMP_TEST(a_suspended_card_that_does_not_resume_is_prepared)
{
	struct run *t = *state;

	t->rig.card->cannot_wake = 1;
	open_pcm(t, "card", false);
	assert_int_equal(run(t, true, SECOND), 0);
	t->rig.card->suspend = 1;
	assert_int_equal(run(t, true, SECOND), 0);
	assert_int_equal(t->rig.card->again_frames, 0);
	assert_in_range(t->rig.card->lost_frames, 1, 960);
	assert_in_range(t->rig.card->sound_frames, 90000, 96000);
}

PUMP_TEST(a_card_that_is_unplugged_is_an_error)
{
	struct run *t = *state;

	open_pcm(t, "card", false);
	assert_int_equal(run(t, true, SECOND), 0);
	t->rig.card->gone = 1;
	assert_int_equal(run(t, true, SECOND), -ENODEV);
	pump_close(&t->pump);
	assert_int_equal(pump_open(&t->pump, "card", false, &mono, QUEUE_NS), -ENODEV);
	t->rig.card->gone = 0;
	open_pcm(t, "card", false);
	assert_int_equal(run(t, true, SECOND), 0);
}

PUMP_TEST(after_a_stop_the_last_frame_is_played_and_the_card_stops)
{
	struct run *t = *state;

	open_pcm(t, "card", false);
	assert_int_equal(run(t, true, SECOND), 0);
	/* 20 ms are queued. */
	t->end = t->next;
	assert_int_equal(run(t, false, SECOND), 0);
	expect_whole(t);
	assert_in_range(t->end, 48500, 49000);
	assert_int_equal(t->rig.card->sound_frames, t->end);
	assert_false(t->pump.running);
	assert_int_equal(t->rig.card->xruns, 0);
	/* It starts again. */
	t->end = 96000;
	assert_int_equal(run(t, true, 2 * (uint64_t)SECOND), 0);
	assert_int_equal(t->rig.card->sound_frames, 96000);
	assert_int_equal(t->rig.card->lost_frames, 0);
}

PUMP_TEST(a_guest_that_is_late_is_silence_and_nothing_else)
{
	struct run *t = *state;

	open_pcm(t, "card", false);
	for (unsigned int i = 1; i <= 20; i++) {
		t->end = i * 4800;
		assert_int_equal(run(t, true, 150000000), 0);
	}
	assert_int_equal(t->rig.card->sound_frames, 96000);
	assert_int_equal(t->rig.card->lost_frames, 0);
	assert_int_equal(t->rig.card->again_frames, 0);
	assert_int_equal(t->rig.card->xruns, 0);
}

/* -------- PCMs without a clock -------- */

PUMP_TEST(a_pcm_without_a_clock_plays_in_real_time)
{
	struct run *t = *state;

	t->late_ns = 5000000;
	open_pcm(t, "nothing", false);
	assert_int_equal(run(t, true, 60 * (uint64_t)SECOND), 0);
	assert_true(t->pump.pace.needed);
	assert_in_range(t->next, 60 * 48000, 60 * 48000 + 3 * 960);
	assert_true(t->most_delay_frames <= 2 * 960);
}

PUMP_TEST(the_file_plugin_gets_the_frames_as_they_are)
{
	struct run *t = *state;
	uint32_t frame, n = 0;
	char path[96];
	FILE *f;

	t->end = 5 * 48000;
	open_pcm(t, "tofile", false);
	assert_int_equal(run(t, true, 6 * (uint64_t)SECOND), 0);
	pump_close(&t->pump);
	snprintf(path, sizeof path, "%s/file.raw", t->rig.dir);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fread(&frame, sizeof frame, 1, f) == 1 && frame != 0)
		assert_int_equal(frame, ++n);
	fclose(f);
	assert_int_equal(n, 5 * 48000);
}

PUMP_TEST(a_card_with_a_clock_is_never_taken_for_one_without)
{
	struct run *t = *state;

	t->rig.card->grain_frames = 480;
	t->rig.card->drift_ppm = 500;
	t->late_ns = 12000000;
	open_pcm(t, "card", false);
	assert_int_equal(run(t, true, 60 * (uint64_t)SECOND), 0);
	assert_false(t->pump.pace.needed);
}

/* -------- errors of opening -------- */

PUMP_TEST(a_pcm_that_cannot_be_opened_says_why)
{
	struct run *t = *state;
	struct xenav_pcm other = mono;

	assert_int_equal(pump_open(&t->pump, "nowhere", false, &mono, QUEUE_NS), -ENOENT);
	t->rig.card->open_error = EAGAIN;
	assert_int_equal(pump_open(&t->pump, "card", false, &mono, QUEUE_NS), -EBUSY);
	t->rig.card->open_error = 0;
	other.format = XENAV_FORMAT_GSM;
	assert_int_equal(pump_open(&t->pump, "card", false, &other, QUEUE_NS), -EOPNOTSUPP);
	other.format = XENAV_FORMAT_FLOAT_LE;
	assert_int_equal(pump_open(&t->pump, "card", false, &other, QUEUE_NS), -EOPNOTSUPP);
	other = mono;
	other.rate_hz = 44100;
	t->rig.card->rate_min_hz = t->rig.card->rate_max_hz = 48000;
	assert_int_equal(pump_open(&t->pump, "card", false, &other, QUEUE_NS), -EOPNOTSUPP);
	other.format = XENAV_FORMAT_U8;
	assert_int_equal(pump_open(&t->pump, "plugcard", false, &other, QUEUE_NS), 0);
}

PUMP_TEST(short_buffers_of_guests_have_short_queues)
{
	struct run *t = *state;
	struct xenav_pcm pcm = mono;

	pcm.buffer_frames = 1024;
	pcm.period_frames = 256;
	assert_int_equal(pump_open(&t->pump, "card", false, &pcm, QUEUE_NS), 0);
	assert_in_range(t->pump.queue_frames, 300, 1024 - 2 * 256);
	pump_close(&t->pump);
	pcm.period_frames = 512;
	assert_int_equal(pump_open(&t->pump, "card", false, &pcm, QUEUE_NS), 0);
	assert_in_range(t->pump.queue_frames, 200, 512);
	pump_close(&t->pump);
	pcm.period_frames = 0;
	assert_int_equal(pump_open(&t->pump, "card", false, &pcm, QUEUE_NS), 0);
	assert_in_range(t->pump.queue_frames, 800, 1024);
}

/* -------- capture -------- */

PUMP_TEST(a_microphone_is_recorded_in_order)
{
	struct run *t = *state;

	t->rig.card->drift_ppm = -500;
	t->late_ns = 8000000;
	open_pcm(t, "mic", true);
	assert_int_equal(run(t, true, 60 * (uint64_t)SECOND), 0);
	assert_int_equal(t->unordered, 0);
	assert_in_range(t->got, 60 * 47976 - 1000, 60 * 47976 + 1000);
	assert_int_equal(t->pump.xruns, 0);
	assert_int_equal(run(t, false, SECOND), 0);
	assert_false(t->pump.running);
}

PUMP_TEST(an_overrun_is_counted_and_recording_goes_on)
{
	struct run *t = *state;

	open_pcm(t, "mic", true);
	assert_int_equal(run(t, true, SECOND), 0);
	virtual_ns += SECOND;
	assert_int_equal(run(t, true, SECOND), 0);
	assert_int_equal(t->pump.xruns, 1);
	assert_true(t->got > 80000);
}
