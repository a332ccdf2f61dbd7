/* SPDX-License-Identifier: MIT */
/*
 * libxenav: watching.  A watcher hears the samples in the ring until they are overwritten, and
 * never any others.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client-fixture.h"

/* A ring of 1000 frames of one byte, with the edge at the next multiple of 64. */
#define RING  1000
#define TAIL  1024
#define WHOLE (TAIL + 64)

static unsigned char *ring;

static void set_edge(uint64_t edge_frames)
{
	memcpy(ring + TAIL, &edge_frames, sizeof edge_frames);
}

static void watch_stream(struct client *t)
{
	union xenav_msg msg;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "s");
	client_dispatch(t);
	assert_int_equal(xenav_stream_watch(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	assert_int_equal(msg.claim.ways, XENAV_WAY_COPY);
	assert_int_equal(msg.claim.mode, XENAV_MODE_WATCH);
	fake_watched(t->sock, 1);
	client_dispatch(t);
	t->log[0] = 0;
}

/* The guest has opened the stream and written 500 frames. */
static void open_stream(struct client *t, uint32_t generation)
{
	int fd = fake_memfd(WHOLE);

	ring = mmap(NULL, WHOLE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(ring != MAP_FAILED);
	set_edge(500);
	fake_opened(t->sock, 1, generation, XENAV_FORMAT_U8, 1, 8000, RING, 250, fd);
	fake_state(t->sock, 1, generation, XENAV_STREAM_STARTED, 0);
	close(fd);
}

static int teardown(void **state)
{
	if (ring)
		munmap(ring, WHOLE);
	ring = NULL;
	return client_teardown(state);
}

static void setup_open(struct client *t)
{
	watch_stream(t);
	open_stream(t, 1);
	client_expect_log(t, "opened:u8:1:8000:1:1000:250 state:1@0 ");
}

#define TEST(f) TEST_WITH(f, client_setup, teardown)

TEST(a_stream_is_watched_or_claimed)
{
	struct client *t = *state;
	union xenav_msg msg;

	watch_stream(t);
	assert_int_equal(xenav_stream_watch(t->s), -EALREADY);
	assert_int_equal(xenav_stream_claim(t->s), -EALREADY);
	client_expect_silence(t);
	assert_int_equal(xenav_stream_release(t->s), 0);
	assert_int_equal(xenav_stream_claim(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 1);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	assert_int_equal(msg.claim.mode, XENAV_MODE_DRIVE);
	/* The program may also change its mind before the answer. */
	assert_int_equal(xenav_stream_release(t->s), 0);
	assert_int_equal(xenav_stream_watch(t->s), 0);
	fake_claimed(t->sock, 1);
	client_expect_log(t, "");
	fake_watched(t->sock, 1);
	client_expect_log(t, "claimed ");
}

TEST(an_answer_in_another_mode_ends_the_connection)
{
	struct client *t = *state;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "s");
	client_dispatch(t);
	assert_int_equal(xenav_stream_watch(t->s), 0);
	fake_claimed(t->sock, 1);
	client_expect_end(t, -EPROTO);
}

TEST(the_same_goes_for_a_claim)
{
	struct client *t = *state;

	fake_connector_added(t->sock, 2, "c");
	client_dispatch(t);
	assert_int_equal(xenav_connector_claim(t->c), 0);
	fake_watched(t->sock, 2);
	client_expect_end(t, -EPROTO);
}

TEST(too_many_watchers_are_told_so)
{
	struct client *t = *state;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "s");
	client_dispatch(t);
	t->log[0] = 0;
	assert_int_equal(xenav_stream_watch(t->s), 0);
	fake_error(t->sock, 1, XENAV_OP_CLAIM, -EUSERS);
	client_expect_log(t, "claim-failed:-87 ");
	assert_int_equal(xenav_stream_watch(t->s), 0);
}

TEST(capture_is_not_for_watching)
{
	struct client *t = *state;

	fake_stream_added(t->sock, 1, XENAV_CAPTURE, "mic");
	client_dispatch(t);
	assert_int_equal(xenav_stream_watch(t->s), -EOPNOTSUPP);
	client_expect_silence(t);
	assert_int_equal(xenav_stream_feed(t->s), 0);
}

TEST(a_watcher_reports_nothing)
{
	struct client *t = *state;

	setup_open(t);
	assert_int_equal(xenav_stream_position(t->s, 100, 1), -EPERM);
	assert_int_equal(xenav_stream_write(t->s, "x", 1), -EINVAL);
	assert_int_equal(xenav_stream_set_limits(t->s, NULL), -EPERM);
	client_expect_silence(t);
}

TEST(a_watcher_hears_the_samples_of_the_guest)
{
	struct client *t = *state;

	setup_open(t);
	fake_data(t->sock, 1, 1, 0, 500);
	client_expect_log(t, "data:0+500 ");
	assert_memory_equal(t->heard, ring, 500);
	set_edge(1300);
	fake_data(t->sock, 1, 1, 500, 800);
	client_expect_log(t, "data:500+500 data:1000+300 ");
	assert_memory_equal(t->heard + 500, ring + 500, 500);
	assert_memory_equal(t->heard + 1000, ring, 300);
	fake_closed(t->sock, 1, 1);
	client_expect_log(t, "closed ");
}

TEST(overwritten_samples_are_lost_and_never_heard)
{
	struct client *t = *state;

	setup_open(t);
	/* The guest has gone on to 1200 before the samples are read. */
	set_edge(1200);
	fake_data(t->sock, 1, 1, 0, 500);
	fake_data(t->sock, 1, 1, 500, 700);
	client_expect_log(t, "lost:200@0 data:200+300 data:500+500 data:1000+200 ");
	assert_memory_equal(t->heard, ring + 200, 300);
	/* A whole ring of samples wraps around its end. */
	set_edge(5000);
	fake_data(t->sock, 1, 1, 1200, 1000);
	client_expect_log(t, "lost:800@1200 lost:200@2000 ");
	fake_data(t->sock, 1, 1, 4000, 1000);
	client_expect_log(t, "data:4000+1000 ");
}

TEST(a_late_driver_is_told_of_its_loss_too)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	open_stream(t, 1);
	client_expect_log(t, "opened:u8:1:8000:1:1000:250 state:1@0 ");
	/* xenavd has gone on alone, and the guest with it: the ring is written twice over. */
	set_edge(2 * RING);
	fake_data(t->sock, 1, 1, 0, RING);
	fake_data(t->sock, 1, 1, RING, RING);
	client_expect_log(t, "lost:1000@0 data:1000+1000 ");
	assert_memory_equal(t->heard, ring, RING);
}

TEST(losses_are_in_frames)
{
	struct client *t = *state;
	int fd = fake_memfd(WHOLE);

	watch_stream(t);
	ring = mmap(NULL, WHOLE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(ring != MAP_FAILED);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_S16_LE, 2, 8000, RING, 200, fd);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	close(fd);
	set_edge(RING / 4 + 2);
	fake_data(t->sock, 1, 1, 0, 100);
	client_expect_log(t, "opened:s16_le:2:8000:4:250:50 state:1@0 lost:2@0 data:2+98 ");
	assert_memory_equal(t->heard, ring + 8, 392);
}

TEST(any_edge_is_taken_for_what_it_is)
{
	static const uint64_t edges[] = {0, 1, RING, RING + 1, UINT64_MAX - 1, UINT64_MAX};
	struct client *t = *state;

	setup_open(t);
	for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
		set_edge(edges[i]);
		fake_data(t->sock, 1, 1, 0, 10);
		client_expect_log(t, i < 3    ? "data:0+10 "
				     : i == 3 ? "lost:1@0 data:1+9 "
					      : "lost:10@0 ");
	}
}

TEST(an_opening_told_anew_has_lost_something_and_goes_on)
{
	struct client *t = *state;

	setup_open(t);
	for (unsigned i = 0; i < 3; i++) {
		munmap(ring, WHOLE);
		open_stream(t, 1);
		client_expect_log(t, "lost:0@0 state:1@0 ");
	}
	/* The new message brings another ring. */
	set_edge(1010);
	fake_data(t->sock, 1, 1, 0, 20);
	client_expect_log(t, "lost:10@0 data:10+10 ");
	leaks_after(&(struct leaks){t->leaks.fds + CLIENT_FDS, t->leaks.memfd_maps + 2});
	fake_closed(t->sock, 1, 1);
	client_expect_log(t, "closed ");
}

TEST(another_opening_without_an_end_of_the_first_has_lost_something)
{
	struct client *t = *state;

	setup_open(t);
	munmap(ring, WHOLE);
	open_stream(t, 2);
	client_expect_log(t, "lost:0@0 closed opened:u8:1:8000:1:1000:250 state:1@0 ");
	fake_closed(t->sock, 1, 2);
	munmap(ring, WHOLE);
	open_stream(t, 3);
	client_expect_log(t, "closed opened:u8:1:8000:1:1000:250 state:1@0 ");
}

static void release(struct client *t)
{
	t->act_rc = xenav_stream_release(t->s);
}

static void close_connection(struct client *t)
{
	xenav_close(t->x);
	t->x = NULL;
}

/* The fixture reads the samples after this action. */
TEST(samples_stay_until_the_callback_returns)
{
	struct client *t = *state;

	setup_open(t);
	t->act = release;
	t->act_on = "data:";
	set_edge(1300);
	fake_data(t->sock, 1, 1, 500, 800);
	client_expect_log(t, "data:500+500 ");
	assert_int_equal(t->act_rc, 0);
	assert_memory_equal(t->heard, ring + 500, 500);
}

TEST(a_release_when_told_of_a_loss_is_the_end)
{
	struct client *t = *state;

	setup_open(t);
	t->act = release;
	t->act_on = "lost:";
	set_edge(1100);
	fake_data(t->sock, 1, 1, 0, 500);
	client_expect_log(t, "lost:100@0 ");
	assert_int_equal(t->act_rc, 0);
}

TEST(the_connection_may_be_closed_in_any_of_them)
{
	static const char *const words[] = {"lost:", "data:"};

	for (size_t i = 0; i < 2; i++) {
		struct client *t;

		if (i > 0)
			client_setup(state);
		t = *state;
		setup_open(t);
		t->act = close_connection;
		t->act_on = words[i];
		set_edge(1100);
		fake_data(t->sock, 1, 1, 0, 500);
		assert_int_equal(xenav_dispatch(t->x), -ECANCELED);
		if (i == 0) {
			munmap(ring, WHOLE);
			client_teardown(state);
		}
	}
}

TEST(a_ring_without_its_mark_ends_the_connection)
{
	struct client *t = *state;
	int fd = fake_memfd(WHOLE - 1);

	watch_stream(t);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, RING, 250, fd);
	close(fd);
	client_expect_end(t, -EPROTO);
}

TEST(a_ring_of_impossible_size_ends_the_connection)
{
	struct client *t = *state;
	int fd = fake_memfd(WHOLE);

	watch_stream(t);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, UINT32_MAX, 250, fd);
	close(fd);
	client_expect_end(t, -EPROTO);
}

TEST(frames_are_asked_for_and_done_as_with_a_claim)
{
	struct client *t = *state;
	union xenav_msg msg;
	int fd = fake_memfd(4096);

	fake_connector_added(t->sock, 2, "c");
	client_dispatch(t);
	assert_int_equal(xenav_connector_watch(t->c), 0);
	assert_int_equal(xenav_connector_claim(t->c), -EALREADY);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 2);
	assert_int_equal(msg.claim.mode, XENAV_MODE_WATCH);
	t->log[0] = 0;
	fake_watched(t->sock, 2);
	client_expect_log(t, "claimed ");
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
	assert_int_equal(xenav_connector_set_edid(t->c, NULL, 0), -EPERM);
	assert_int_equal(xenav_connector_set_refresh(t->c, 0), -EPERM);
	fake_buffer(t->sock, 2, 0, 4096, fd);
	close(fd);
	fake_frame(t->sock, 2, 1, 0, 16, 16, 64, "XR24");
	client_expect_log(t, "frame:1:16x16/64:XR24:0 ");
	assert_int_equal(xenav_frame_done(t->c), 0);
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_DONE, 2);
	assert_int_equal(msg.frame_done.serial, 1);
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
}
