/* SPDX-License-Identifier: MIT */
/*
 * libxenav: streams that the guest plays to.  Samples out of a ring, and reports of positions.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "client-fixture.h"

/* Compare the samples heard with the ring of fake_ring() from this byte on. */
static void expect_heard(struct client *t, uint64_t position, size_t bytes, size_t buffer_bytes)
{
	assert_int_equal(t->n_heard, bytes);
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(t->heard[i], (position + i) % buffer_bytes % 251);
	t->n_heard = 0;
}

CLIENT_TEST(playback_is_heard_in_order)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STOPPED, 0);
	fake_data(t->sock, 1, 1, 0, 600);
	client_expect_log(t, "opened:u8:1:8000:1:1000:250 state:0@0 data:0+600 ");
	expect_heard(t, 0, 600, 1000);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 600, 400);
	fake_data(t->sock, 1, 1, 1000, 1000);
	client_expect_log(t, "state:1@0 data:600+400 data:1000+1000 ");
	expect_heard(t, 600, 1400, 1000);
	fake_closed(t->sock, 1, 1);
	client_expect_log(t, "closed ");
	assert_null(xenav_stream_get_pcm(t->s));
}

CLIENT_TEST(samples_that_wrap_are_heard_in_two_parts)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
	fake_data(t->sock, 1, 1, 10900, 1000);
	fake_data(t->sock, 1, 1, 11900, 1);
	fake_data(t->sock, 1, 1, 12000, 0);
	client_expect_log(t, "opened:u8:1:8000:1:1000:250 data:10900+100 data:11000+900 "
			     "data:11900+1 ");
	expect_heard(t, 10900, 1001, 1000);
}

CLIENT_TEST(positions_and_lengths_are_in_frames)
{
	struct client *t = *state;
	int fd = fake_ring(1200);

	client_claim_stream(t, XENAV_PLAYBACK);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_S16_LE, 2, 48000, 1200, 401, fd);
	close(fd);
	fake_data(t->sock, 1, 1, 0, 1);
	fake_data(t->sock, 1, 1, 1, 298);
	fake_data(t->sock, 1, 1, 299, 3);
	client_expect_log(t, "opened:s16_le:2:48000:4:300:100 data:0+1 data:1+298 data:299+1 "
			     "data:300+2 ");
	expect_heard(t, 0, 1208, 1200);
}

CLIENT_TEST(a_program_that_comes_late_hears_the_rest)
{
	struct client *t = *state;
	const uint64_t hour = 3600u * 8000u;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 77);
	fake_state(t->sock, 1, 77, XENAV_STREAM_STARTED, hour);
	fake_data(t->sock, 1, 77, hour, 500);
	client_expect_log(t, "opened:u8:1:8000:1:1000:250 state:1@28800000 data:28800000+500 ");
	assert_int_equal(xenav_stream_position(t->s, hour - 1, 1), -EINVAL);
	assert_int_equal(xenav_stream_position(t->s, hour, 1), 0);
}

CLIENT_TEST(another_opening_closes_the_first)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_open_stream(t, 2);
	fake_state(t->sock, 1, 2, XENAV_STREAM_STOPPED, 0);
	client_expect_log(t, "opened:u8:1:8000:1:1000:250 state:1@0 lost:0@0 closed "
			     "opened:u8:1:8000:1:1000:250 state:0@0 ");
	leaks_after(&(struct leaks){t->leaks.fds + CLIENT_FDS, t->leaks.memfd_maps + 1});
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	client_expect_log(t, "closed stream-removed:s ");
	leaks_after(&(struct leaks){t->leaks.fds + CLIENT_FDS, t->leaks.memfd_maps});
}

CLIENT_TEST(positions_are_reported_while_started)
{
	struct client *t = *state;
	union xenav_msg msg;

	client_claim_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_stream_position(t->s, 0, 0), -EINVAL);
	client_open_stream(t, 3);
	client_dispatch(t);
	assert_int_equal(xenav_stream_position(t->s, 0, 0), -EINVAL);
	fake_state(t->sock, 1, 3, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	assert_int_equal(xenav_stream_position(t->s, 100, 5000000000u), 0);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_POSITION, 1);
	assert_int_equal(msg.stream_position.generation, 3);
	assert_int_equal(msg.stream_position.position_frames, 100);
	assert_int_equal(msg.stream_position.when_ns, 5000000000u);
	assert_int_equal(xenav_stream_position(t->s, 99, 5000000001u), -EINVAL);
	assert_int_equal(xenav_stream_position(t->s, 100, 5000000002u), 0);
	fake_state(t->sock, 1, 3, XENAV_STREAM_PAUSED, 100);
	client_dispatch(t);
	assert_int_equal(xenav_stream_position(t->s, 200, 5000000003u), -EINVAL);
	fake_state(t->sock, 1, 3, XENAV_STREAM_STARTED, 100);
	client_dispatch(t);
	assert_int_equal(xenav_stream_position(t->s, 200, 5000000004u), 0);
	/* A stop rounds the position up, and positions go on from there. */
	fake_state(t->sock, 1, 3, XENAV_STREAM_STOPPED, 1000);
	fake_state(t->sock, 1, 3, XENAV_STREAM_STARTED, 1000);
	client_dispatch(t);
	assert_int_equal(xenav_stream_position(t->s, 999, 5000000005u), -EINVAL);
	assert_int_equal(xenav_stream_position(t->s, 1001, 5000000006u), 0);
}

CLIENT_TEST(a_position_beyond_all_clocks_is_refused_and_forgotten)
{
	struct client *t = *state;
	union xenav_msg msg;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 5000);
	client_dispatch(t);
	/* A buffer and nine eighths of the time of this test: 9000 frames are a second. */
	assert_int_equal(xenav_stream_position(t->s, UINT64_MAX, 0), -ERANGE);
	assert_int_equal(xenav_stream_position(t->s, 5000 + 1000 + 30 * 9000, 0), -ERANGE);
	client_expect_silence(t);
	assert_int_equal(xenav_stream_position(t->s, 5000 + 1000, 0), 0);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_POSITION, 1);
	assert_int_equal(msg.stream_position.position_frames, 6000);
}

CLIENT_TEST(a_takeover_is_told_and_reports_behind_it_are_dropped)
{
	struct client *t = *state;
	union xenav_msg msg;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	t->log[0] = 0;
	assert_int_equal(xenav_stream_position(t->s, 100, 0), 0);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_POSITION, 1);
	/* A time to come is now: the clock of this test is not behind it. */
	fake_moved(t->sock, 1, 1, 700, UINT64_MAX);
	client_expect_log(t, "moved@700 ");
	assert_int_equal(xenav_stream_position(t->s, 99, 0), -EINVAL);
	assert_int_equal(xenav_stream_position(t->s, 150, 0), 0);
	assert_int_equal(xenav_stream_position(t->s, 149, 0), -EINVAL);
	assert_int_equal(xenav_stream_position(t->s, 699, 0), 0);
	client_expect_silence(t);
	assert_int_equal(xenav_stream_position(t->s, 701, 0), 0);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_POSITION, 1);
	assert_int_equal(msg.stream_position.position_frames, 701);
}

CLIENT_TEST(a_takeover_of_another_opening_ends_the_connection)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_moved(t->sock, 1, 2, 700, 1);
	client_expect_end(t, -EPROTO);
}

CLIENT_TEST(a_full_socket_gets_the_newest_position_later)
{
	struct client *t = *state;
	union xenav_msg msg;
	uint64_t position = 0, last = 0;
	int fd = fake_ring(65536);

	client_claim_stream(t, XENAV_PLAYBACK);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, 65536, 250, fd);
	close(fd);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	assert_int_equal(xenav_get_events(t->x), POLLIN);
	while (!(xenav_get_events(t->x) & POLLOUT))
		assert_int_equal(xenav_stream_position(t->s, ++position, 0), 0);
	assert_true(position > 1);
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(xenav_stream_position(t->s, ++position, 0), 0);
	while (fake_recv(t->sock, &msg))
		assert_int_equal(msg.stream_position.position_frames, ++last);
	assert_int_equal(last, position - 1001);
	client_dispatch(t);
	assert_int_equal(xenav_get_events(t->x), POLLIN);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_POSITION, 1);
	assert_int_equal(msg.stream_position.position_frames, position);
	client_expect_silence(t);
}

CLIENT_TEST(a_report_that_waits_is_dropped_with_its_state)
{
	struct client *t = *state;
	union xenav_msg msg;
	uint64_t position = 0;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	while (!(xenav_get_events(t->x) & POLLOUT))
		assert_int_equal(xenav_stream_position(t->s, ++position, 0), 0);
	/* The socket is still full when the guest stops, and when the stream is released. */
	fake_state(t->sock, 1, 1, XENAV_STREAM_STOPPED, 1000);
	client_dispatch(t);
	assert_int_equal(xenav_get_events(t->x), POLLIN);
	assert_int_equal(xenav_stream_release(t->s), 0);
	assert_int_equal(xenav_stream_claim(t->s), 0);
	assert_int_equal(xenav_get_events(t->x), POLLIN | POLLOUT);
	for (uint64_t i = 1; i < position; i++)
		fake_expect(t->sock, &msg, XENAV_OP_STREAM_POSITION, 1);
	client_dispatch(t);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 1);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	client_expect_silence(t);
}

/* -------- impossible messages -------- */

TEST_ALONE(bad_memory_ends_the_connection)
{
	static const struct {
		size_t size;
		int seals;
	} cases[] = {
		{1088, 0},                         /* could shrink */
		{1088, F_SEAL_GROW | F_SEAL_SEAL}, /* could shrink */
		{1087, F_SEAL_SHRINK},             /* is too short */
		{1, F_SEAL_SHRINK},
	};

	for (size_t i = 0; i <= sizeof cases / sizeof cases[0]; i++) {
		struct client *t;
		int fd, pipes[2];

		client_setup(state);
		t = *state;
		client_claim_stream(t, XENAV_PLAYBACK);
		if (i < sizeof cases / sizeof cases[0]) {
			fd = fake_memfd_sealed(cases[i].size, cases[i].seals);
		} else {
			assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
			close(pipes[1]);
			fd = pipes[0];
		}
		fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, 1000, 250, fd);
		close(fd);
		client_expect_end(t, -EPROTO);
		client_teardown(state);
	}
}

TEST_ALONE(bad_numbers_end_the_connection)
{
	for (unsigned int i = 0; i < 12; i++) {
		struct client *t;
		int fd;

		client_setup(state);
		t = *state;
		client_claim_stream(t, XENAV_PLAYBACK);
		fd = fake_ring(4096);
		if (i >= 6) {
			client_open_stream(t, 1);
			client_dispatch(t);
		}
		switch (i) {
		case 0: /* no rate */
			fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 0, 1000, 250, fd);
			break;
		case 1: /* no buffer */
			fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, 0, 250, fd);
			break;
		case 2: /* no channels */
			fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 0, 8000, 1000, 250, fd);
			break;
		case 3: /* not whole frames */
			fake_opened(t->sock, 1, 1, XENAV_FORMAT_S16_LE, 1, 8000, 1001, 250, fd);
			break;
		case 4: /* not open */
			fake_data(t->sock, 1, 0, 0, 10);
			break;
		case 5:
			fake_closed(t->sock, 1, 0);
			break;
		case 6: /* more than the ring */
			fake_data(t->sock, 1, 1, 0, 1001);
			break;
		case 7:
			fake_data(t->sock, 1, 1, 0, UINT32_MAX);
			break;
		case 8: /* beyond the end of time */
			fake_data(t->sock, 1, 1, UINT64_MAX - 8, 10);
			break;
		case 9: /* another opening */
			fake_data(t->sock, 1, 2, 0, 10);
			break;
		case 10:
			fake_state(t->sock, 1, 2, XENAV_STREAM_STARTED, 10);
			break;
		case 11:
			fake_closed(t->sock, 1, 2);
			break;
		}
		close(fd);
		client_expect_end(t, -EPROTO);
		client_teardown(state);
	}
}

CLIENT_TEST(positions_at_the_end_of_time_are_survived)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, UINT64_MAX);
	fake_data(t->sock, 1, 1, UINT64_MAX - 10, 10);
	client_dispatch(t);
	assert_int_equal(t->n_heard, 10);
	assert_int_equal(xenav_stream_position(t->s, UINT64_MAX, UINT64_MAX), 0);
}
