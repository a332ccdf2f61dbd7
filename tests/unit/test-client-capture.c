/* SPDX-License-Identifier: MIT */
/*
 * libxenav: streams that the guest records from.  Samples into a ring, from a file that waits for
 * room and from a microphone that does not.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client-fixture.h"

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
	assert_int_equal(xenav_stream_position(t->s, 1000, 1), 0);
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
	assert_int_equal(xenav_stream_position(t->s, 950, 1), 0);
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

/* The daemon reads slowly, and the guest starts meanwhile. */
CLIENT_TEST(what_is_written_before_a_start_is_told_however_late)
{
	struct client *t = *state;
	unsigned char *ring, sample = 1;
	uint64_t filled = 0;
	union xenav_msg msg;

	client_claim_stream(t, XENAV_CAPTURE);
	open_capture(t, 8000, 1000, &ring);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STOPPED, 8000);
	client_dispatch(t);
	while (xenav_stream_space(t->s) > 0)
		assert_int_equal(xenav_stream_write(t->s, &sample, 1), 1);
	assert_true(xenav_get_events(t->x) & POLLOUT);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 8000);
	client_dispatch(t);
	do {
		while (fake_recv(t->sock, &msg)) {
			assert_int_equal(msg.h.opcode, XENAV_OP_STREAM_FILLED);
			filled = msg.stream_filled.filled_frames;
		}
		client_dispatch(t);
	} while (xenav_get_events(t->x) & POLLOUT);
	while (fake_recv(t->sock, &msg))
		filled = msg.stream_filled.filled_frames;
	assert_int_equal(filled, 15000);
	munmap(ring, 8000);
}

CLIENT_TEST(writing_is_for_open_capture_streams)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	client_open_stream(t, 1);
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

CLIENT_TEST(after_a_takeover_the_guest_has_silence_and_not_what_was_there)
{
	struct client *t = *state;
	unsigned char *ring, samples[100];

	memset(samples, 0x11, sizeof samples);
	client_claim_stream(t, XENAV_CAPTURE);
	open_capture(t, 1000, 250, &ring);
	assert_int_equal(xenav_stream_write(t->s, samples, 100), 100);
	fake_moved(t->sock, 1, 1, 700, UINT64_MAX);
	client_expect_log(t, "moved@700 ");
	assert_int_equal(xenav_stream_get_written(t->s), 700);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(ring[i], i < 100 ? 0x11 : i < 700 ? 0x80 : i % 251);
	assert_int_equal(xenav_stream_write(t->s, samples, 100), 100);
	for (unsigned i = 700; i < 800; i++)
		assert_int_equal(ring[i], 0x11);
	munmap(ring, 1000);
}
