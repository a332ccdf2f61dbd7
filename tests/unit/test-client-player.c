/* SPDX-License-Identifier: MIT */
/*
 * libxenav: players.  What a reader gets in each state of the stream, and what the guest is told of
 * it.  test-reader has the positions in time.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client-fixture.h"
#include "wire/wire.h"

#define SILENCE 0x80

static struct xenav_player *player;

/* A player of stream 1, which is open, or not, and claimed. */
static struct client *begin(void **state, bool open)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_player_new(&player, t->s), 0);
	if (open)
		client_open_stream(t, 1);
	client_dispatch(t);
	return t;
}

static int end(void **state)
{
	xenav_player_free(player);
	player = NULL;
	return client_teardown(state);
}

#define TEST(f) TEST_WITH(f, client_setup, end)

/* Read: the first frames are the guest's, from this position on, the others silence. */
static void expect_read(uint64_t position, uint32_t guest, uint32_t frames)
{
	uint8_t dst[2000];

	assert_true(frames < sizeof dst);
	memset(dst, 0x55, sizeof dst);
	assert_int_equal(xenav_player_read(player, dst, frames, 0), guest);
	for (uint32_t i = 0; i < frames; i++)
		assert_int_equal(dst[i], i < guest ? (position + i) % 1000 % 251 : SILENCE);
	assert_int_equal(dst[frames], 0x55);
}

static void expect_again(void)
{
	uint8_t dst[4] = {1, 2, 3, 4};

	assert_int_equal(xenav_player_read(player, dst, sizeof dst, 0), -EAGAIN);
	assert_memory_equal(dst, ((uint8_t[]){1, 2, 3, 4}), sizeof dst);
}

/* Flush until this position is reported, and nothing beyond it. */
static void expect_reported(struct client *t, uint64_t position)
{
	const struct timespec pause = {0, 2500000};
	union xenav_msg msg;

	for (unsigned i = 0; i < 12000; i++) {
		assert_in_range(xenav_player_flush(player), 2000000, 3000000);
		while (fake_recv(t->sock, &msg)) {
			assert_int_equal(msg.h.opcode, XENAV_OP_STREAM_POSITION);
			assert_true(msg.stream_position.position_frames <= position);
			/* xenavd carries it on to what is read, and no further. */
			assert_true(msg.stream_position.carry_frames > 0);
			assert_true(msg.stream_position.position_frames +
					    msg.stream_position.carry_frames <=
				    position + 1);
			if (msg.stream_position.position_frames == position)
				return;
		}
		nanosleep(&pause, NULL);
	}
	fail_msg("the position is never reported");
}

TEST(a_reader_gets_the_guests_frames_once_and_silence_for_the_rest)
{
	struct client *t = begin(state, false);

	expect_again();
	client_open_stream(t, 1);
	fake_data(t->sock, 1, 1, 0, 600);
	client_dispatch(t);
	expect_read(0, 0, 10);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	expect_read(0, 100, 100);
	expect_read(100, 500, 600);
	expect_read(0, 0, 10);
	/* The position is beyond 600: those frames are late. */
	fake_data(t->sock, 1, 1, 600, 400);
	client_dispatch(t);
	expect_read(710, 290, 300);
	assert_int_equal(xenav_player_get_stats(player)->frames, 890);
	assert_int_equal(xenav_player_get_stats(player)->late_frames, 110);
	assert_int_equal(xenav_player_get_stats(player)->skipped_frames, 0);
	fake_closed(t->sock, 1, 1);
	client_dispatch(t);
	expect_again();
}

TEST(the_guest_is_told_the_position_of_what_is_read)
{
	struct client *t = begin(state, true);

	assert_int_equal(xenav_player_flush(player), -1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 300);
	client_dispatch(t);
	/* Nothing is read yet. */
	assert_in_range(xenav_player_flush(player), 2000000, 3000000);
	client_expect_silence(t);
	expect_read(0, 80, 80);
	expect_reported(t, 79);
	/* No reading, no reports: xenavd's clock takes over. */
	xenav_player_flush(player);
	client_expect_silence(t);
	/* Silence has positions, too. */
	expect_read(80, 220, 320);
	expect_reported(t, 399);
	fake_state(t->sock, 1, 1, XENAV_STREAM_PAUSED, 399);
	client_dispatch(t);
	assert_int_equal(xenav_player_flush(player), -1);
	expect_read(0, 0, 100);
	client_expect_silence(t);
}

TEST(a_pause_loses_nothing_and_repeats_nothing)
{
	struct client *t = begin(state, true);

	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 1000);
	client_dispatch(t);
	expect_read(0, 300, 300);
	fake_state(t->sock, 1, 1, XENAV_STREAM_PAUSED, 120);
	client_dispatch(t);
	expect_read(0, 0, 300);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 120);
	client_dispatch(t);
	expect_read(300, 300, 300);
}

TEST(a_stop_voids_what_was_written)
{
	struct client *t = begin(state, true);

	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 1000);
	client_dispatch(t);
	expect_read(0, 300, 300);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STOPPED, 1000);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 1000);
	client_dispatch(t);
	expect_read(0, 0, 10);
	fake_data(t->sock, 1, 1, 1000, 100);
	client_dispatch(t);
	expect_read(1010, 90, 100);
}

TEST(a_guest_that_rewinds_is_followed)
{
	struct client *t = begin(state, true);

	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 800);
	client_dispatch(t);
	expect_read(0, 100, 100);
	/* What was written beyond is not the guest's any more. */
	fake_data(t->sock, 1, 1, 200, 100);
	client_dispatch(t);
	expect_read(100, 200, 300);
}

TEST(a_takeover_is_followed_with_the_lowest_latency)
{
	struct client *t = begin(state, true);

	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 1000);
	client_dispatch(t);
	expect_read(0, 100, 100);
	fake_moved(t->sock, 1, 1, 600, UINT64_MAX); /* no time goes by */
	client_dispatch(t);
	/* Of the orders before. */
	xenav_player_flush(player);
	client_expect_silence(t);
	expect_read(600, 100, 100);
	expect_reported(t, 699);
	assert_int_equal(xenav_player_get_stats(player)->takeovers, 1);
	assert_int_equal(xenav_player_get_stats(player)->skipped_frames, 500);
}

TEST(a_stream_that_is_joined_goes_on_without_standing)
{
	struct client *t = begin(state, false);
	union xenav_msg msg;
	int fd = fake_ring(65536);

	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, 65536, 250, fd);
	close(fd);
	wire_init(&msg, XENAV_OP_STREAM_STATE, 1);
	msg.stream_state.generation = 1;
	msg.stream_state.state = XENAV_STREAM_STARTED;
	msg.stream_state.position_frames = 1000000;
	msg.stream_state.stood_frames = 3000;
	fake_send(t->sock, &msg, -1);
	client_dispatch(t);
	/* What is written follows at once, but not in the same moment. */
	expect_read(0, 0, 100);
	fake_data(t->sock, 1, 1, 1000000, 65000);
	client_dispatch(t);
	assert_int_equal(xenav_player_read(player, (uint8_t[100]){0}, 100, 80), 100);
	assert_int_equal(xenav_player_get_stats(player)->skipped_frames, 0);
	assert_int_equal(xenav_player_get_stats(player)->late_frames, 0);
	assert_int_equal(xenav_player_get_stats(player)->delay_frames, 80);
}

TEST(a_held_player_waits_and_goes_on)
{
	struct client *t = begin(state, false);

	assert_int_equal(xenav_player_hold(player, 1), 0);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 500);
	client_dispatch(t);
	expect_again();
	assert_int_equal(xenav_player_flush(player), -1);
	assert_int_equal(xenav_player_hold(player, 0), 0);
	expect_read(0, 200, 200);
	assert_int_equal(xenav_player_hold(player, 1), 0);
	expect_again();
}

static void read_in_callback(struct client *)
{
	expect_again();
}

TEST(a_format_is_read_only_when_the_program_knows_it)
{
	struct client *t = begin(state, false);
	int fd = fake_ring(1000);

	t->act_on = "opened";
	t->act = read_in_callback;
	client_open_stream(t, 1);
	client_dispatch(t);
	assert_null(t->act_on);
	expect_read(0, 0, 10);
	/* Nothing can be said of the frames of a compressed format. */
	client_open_stream(t, 2);
	fake_opened(t->sock, 1, 3, XENAV_FORMAT_MPEG, 1, 8000, 1000, 250, fd);
	close(fd);
	client_dispatch(t);
	expect_again();
}

TEST(a_player_outlives_stream_and_connection)
{
	struct client *t = begin(state, true);

	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	client_dispatch(t);
	expect_again();
	assert_int_equal(xenav_player_flush(player), -1);
	xenav_player_free(player);
	fake_stream_added(t->sock, 2, XENAV_PLAYBACK, "s");
	client_dispatch(t);
	assert_int_equal(xenav_player_new(&player, t->s), 0);
	xenav_close(t->x);
	t->x = NULL;
	expect_again();
	assert_int_equal(xenav_player_hold(player, 1), 0);
	assert_int_equal(xenav_player_hold(player, 0), 0);
	assert_int_equal(xenav_player_flush(player), -1);
}

TEST(a_stream_has_one_player_and_only_for_playback)
{
	struct client *t = begin(state, true);
	struct xenav_player *other;
	struct xenav_recorder *recorder;

	assert_int_equal(xenav_player_new(&other, t->s), -EALREADY);
	assert_int_equal(xenav_recorder_new(&recorder, t->s), -EOPNOTSUPP);
	xenav_player_free(player);
	assert_int_equal(xenav_player_new(&player, t->s), 0);
	/* It is made in the middle of an opening. */
	expect_read(0, 0, 10);
	fake_stream_added(t->sock, 2, XENAV_CAPTURE, "c");
	client_dispatch(t);
	assert_int_equal(xenav_player_new(&other, t->s), -EOPNOTSUPP);
}

TEST(overwritten_frames_are_silence)
{
	static const uint64_t edge = 1100;
	struct client *t = begin(state, false);
	int fd = fake_ring(1000);
	uint8_t dst[300];

	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, 1000, 250, fd);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 1000);
	client_dispatch(t);
	assert_int_equal(pwrite(fd, &edge, sizeof edge, 1024), sizeof edge);
	close(fd);
	assert_int_equal(xenav_player_read(player, dst, 300, 0), 200);
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(dst[i], i < 100 ? SILENCE : i % 251);
	assert_int_equal(xenav_player_get_stats(player)->skipped_frames, 100);
}

TEST(a_player_of_a_watched_stream_reads_and_reports_nothing)
{
	struct client *t = *state;
	union xenav_msg msg;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "s");
	client_dispatch(t);
	assert_int_equal(xenav_player_new(&player, t->s), 0);
	assert_int_equal(xenav_stream_watch(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	fake_watched(t->sock, 1);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 600);
	client_dispatch(t);
	expect_read(0, 300, 300);
	assert_int_equal(xenav_player_flush(player), -1);
	client_expect_silence(t);
	/* Too little: it waits until there is more in hand. */
	expect_read(300, 200, 200);
	expect_read(0, 0, 200);
	fake_data(t->sock, 1, 1, 600, 200);
	client_dispatch(t);
	expect_read(0, 0, 200);
	fake_data(t->sock, 1, 1, 800, 250);
	client_dispatch(t);
	expect_read(500, 200, 200);
}
