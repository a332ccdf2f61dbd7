/* SPDX-License-Identifier: MIT */
/*
 * libxenav: frames in a guest's own memory.  The memory is mapped as the daemon says, is given back
 * when the guest wants it but not before it is unmapped, and is refused if it cannot be used.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client-fixture.h"

#define ALL    (XENAV_WAY_COPY | XENAV_WAY_DIRECT | XENAV_WAY_DMABUF)
#define DIRECT XENAV_WAY_DIRECT
#define DMABUF XENAV_WAY_DMABUF

/* Claim connector 2, with all ways granted. */
static void claim_all_ways(struct client *t)
{
	union xenav_msg msg;

	fake_connector_added(t->sock, 2, "c");
	client_dispatch(t);
	assert_int_equal(xenav_connector_set_ways(t->c, ALL), 0);
	assert_int_equal(xenav_connector_get_ways(t->c), 0);
	assert_int_equal(xenav_connector_claim(t->c), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 2);
	assert_int_equal(msg.claim.ways, ALL);
	fake_claimed_ways(t->sock, 2, ALL);
	client_dispatch(t);
	assert_int_equal(xenav_connector_get_ways(t->c), ALL);
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
	t->log[0] = 0;
}

/* Send a buffer of one page, with this first byte, in the middle of an unsealed file. */
static void lend(struct client *t, uint32_t index, uint32_t way, unsigned char first)
{
	int fd = fake_memfd_sealed(3 * 4096, F_SEAL_GROW);
	const off_t at = way == DIRECT ? 4096 : 0;

	assert_int_equal(pwrite(fd, &first, 1, at), 1);
	fake_buffer_way(t->sock, 2, index, 4096, way, (uint64_t)at, fd);
	close(fd);
}

static void frame(struct client *t, uint64_t serial, uint32_t index)
{
	fake_frame(t->sock, 2, serial, index, 4, 4, 16, "XR24");
}

static void expect_freed(struct client *t, uint32_t index)
{
	union xenav_msg msg;

	fake_expect(t->sock, &msg, XENAV_OP_FRAME_BUFFER_FREED, 2);
	assert_int_equal(msg.frame_buffer_gone.buffer, index);
}

static void expect_done(struct client *t, uint64_t serial)
{
	union xenav_msg msg;

	fake_expect(t->sock, &msg, XENAV_OP_FRAME_DONE, 2);
	assert_int_equal(msg.frame_done.serial, serial);
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
}

static void assert_maps(struct client *t, int n_fds, int n_maps)
{
	leaks_after(
		&(struct leaks){t->leaks.fds + CLIENT_FDS + n_fds, t->leaks.memfd_maps + n_maps});
}

CLIENT_TEST(ways_are_said_before_the_claim)
{
	struct client *t = *state;

	claim_all_ways(t);
	assert_int_equal(xenav_connector_set_ways(t->c, XENAV_WAY_COPY), -EALREADY);
	assert_int_equal(xenav_connector_release(t->c), 0);
	assert_int_equal(xenav_connector_get_ways(t->c), 0);
	assert_int_equal(xenav_connector_set_ways(t->c, 0), -EINVAL);
	assert_int_equal(xenav_connector_set_ways(t->c, 8), -EINVAL);
	assert_int_equal(xenav_connector_set_ways(t->c, DIRECT), 0);
}

TEST_ALONE(ways_that_were_not_asked_for_end_the_connection)
{
	for (unsigned int i = 0; i < 4; i++) {
		union xenav_msg msg;
		struct client *t;

		client_setup(state);
		t = *state;
		fake_connector_added(t->sock, 2, "c");
		client_dispatch(t);
		assert_int_equal(xenav_connector_set_ways(t->c, XENAV_WAY_COPY | DIRECT), 0);
		assert_int_equal(xenav_connector_claim(t->c), 0);
		fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 2);
		switch (i) {
		case 0:
			fake_claimed_ways(t->sock, 2, ALL);
			break;
		case 1: /* a way that is not granted */
			fake_claimed_ways(t->sock, 2, XENAV_WAY_COPY);
			lend(t, 2, DIRECT, 0);
			break;
		case 2: /* the index is taken */
			fake_claimed_ways(t->sock, 2, XENAV_WAY_COPY | DIRECT);
			lend(t, 2, DIRECT, 0);
			lend(t, 2, DIRECT, 0);
			break;
		case 3:
			fake_claimed_ways(t->sock, 2, XENAV_WAY_COPY | DIRECT);
			lend(t, 2, DIRECT, 0);
			lend(t, 2, XENAV_WAY_COPY, 0);
			break;
		}
		client_expect_end(t, -EPROTO);
		client_teardown(state);
	}
}

CLIENT_TEST(a_frame_in_the_guests_memory_is_a_frame)
{
	struct client *t = *state;

	claim_all_ways(t);
	lend(t, 2, DIRECT, 33);
	frame(t, 1, 2);
	client_expect_log(t, "frame:1:4x4/16:XR24:33 ");
	assert_int_equal(t->frame.way, DIRECT);
	assert_int_equal(t->frame.dmabuf_fd, -1);
	assert_maps(t, 0, 1);
	/* A later frame in the same memory. */
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 1);
	frame(t, 2, 2);
	client_expect_log(t, "frame:2:4x4/16:XR24:33 ");
}

static void act_check_gone(struct client *t)
{
	/* The pixels can be read a last time. */
	assert_int_equal(*(const unsigned char *)t->frame.pixels, 33);
	client_expect_silence(t);
	t->act_rc = 1;
}

CLIENT_TEST(memory_is_given_back_when_it_is_unmapped)
{
	struct client *t = *state;

	claim_all_ways(t);
	lend(t, 2, DIRECT, 33);
	frame(t, 1, 2);
	client_dispatch(t);
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 1);
	t->act_on = "gone:1";
	t->act = act_check_gone;
	fake_gone(t->sock, 2, 2);
	client_dispatch(t);
	assert_int_equal(t->act_rc, 1);
	expect_freed(t, 2);
	assert_maps(t, 0, 0);
	/* The index is free again. */
	lend(t, 2, DIRECT, 44);
	frame(t, 2, 2);
	t->log[0] = 0;
	client_expect_log(t, "frame:2:4x4/16:XR24:44 ");
}

CLIENT_TEST(memory_that_is_not_shown_any_more_goes_without_a_callback)
{
	struct client *t = *state;

	claim_all_ways(t);
	lend(t, 2, DIRECT, 33);
	lend(t, 3, DIRECT, 44);
	lend(t, 4, DIRECT, 55);
	frame(t, 1, 2);
	client_dispatch(t);
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 1);
	frame(t, 2, 3);
	client_dispatch(t);
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 2);
	t->log[0] = 0;
	/* One buffer was never shown, the frame after another one is done, the last is still shown.
	 */
	fake_gone(t->sock, 2, 4);
	client_expect_log(t, "");
	expect_freed(t, 4);
	fake_gone(t->sock, 2, 2);
	client_expect_log(t, "");
	expect_freed(t, 2);
	fake_gone(t->sock, 2, 3);
	client_expect_log(t, "gone:2 ");
	expect_freed(t, 3);
	fake_gone(t->sock, 2, 3);
	client_expect_end(t, -EPROTO);
}

CLIENT_TEST(a_frame_that_is_gone_still_has_to_be_done)
{
	struct client *t = *state;

	claim_all_ways(t);
	lend(t, 2, DIRECT, 33);
	frame(t, 1, 2);
	fake_gone(t->sock, 2, 2);
	client_expect_log(t, "frame:1:4x4/16:XR24:33 gone:1 ");
	expect_freed(t, 2);
	assert_int_equal(xenav_frame_refuse(t->c), -EINVAL);
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 1);
}

static void act_release(struct client *t)
{
	t->act_rc = xenav_connector_release(t->c);
	assert_int_equal(*(const unsigned char *)t->frame.pixels, 33);
	client_expect_silence(t);
}

TEST_ALONE(a_release_is_sent_when_everything_is_unmapped)
{
	static const char *const on[] = {"frame:", "gone:"};

	for (unsigned int i = 0; i < 2; i++) {
		union xenav_msg msg;
		struct client *t;

		client_setup(state);
		t = *state;
		claim_all_ways(t);
		lend(t, 2, DIRECT, 33);
		t->act_on = on[i];
		t->act = act_release;
		frame(t, 1, 2);
		fake_gone(t->sock, 2, 2);
		client_dispatch(t);
		assert_int_equal(t->act_rc, 0);
		fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 2);
		client_expect_silence(t);
		assert_maps(t, 0, 0);
		client_teardown(state);
	}
}

static void act_close(struct client *t)
{
	xenav_close(t->x);
	t->x = NULL;
}

CLIENT_TEST(a_connection_may_be_closed_when_memory_goes)
{
	struct client *t = *state;

	claim_all_ways(t);
	lend(t, 2, DIRECT, 33);
	frame(t, 1, 2);
	fake_gone(t->sock, 2, 2);
	t->act_on = "gone:";
	t->act = act_close;
	assert_int_equal(xenav_dispatch(t->x), -ECANCELED);
	leaks_after(&(struct leaks){t->leaks.fds + 1, t->leaks.memfd_maps});
}

CLIENT_TEST(memory_that_cannot_be_mapped_is_sent_back)
{
	struct client *t = *state;
	int fd = fake_memfd(4096);

	claim_all_ways(t);
	/* gntdev answers EINVAL in the same way when a grant has ended. */
	fake_buffer_way(t->sock, 2, 5, 4096, DIRECT, 77, fd);
	fake_buffer_way(t->sock, 2, 6, 4096, DIRECT, UINT64_MAX - 10, fd);
	close(fd);
	frame(t, 1, 5);
	client_expect_log(t, "");
	expect_freed(t, 5);
	expect_freed(t, 6);
	/* The daemon sends the buffer once more. */
	fd = fake_memfd(4096);
	fake_buffer(t->sock, 2, 0, 4096, fd);
	close(fd);
	frame(t, 2, 0);
	client_expect_log(t, "frame:2:4x4/16:XR24:0 ");
	assert_int_equal(xenav_frame_refuse(t->c), -EINVAL);
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 2);
	/* The daemon wanted the buffer back before it knew: it waits for the frame to be done. */
	fake_gone(t->sock, 2, 5);
	client_expect_log(t, "");
	expect_done(t, 2);
	client_expect_silence(t);
}

CLIENT_TEST(a_dmabuf_is_handed_on_and_closed_when_it_goes)
{
	struct client *t = *state;

	claim_all_ways(t);
	lend(t, 2, DMABUF, 33);
	frame(t, 1, 2);
	client_expect_log(t, "frame:1:4x4/16:XR24:0 ");
	assert_int_equal(t->frame.way, DMABUF);
	assert_null(t->frame.pixels);
	assert_int_equal(t->frame.dmabuf_size_bytes, 4096);
	assert_true(fcntl(t->frame.dmabuf_fd, F_GETFD) >= 0);
	assert_maps(t, 1, 0);
	fake_gone(t->sock, 2, 2);
	client_expect_log(t, "gone:1 ");
	expect_freed(t, 2);
	assert_maps(t, 0, 0);
}

CLIENT_TEST(a_frame_that_cannot_be_used_is_refused_and_comes_again)
{
	struct client *t = *state;

	claim_all_ways(t);
	assert_int_equal(xenav_frame_refuse(t->c), -EINVAL);
	lend(t, 2, DMABUF, 33);
	frame(t, 1, 2);
	client_dispatch(t);
	assert_int_equal(xenav_frame_refuse(t->c), 0);
	expect_freed(t, 2);
	assert_maps(t, 0, 0);
	client_expect_silence(t);
	assert_int_equal(xenav_frame_done(t->c), -EINVAL);
	lend(t, 2, DIRECT, 44);
	frame(t, 2, 2);
	t->log[0] = 0;
	client_expect_log(t, "frame:2:4x4/16:XR24:44 ");
}
