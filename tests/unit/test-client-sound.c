/* SPDX-License-Identifier: MIT */
/*
 * libxenav: streams.  Samples out of a ring and into one, and reports of positions.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wire/wire.h"

#include "client-fixture.h"

/* Open stream 1: u8, mono, 1000 frames of buffer, 250 of period. */
static void open_stream(struct client *t, uint32_t generation)
{
	int fd = fake_ring(1000);

	fake_opened(t->sock, 1, generation, XENAV_FORMAT_U8, 1, 8000, 1000, 250, fd);
	close(fd);
}

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
	open_stream(t, 1);
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
	open_stream(t, 1);
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
	open_stream(t, 77);
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
	open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	open_stream(t, 2);
	fake_state(t->sock, 1, 2, XENAV_STREAM_STOPPED, 0);
	client_expect_log(t, "opened:u8:1:8000:1:1000:250 state:1@0 lost:0@0 closed "
			     "opened:u8:1:8000:1:1000:250 state:0@0 ");
	leaks_after(&(struct leaks){t->leaks.fds + 2, t->leaks.memfd_maps + 1});
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	client_expect_log(t, "closed stream-removed:s ");
	leaks_after(&(struct leaks){t->leaks.fds + 2, t->leaks.memfd_maps});
}

CLIENT_TEST(positions_are_reported_while_started)
{
	struct client *t = *state;
	union xenav_msg msg;

	client_claim_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_stream_position(t->s, 0, 0), -EINVAL);
	open_stream(t, 3);
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

CLIENT_TEST(a_full_socket_gets_the_newest_position_later)
{
	struct client *t = *state;
	union xenav_msg msg;
	uint64_t position = 0, last = 0;

	client_claim_stream(t, XENAV_PLAYBACK);
	open_stream(t, 1);
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
	open_stream(t, 1);
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

/* -------- capture -------- */

/* Open stream 1 for capture; *ring is the daemon's view of it. */
static void open_capture(struct client *t, uint32_t buffer, uint32_t period, unsigned char **ring)
{
	int fd = fake_ring(buffer);

	*ring = mmap(NULL, buffer, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(*ring != MAP_FAILED);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, buffer, period, fd);
	close(fd);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	client_dispatch(t);
	t->log[0] = 0;
}

CLIENT_TEST(a_file_never_overruns_the_guest)
{
	struct client *t = *state;
	unsigned char *ring, samples[5000];
	union xenav_msg msg;

	for (size_t i = 0; i < sizeof samples; i++)
		samples[i] = (unsigned char)(i % 241);
	client_claim_stream(t, XENAV_CAPTURE);
	open_capture(t, 1000, 250, &ring);
	assert_int_equal(xenav_stream_space(t->s), 750);
	assert_int_equal(xenav_stream_write(t->s, samples, 100), 100);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_FILLED, 1);
	assert_int_equal(msg.stream_filled.generation, 1);
	assert_int_equal(msg.stream_filled.filled_frames, 100);
	assert_int_equal(xenav_stream_write(t->s, samples + 100, 4900), 650);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_FILLED, 1);
	assert_int_equal(msg.stream_filled.filled_frames, 750);
	assert_int_equal(xenav_stream_write(t->s, samples + 750, 4250), 0);
	assert_int_equal(xenav_stream_get_written(t->s), 750);
	assert_memory_equal(ring, samples, 750);
	/* The guest has read some frames; the next ones wrap. */
	fake_data(t->sock, 1, 1, 0, 300);
	client_expect_log(t, "space:300@300 ");
	fake_data(t->sock, 1, 1, 300, 100);
	client_expect_log(t, "space:400@400 ");
	assert_int_equal(xenav_stream_write(t->s, samples + 750, 4250), 400);
	assert_memory_equal(ring + 750, samples + 750, 250);
	assert_memory_equal(ring, samples + 1000, 150);
	assert_memory_equal(ring + 400, samples + 400, 350);
	assert_int_equal(xenav_stream_position(t->s, 1150, 1), 0);
	assert_int_equal(xenav_stream_position(t->s, 1151, 1), -EINVAL);
	munmap(ring, 1000);
}

CLIENT_TEST(a_microphone_overwrites_unread_samples)
{
	struct client *t = *state;
	unsigned char *ring, samples[2500];

	for (size_t i = 0; i < sizeof samples; i++)
		samples[i] = (unsigned char)(i % 239);
	client_claim_stream(t, XENAV_CAPTURE);
	open_capture(t, 1000, 250, &ring);
	assert_int_equal(xenav_stream_write_live(t->s, samples, 900), 0);
	assert_int_equal(xenav_stream_write_live(t->s, samples + 900, 900), 0);
	assert_int_equal(xenav_stream_get_written(t->s), 1800);
	assert_memory_equal(ring, samples + 1000, 800);
	assert_memory_equal(ring + 800, samples + 800, 200);
	assert_int_equal(xenav_stream_space(t->s), 0);
	assert_int_equal(xenav_stream_position(t->s, 1800, 1), 0);
	assert_int_equal(xenav_stream_write_live(t->s, samples, 2500), 0);
	assert_int_equal(xenav_stream_get_written(t->s), 4300);
	assert_memory_equal(ring + 300, samples + 1500, 700);
	assert_memory_equal(ring, samples + 2200, 300);
	munmap(ring, 1000);
}

TEST_ALONE(the_room_suits_any_number_of_periods)
{
	/* More than one period wakes up the guest; less than the buffer is no overrun. */
	static const struct {
		uint32_t buffer, period, space;
	} cases[] = {
		{1000, 250, 750}, {900, 300, 600},   {1000, 400, 700},  {800, 400, 600},
		{1000, 999, 999}, {1000, 1000, 999}, {1000, 5000, 999}, {1000, 0, 750},
		{3, 0, 2},        {2, 1, 1},         {1, 0, 1},         {1, 1, 1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct client *t;
		unsigned char *ring;

		client_setup(state);
		t = *state;
		client_claim_stream(t, XENAV_CAPTURE);
		open_capture(t, cases[i].buffer, cases[i].period, &ring);
		assert_int_equal(xenav_stream_space(t->s), cases[i].space);
		munmap(ring, cases[i].buffer);
		client_teardown(state);
	}
}

CLIENT_TEST(a_stop_voids_frames_written_ahead)
{
	struct client *t = *state;
	unsigned char *ring, samples[1000] = {0};

	client_claim_stream(t, XENAV_CAPTURE);
	open_capture(t, 1000, 250, &ring);
	assert_int_equal(xenav_stream_write(t->s, samples, 700), 700);
	fake_data(t->sock, 1, 1, 0, 500);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STOPPED, 1000);
	client_expect_log(t, "space:550@500 state:0@1000 ");
	assert_int_equal(xenav_stream_get_written(t->s), 1000);
	assert_int_equal(xenav_stream_space(t->s), 750);
	/* Frames written before the start are kept. */
	assert_int_equal(xenav_stream_write(t->s, samples, 100), 100);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 1000);
	client_dispatch(t);
	assert_int_equal(xenav_stream_get_written(t->s), 1100);
	/* The guest has read on meanwhile. */
	fake_data(t->sock, 1, 1, 1000, 1000);
	client_dispatch(t);
	assert_int_equal(xenav_stream_get_written(t->s), 2000);
	munmap(ring, 1000);
}

CLIENT_TEST(writing_is_for_open_capture_streams)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	open_stream(t, 1);
	client_dispatch(t);
	assert_int_equal(xenav_stream_space(t->s), 0);
	assert_int_equal(xenav_stream_write(t->s, "x", 1), -EINVAL);
	assert_int_equal(xenav_stream_write_live(t->s, "x", 1), -EINVAL);
	fake_stream_added(t->sock, 5, XENAV_CAPTURE, "mic");
	client_dispatch(t);
	assert_int_equal(xenav_stream_space(t->s), 0);
	assert_int_equal(xenav_stream_write(t->s, "x", 1), -EINVAL);
}

/* A guest's claim that a stream is for capture is no consent to be heard by the guest. */
CLIENT_TEST(a_capture_stream_is_fed_only_on_request)
{
	struct client *t = *state;
	union xenav_msg msg;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "front");
	client_dispatch(t);
	assert_int_equal(xenav_stream_feed(t->s), -EOPNOTSUPP);
	fake_stream_added(t->sock, 5, XENAV_CAPTURE, "mic");
	client_dispatch(t);
	assert_int_equal(xenav_stream_claim(t->s), -EOPNOTSUPP);
	client_expect_silence(t);
	assert_int_equal(xenav_stream_feed(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 5);
	assert_int_equal(msg.claim.mode, XENAV_MODE_FEED);
	/* The daemon may not take one for the other either. */
	fake_claimed(t->sock, 5);
	client_expect_end(t, -EPROTO);
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
			open_stream(t, 1);
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
	open_stream(t, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, UINT64_MAX);
	fake_data(t->sock, 1, 1, UINT64_MAX - 10, 10);
	client_dispatch(t);
	assert_int_equal(t->n_heard, 10);
	assert_int_equal(xenav_stream_position(t->s, UINT64_MAX, UINT64_MAX), 0);
}
