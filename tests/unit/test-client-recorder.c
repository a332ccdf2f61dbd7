/* SPDX-License-Identifier: MIT */
/*
 * libxenav: recorders.  What the guest gets in each state of the stream, and when it is told.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "client-fixture.h"

#define BUFFER 1000

static struct xenav_recorder *recorder;
static uint8_t *ring; /* the daemon's view of it */

static void open_stream(struct client *t, uint32_t generation)
{
	int fd = fake_ring(BUFFER);

	if (ring)
		munmap(ring, BUFFER);
	ring = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(ring != MAP_FAILED);
	memset(ring, 0, BUFFER);
	fake_opened(t->sock, 1, generation, XENAV_FORMAT_U8, 1, 8000, BUFFER, 250, fd);
	close(fd);
	client_dispatch(t);
}

static struct client *begin(void **state)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_CAPTURE);
	assert_int_equal(xenav_recorder_new(&recorder, t->s), 0);
	open_stream(t, 1);
	return t;
}

static int end(void **state)
{
	xenav_recorder_free(recorder);
	recorder = NULL;
	if (ring)
		munmap(ring, BUFFER);
	ring = NULL;
	return client_teardown(state);
}

#define TEST(f) TEST_WITH(f, client_setup, end)

/* Write frames that count from `first` on. */
static int put(uint8_t first, uint32_t frames)
{
	uint8_t src[3 * BUFFER];

	for (uint32_t i = 0; i < frames; i++)
		src[i] = (uint8_t)(first + i);
	return xenav_recorder_write(recorder, src, frames, 0);
}

static void expect_ring(uint32_t at, uint8_t first, uint32_t frames)
{
	for (uint32_t i = 0; i < frames; i++)
		assert_int_equal(ring[(at + i) % BUFFER], (uint8_t)(first + i));
}

/* Flush until this position is reported; frames are filled before they have a position. */
static void expect_reported(struct client *t, uint64_t position)
{
	const struct timespec pause = {0, 2500000};
	union xenav_msg msg;
	uint64_t filled = 0;

	for (unsigned i = 0; i < 12000; i++) {
		assert_in_range(xenav_recorder_flush(recorder), 2000000, 3000000);
		while (fake_recv(t->sock, &msg)) {
			if (msg.h.opcode == XENAV_OP_STREAM_FILLED) {
				filled = msg.stream_filled.filled_frames;
				continue;
			}
			assert_int_equal(msg.h.opcode, XENAV_OP_STREAM_POSITION);
			assert_true(msg.stream_position.position_frames <= position);
			assert_true(filled == 0 || msg.stream_position.position_frames <= filled);
			if (msg.stream_position.position_frames == position)
				return;
		}
		nanosleep(&pause, NULL);
	}
	fail_msg("the position is never reported");
}

TEST(a_guest_gets_what_is_written_while_it_records)
{
	struct client *t = begin(state);

	assert_int_equal(put(1, 100), 0);
	assert_int_equal(xenav_recorder_flush(recorder), -1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	assert_int_equal(put(1, 100), 100);
	expect_ring(0, 1, 100);
	expect_reported(t, 100);
	assert_int_equal(xenav_stream_get_written(t->s), 100);
	assert_int_equal(put(101, 50), 50);
	expect_ring(100, 101, 50);
	expect_reported(t, 150);
	/* A pause, and it goes on. */
	fake_state(t->sock, 1, 1, XENAV_STREAM_PAUSED, 150);
	client_dispatch(t);
	assert_int_equal(put(7, 100), 0);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 150);
	client_dispatch(t);
	assert_int_equal(put(200, 10), 10);
	expect_ring(150, 200, 10);
	expect_reported(t, 160);
	/* A stop, and it begins with the next buffer. */
	fake_state(t->sock, 1, 1, XENAV_STREAM_STOPPED, 1000);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 1000);
	client_dispatch(t);
	assert_int_equal(put(9, 10), 10);
	expect_ring(0, 9, 10);
	expect_reported(t, 1010);
	assert_int_equal(xenav_recorder_get_stats(recorder)->frames, 170);
}

TEST(a_guest_that_does_not_read_is_overrun)
{
	struct client *t = begin(state);

	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	assert_int_equal(put(0, 900), 900);
	assert_int_equal(xenav_recorder_get_stats(recorder)->late_frames, 0);
	assert_int_equal(put(132, 200), 200);
	expect_ring(200, 200, 800);
	expect_ring(0, 232, 100);
	assert_int_equal(xenav_recorder_get_stats(recorder)->late_frames, 100);
	fake_data(t->sock, 1, 1, 0, 1000);
	client_dispatch(t);
	assert_int_equal(put(0, 900), 900);
	assert_int_equal(xenav_recorder_get_stats(recorder)->late_frames, 100);
	/* More than a ring: the last of it remains. */
	assert_int_equal(put(0, 2500), 2500);
	expect_ring(500, (uint8_t)1500, 1000);
}

TEST(after_a_takeover_writing_goes_on_where_the_clock_is)
{
	struct client *t = begin(state);

	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	assert_int_equal(put(1, 100), 100);
	expect_reported(t, 100);
	fake_moved(t->sock, 1, 1, 600, UINT64_MAX); /* no time goes by */
	fake_data(t->sock, 1, 1, 0, 600);
	client_dispatch(t);
	assert_int_equal(put(1, 100), 100);
	expect_ring(600, 1, 100);
	expect_reported(t, 700);
	assert_int_equal(xenav_recorder_get_stats(recorder)->takeovers, 1);
	assert_int_equal(xenav_recorder_get_stats(recorder)->skipped_frames, 500);
	/* The guest has read what was never written. */
	fake_data(t->sock, 1, 1, 600, 200);
	client_dispatch(t);
	assert_int_equal(put(1, 50), 50);
	expect_ring(800, 1, 50);
}

TEST(a_recorder_ends_with_the_stream)
{
	struct client *t = begin(state);
	struct xenav_recorder *other;
	struct xenav_player *player;

	assert_int_equal(xenav_recorder_new(&other, t->s), -EALREADY);
	assert_int_equal(xenav_player_new(&player, t->s), -EOPNOTSUPP);
	assert_int_equal(xenav_stream_write(t->s, "a", 1), -EBUSY);
	assert_int_equal(xenav_stream_write_live(t->s, "a", 1), -EBUSY);
	assert_int_equal(xenav_recorder_hold(recorder, 1), 0);
	assert_int_equal(put(1, 100), -EAGAIN);
	assert_int_equal(xenav_recorder_hold(recorder, 0), 0);
	assert_int_equal(put(1, 100), 0);
	fake_closed(t->sock, 1, 1);
	client_dispatch(t);
	assert_int_equal(put(1, 100), -EAGAIN);
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	client_dispatch(t);
	assert_int_equal(put(1, 100), -EAGAIN);
	assert_int_equal(xenav_recorder_flush(recorder), -1);
}
