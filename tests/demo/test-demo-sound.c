/* SPDX-License-Identifier: MIT */
/* xenav-demo-daemon with a consumer of sound. */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reference.h"
#include "user.h"

/* What has come. */
struct heard {
	struct user user;
	unsigned n_opened;
	unsigned n_closed;
	unsigned n_stopped;
	unsigned n_volumes;
	int32_t volume_mdb;
	bool muted;
	uint64_t end_frames; /* behind the newest sample */
	uint64_t total_frames;
	uint64_t wanted_frames;
	uint64_t fed_frames;
	uint64_t holes;
};

/* The sample, at the scale of 16 bits; formats of fewer bits have lost the lower ones. */
static int sample_of(uint8_t format, const uint8_t *p, unsigned *lost)
{
	float value;

	*lost = 0;
	switch (format) {
	case XENAV_FORMAT_U8:
		*lost = 8;
		return (int16_t)((uint16_t)(p[0] ^ 0x80) << 8);
	case XENAV_FORMAT_S16_LE:
		return (int16_t)(p[0] | p[1] << 8);
	case XENAV_FORMAT_S24_BE:
		assert_int_equal(p[0], 0);
		assert_int_equal(p[3], 0);
		return (int16_t)(p[2] | p[1] << 8);
	case XENAV_FORMAT_FLOAT_LE:
		memcpy(&value, p, sizeof value);
		return (int)lrintf(value * 32768);
	default:
		fail_msg("no test for format %u", format);
		return 0;
	}
}

static void check_frame(const struct xenav_pcm *pcm, uint64_t position, const uint8_t *frame)
{
	for (unsigned c = 0; c < pcm->channels; c++) {
		unsigned lost;
		const int sample = sample_of(pcm->format,
					     frame + c * (pcm->frame_bytes / pcm->channels), &lost);

		assert_int_equal(sample >> lost, reference_tune(pcm->rate_hz, position, c) >> lost);
	}
}

static void opened(void *data, struct xenav_stream *, const struct xenav_pcm *)
{
	struct heard *h = data;

	h->n_opened++;
	h->end_frames = 0;
}

static void closed(void *data, struct xenav_stream *)
{
	((struct heard *)data)->n_closed++;
}

static void state(void *data, struct xenav_stream *, int now, uint64_t)
{
	((struct heard *)data)->n_stopped += now == XENAV_STREAM_STOPPED;
}

static void samples(void *data, struct xenav_stream *s, uint64_t position, const void *all,
		    uint32_t frames)
{
	struct heard *h = data;
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(s);

	for (uint32_t i = 0; i < frames; i++)
		check_frame(pcm, position + i, (const uint8_t *)all + i * pcm->frame_bytes);
	h->holes += position != h->end_frames && h->total_frames > 0;
	h->end_frames = position + frames;
	h->total_frames += frames;
}

static void volume(void *data, struct xenav_stream *s)
{
	struct heard *h = data;

	h->n_volumes++;
	h->volume_mdb = xenav_stream_get_volume(s, 0);
	h->muted = xenav_stream_is_muted(s, 0);
	assert_int_equal(xenav_stream_get_volume(s, 1), h->volume_mdb);
}

/* Feed the tune from its beginning, all at once: the guest reads meanwhile. */
static void space(void *data, struct xenav_stream *s, uint64_t, uint32_t frames)
{
	static int16_t tune[2 * 65536];
	struct heard *h = data;
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(s);

	assert_true(frames <= 65536);
	for (uint32_t i = 0; i < 2 * frames; i++)
		tune[i] = reference_tune(pcm->rate_hz, h->fed_frames + i / 2, i % 2);
	assert_int_equal(xenav_stream_write(s, tune, frames), (int)frames);
	h->fed_frames += frames;
}

static const struct xenav_listener listener = {
	.stream_opened = opened,
	.stream_closed = closed,
	.stream_state = state,
	.stream_data = samples,
	.stream_space = space,
	.stream_volume = volume,
};

static bool has_heard_it(struct user *user)
{
	const struct heard *h = (struct heard *)(void *)user;

	return h->total_frames >= h->wanted_frames;
}

static void play(const char *rate, const char *format, const char *channels, uint64_t frames)
{
	struct heard h = {.wanted_frames = frames};
	const char *args[] = {"--script=play", rate, format, channels, "--wait", NULL};

	user_start(&h.user, args, &listener);
	assert_int_equal(xenav_stream_claim(user_stream(&h.user, "play")), 0);
	user_run(&h.user, has_heard_it);
	assert_int_equal(h.n_opened, 1);
	user_stop(&h.user);
}

TEST_ALONE(the_tune_is_heard_sample_by_sample)
{
	play("--rate=48000", "--format=s16_le", "--channels=2", 60000);
}

TEST_ALONE(the_tune_is_heard_in_other_formats_and_rates)
{
	play("--rate=8000", "--format=u8", "--channels=1", 24000);
	play("--rate=44100", "--format=float_le", "--channels=2", 40000);
	play("--rate=96000", "--format=s24_be", "--channels=4", 50000);
}

static bool is_closed(struct user *user)
{
	return ((struct heard *)(void *)user)->n_closed > 0;
}

TEST_ALONE(an_opening_of_some_seconds_is_whole_and_is_followed_by_another)
{
	struct heard h = {0};
	const char *const args[] = {"--script=play", "--wait",        "--seconds=1",
				    "--rate=8000",   "--buffer=8192", NULL};

	user_start(&h.user, args, &listener);
	assert_int_equal(xenav_stream_claim(user_stream(&h.user, "play")), 0);
	user_run(&h.user, is_closed);
	assert_int_equal(h.end_frames, 8000);
	assert_int_equal(h.n_opened, 1);
	demo_await(&h.user.demo, "play domain=1 unique_id=play state=closed");
	demo_await(&h.user.demo, "state=opened rate=8000 format=s16_le channels=2 buffer=8192");
	user_stop(&h.user);
}

/* On a busy machine the guest may be late without meaning to, which stops it each time: the hole
 * that it leaves on purpose may come behind any number of stops. */
static bool has_left_a_hole_and_stopped_twice(struct user *user)
{
	const struct heard *h = (struct heard *)(void *)user;

	return h->holes > 0 && h->n_stopped >= 2;
}

TEST_ALONE(a_late_guest_leaves_holes_and_plays_no_wrong_sample)
{
	struct heard h = {0};
	const char *const args[] = {"--script=underrun", "--every=100", "--buffer=4096",
				    "--period=512", NULL};
	const char *line;

	user_start(&h.user, args, &listener);
	assert_int_equal(xenav_stream_claim(user_stream(&h.user, "underrun")), 0);
	user_run(&h.user, has_left_a_hole_and_stopped_twice);
	assert_true(h.holes > 0);
	line = demo_await(&h.user.demo, "event=underrun");
	assert_true(demo_value(line, "position") > demo_value(line, "written"));
	demo_await(&h.user.demo, "stops=0");
	user_stop(&h.user);
}

static bool is_quieter(struct user *user)
{
	return ((struct heard *)(void *)user)->volume_mdb == -12000;
}

static bool is_muted(struct user *user)
{
	return ((struct heard *)(void *)user)->muted;
}

static bool is_loud(struct user *user)
{
	const struct heard *h = (struct heard *)(void *)user;

	return !h->muted && h->volume_mdb == -6000;
}

TEST_ALONE(a_guest_changes_its_volume_and_plays_on)
{
	struct heard h = {0};
	const char *const args[] = {"--script=volume", "--every=50", NULL};

	user_start(&h.user, args, &listener);
	assert_int_equal(xenav_stream_claim(user_stream(&h.user, "volume")), 0);
	user_run(&h.user, is_quieter);
	user_run(&h.user, is_muted);
	user_run(&h.user, is_loud);
	h.wanted_frames = h.total_frames + 20000;
	user_run(&h.user, has_heard_it);
	user_stop(&h.user);
}

static bool has_fed_it(struct user *user)
{
	const struct heard *h = (struct heard *)(void *)user;

	return h->fed_frames >= h->wanted_frames;
}

static bool is_tune(const int16_t *frames, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n; i++)
		if (frames[2 * i] != reference_tune(8000, at + i, 0) ||
		    frames[2 * i + 1] != reference_tune(8000, at + i, 1))
			return false;
	return true;
}

static bool is_silent(const int16_t *frame)
{
	return frame[0] == 0 && frame[1] == 0;
}

/* The file is silence, until we were there, then the tune without a gap, and silence again if we
 * were gone for longer than the buffer is. */
static void check_file(const char *path)
{
	static int16_t frames[2 * 65536];
	FILE *file = fopen(path, "re");
	size_t n, first = 0;
	uint64_t at = 0;

	assert_non_null(file);
	n = fread(frames, 4, 65536, file);
	fclose(file);
	while (first < n && is_silent(frames + 2 * first))
		first++;
	while (n > first && is_silent(frames + 2 * (n - 1)))
		n--;
	assert_true(n - first >= 8000);
	while (at < 16000 && !is_tune(frames + 2 * first, 64, at))
		at++;
	assert_true(is_tune(frames + 2 * first, n - first, at));
}

TEST_ALONE(what_is_fed_is_what_the_guest_says_it_hears)
{
	struct heard h = {.wanted_frames = 16384 + 9000};
	char record[64], path[64] = "/tmp/test-demo-record-XXXXXX";
	const char *const args[] = {"--script=capture", "--wait", "--rate=8000", "--buffer=65536",
				    "--period=512",     record,   NULL};
	const int fd = mkstemp(path);
	const char *line;

	assert_true(fd >= 0);
	close(fd);
	snprintf(record, sizeof record, "--record=%s", path);
	user_start(&h.user, args, &listener);
	assert_int_equal(xenav_stream_feed(user_stream(&h.user, "capture")), 0);
	user_run(&h.user, has_fed_it);
	do {
		line = demo_await(&h.user.demo, "event=heard");
		assert_int_equal(demo_value(line, "other"), 0);
	} while (demo_value(line, "tune") != demo_value(line, "frames"));
	user_stop(&h.user);
	check_file(path);
	unlink(path);
}
