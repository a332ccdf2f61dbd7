/* SPDX-License-Identifier: MIT */
/*
 * libxenav: connectors.  Frames, their buffers, and the lifetime of both.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "client-fixture.h"

/* Send connector 2 a buffer with this first byte. */
static void give_buffer(struct client *t, uint32_t index, uint32_t size, unsigned char first)
{
	int fd = fake_memfd(size);

	assert_int_equal(pwrite(fd, &first, 1, 0), 1);
	fake_buffer(t->sock, 2, index, size, fd);
	close(fd);
}

static void expect_done(struct client *t, uint64_t serial, uint32_t ready_flags)
{
	union xenav_msg msg;

	fake_expect(t->sock, &msg, XENAV_OP_FRAME_DONE, 2);
	assert_int_equal(msg.frame_done.serial, serial);
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
	assert_int_equal(msg.frame_ready.flags, ready_flags);
}

CLIENT_TEST(a_frame_is_shown_and_the_next_asked_for)
{
	struct client *t = *state;

	client_claim_connector(t);
	give_buffer(t, 0, 800 * 600 * 4, 11);
	give_buffer(t, 1, 800 * 600 * 4, 22);
	assert_int_equal(xenav_frame_done(t->c), -EINVAL);
	fake_frame(t->sock, 2, 1, 0, 800, 600, 3200, "XR24");
	client_expect_log(t, "frame:1:800x600/3200:XR24:11 ");
	client_expect_silence(t);
	assert_int_equal(xenav_frame_done(t->c), 0);
	assert_int_equal(xenav_frame_done(t->c), -EINVAL);
	expect_done(t, 1, 0);
	fake_frame(t->sock, 2, 2, 1, 800, 600, 3200, "XR24");
	fake_plain(t->sock, XENAV_OP_BLANK, 2);
	client_expect_log(t, "frame:2:800x600/3200:XR24:22 blank ");
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 2, 0);
}

static void act_done(struct client *t)
{
	t->act_rc = xenav_frame_done(t->c);
}

CLIENT_TEST(a_frame_may_be_done_in_its_callback)
{
	struct client *t = *state;

	client_claim_connector(t);
	give_buffer(t, 0, 4096, 11);
	t->act_on = "frame:";
	t->act = act_done;
	fake_frame(t->sock, 2, 1, 0, 4, 4, 16, "XR24");
	client_dispatch(t);
	assert_int_equal(t->act_rc, 0);
	expect_done(t, 1, 0);
}

CLIENT_TEST(the_present_frame_can_be_asked_for_again)
{
	struct client *t = *state;
	union xenav_msg msg;

	client_claim_connector(t);
	assert_int_equal(xenav_frame_again(t->c), 0);
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
	assert_int_equal(msg.frame_ready.flags, XENAV_FRAME_AGAIN);
	give_buffer(t, 0, 4096, 11);
	fake_frame(t->sock, 2, 1, 0, 4, 4, 16, "XR24");
	client_dispatch(t);
	/* While a frame is held, the flag goes with the next request. */
	assert_int_equal(xenav_frame_again(t->c), 0);
	client_expect_silence(t);
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 1, XENAV_FRAME_AGAIN);
	fake_frame(t->sock, 2, 2, 0, 4, 4, 16, "XR24");
	client_dispatch(t);
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 2, 0);
	assert_int_equal(xenav_connector_release(t->c), 0);
	assert_int_equal(xenav_frame_again(t->c), -EINVAL);
}

CLIENT_TEST(two_frames_at_once_are_done_together)
{
	struct client *t = *state;

	client_claim_connector(t);
	give_buffer(t, 0, 4096, 11);
	give_buffer(t, 1, 4096, 22);
	fake_frame(t->sock, 2, 1, 0, 4, 4, 16, "XR24");
	fake_frame(t->sock, 2, 2, 1, 4, 4, 16, "XR24");
	client_dispatch(t);
	assert_int_equal(xenav_frame_done(t->c), 0);
	expect_done(t, 2, 0);
	assert_int_equal(xenav_frame_done(t->c), -EINVAL);
	client_expect_silence(t);
}

CLIENT_TEST(pixels_stay_until_the_next_frame_is_done)
{
	struct client *t = *state;
	const unsigned char *first;

	client_claim_connector(t);
	give_buffer(t, 0, 4096, 11);
	fake_frame(t->sock, 2, 1, 0, 4, 4, 16, "XR24");
	client_dispatch(t);
	first = t->frame.pixels;
	assert_int_equal(xenav_frame_done(t->c), 0);
	/* The guest changes its mode: new buffers come while the first frame is still shown. */
	give_buffer(t, 0, 8192, 22);
	fake_frame(t->sock, 2, 2, 0, 4, 4, 16, "XR24");
	client_dispatch(t);
	assert_int_equal(first[0], 11);
	leaks_after(&(struct leaks){t->leaks.fds + CLIENT_FDS, t->leaks.memfd_maps + 2});
	assert_int_equal(xenav_frame_done(t->c), 0);
	leaks_after(&(struct leaks){t->leaks.fds + CLIENT_FDS, t->leaks.memfd_maps + 1});
	assert_int_equal(*(const unsigned char *)t->frame.pixels, 22);
	assert_int_equal(xenav_connector_release(t->c), 0);
	leaks_after(&(struct leaks){t->leaks.fds + CLIENT_FDS, t->leaks.memfd_maps});
}

TEST_ALONE(strides_may_be_odd_and_frames_end_with_their_buffer)
{
	static const struct {
		uint32_t width, height, stride, size;
		const char *fourcc;
		bool fits;
	} cases[] = {
		{5, 3, 15, 45, "RG24", true},
		{5, 3, 15, 44, "RG24", false},
		{5, 3, 17, 49, "RG24", true},
		{5, 3, 17, 48, "RG24", false},
		{5, 3, 14, 4096, "RG24", false},
		{1, 1, 2, 2, "RG16", true},
		{1, 1, 2, 1, "RG16", false},
		{3, 2, 7, 13, "XR15", true},
		{0, 1, 2, 64, "RG16", false},
		{1, 0, 2, 64, "RG16", false},
		{1, 2, 0, 64, "RG16", false},
		{7, 2, 32, 64, "????", true},
		{7, 2, 33, 64, "????", false},
		{UINT32_MAX, 1, UINT32_MAX, 4096, "XR24", false},
		{1, UINT32_MAX, UINT32_MAX, 4096, "XR24", false},
		{UINT32_MAX, UINT32_MAX, UINT32_MAX, 4096, "????", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct client *t;

		client_setup(state);
		t = *state;
		client_claim_connector(t);
		give_buffer(t, 15, cases[i].size, 0);
		fake_frame(t->sock, 2, 1, 15, cases[i].width, cases[i].height, cases[i].stride,
			   cases[i].fourcc);
		if (cases[i].fits)
			client_dispatch(t);
		else
			client_expect_end(t, -EPROTO);
		client_teardown(state);
	}
}

TEST_ALONE(an_offset_counts)
{
	static const struct {
		uint32_t offset;
		bool fits;
	} cases[] = {{0, true}, {36, true}, {37, false}, {101, false}, {UINT32_MAX, false}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		union xenav_msg msg = {.frame = {
					       .h = {XENAV_OP_FRAME, sizeof msg.frame, 2},
					       .serial = 1,
					       .offset_bytes = cases[i].offset,
					       .width_px = 4,
					       .height_px = 4,
					       .stride_bytes = 16,
					       .fourcc = 0x34325258,
				       }};
		struct client *t;

		client_setup(state);
		t = *state;
		client_claim_connector(t);
		give_buffer(t, 0, 100, 0);
		fake_send(t->sock, &msg, -1);
		if (cases[i].fits) {
			client_dispatch(t);
			assert_int_equal(*(const unsigned char *)t->frame.pixels, cases[i].offset);
		} else {
			client_expect_end(t, -EPROTO);
		}
		client_teardown(state);
	}
}

TEST_ALONE(bad_frames_and_buffers_end_the_connection)
{
	for (unsigned int i = 0; i < 6; i++) {
		struct client *t;
		int fd;

		client_setup(state);
		t = *state;
		client_claim_connector(t);
		give_buffer(t, 0, 4096, 0);
		fake_frame(t->sock, 2, 5, 0, 4, 4, 16, "XR24");
		client_dispatch(t);
		fd = fake_memfd_sealed(4096, F_SEAL_GROW);
		switch (i) {
		case 0: /* a buffer that was never sent */
			fake_frame(t->sock, 2, 6, 1, 4, 4, 16, "XR24");
			break;
		case 1: /* no such buffer */
			fake_frame(t->sock, 2, 6, UINT32_MAX, 4, 4, 16, "XR24");
			break;
		case 2: /* the same frame */
			fake_frame(t->sock, 2, 5, 0, 4, 4, 16, "XR24");
			break;
		case 3: /* could shrink */
			fake_buffer(t->sock, 2, 0, 4096, fd);
			break;
		case 4:
			fake_buffer(t->sock, 2, 16, 4096, fd);
			break;
		case 5:
			fake_buffer(t->sock, 2, 0, 0, fd);
			break;
		}
		close(fd);
		client_expect_end(t, -EPROTO);
		client_teardown(state);
	}
}

CLIENT_TEST(buffers_replaced_without_end_end_the_connection)
{
	struct client *t = *state;

	client_claim_connector(t);
	give_buffer(t, 0, 4096, 0);
	fake_frame(t->sock, 2, 1, 0, 4, 4, 16, "XR24");
	for (unsigned int i = 0; i < 20; i++)
		give_buffer(t, 0, 4096, 0);
	client_expect_end(t, -EPROTO);
}

CLIENT_TEST(a_connector_claimed_again_starts_anew)
{
	struct client *t = *state;
	union xenav_msg msg;

	client_claim_connector(t);
	give_buffer(t, 0, 4096, 11);
	fake_frame(t->sock, 2, 9, 0, 4, 4, 16, "XR24");
	client_dispatch(t);
	assert_int_equal(xenav_connector_release(t->c), 0);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 2);
	assert_int_equal(xenav_connector_claim(t->c), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 2);
	/* A frame from before is still on its way. */
	give_buffer(t, 0, 4096, 22);
	fake_frame(t->sock, 2, 10, 0, 4, 4, 16, "XR24");
	fake_claimed(t->sock, 2);
	give_buffer(t, 0, 4096, 33);
	fake_frame(t->sock, 2, 1, 0, 4, 4, 16, "XR24");
	t->log[0] = 0;
	client_expect_log(t, "claimed frame:1:4x4/16:XR24:33 ");
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
}

CLIENT_TEST(a_connector_that_goes_takes_its_pixels_along)
{
	struct client *t = *state;

	client_claim_connector(t);
	give_buffer(t, 0, 4096, 11);
	fake_frame(t->sock, 2, 1, 0, 4, 4, 16, "XR24");
	fake_plain(t->sock, XENAV_OP_REMOVED, 2);
	client_expect_log(t, "frame:1:4x4/16:XR24:11 connector-removed:c ");
	leaks_after(&(struct leaks){t->leaks.fds + CLIENT_FDS, t->leaks.memfd_maps});
}

/* -------- the EDID -------- */

static void make_edid(unsigned char *edid, unsigned int n_blocks, unsigned char mark)
{
	static const unsigned char header[8] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};

	memset(edid, mark, (size_t)n_blocks * 128);
	memcpy(edid, header, sizeof header);
	edid[126] = (unsigned char)(n_blocks - 1);
	for (unsigned int i = 0; i < n_blocks; i++) {
		unsigned int sum = 0;

		for (size_t j = 0; j < 127; j++)
			sum += edid[(size_t)i * 128 + j];
		edid[(size_t)i * 128 + 127] = (unsigned char)(0u - sum);
	}
}

static void expect_block(struct client *t, const unsigned char *edid, unsigned int index,
			 unsigned int n_blocks)
{
	union xenav_msg msg;

	fake_expect(t->sock, &msg, XENAV_OP_CONNECTOR_EDID, 2);
	assert_int_equal(msg.connector_edid.index, index);
	assert_int_equal(msg.connector_edid.n_blocks, n_blocks);
	assert_memory_equal(msg.connector_edid.block, edid + (size_t)index * 128, 128);
}

CLIENT_TEST(an_edid_is_sent_block_by_block_and_withdrawn)
{
	struct client *t = *state;
	unsigned char edid[512];
	union xenav_msg msg;

	client_claim_connector(t);
	for (unsigned int n = 1; n <= 4; n++) {
		make_edid(edid, n, 3);
		assert_int_equal(xenav_connector_set_edid(t->c, edid, (size_t)n * 128), 0);
		for (unsigned int i = 0; i < n; i++)
			expect_block(t, edid, i, n);
		client_expect_silence(t);
	}
	assert_int_equal(xenav_connector_set_edid(t->c, NULL, 0), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CONNECTOR_EDID, 2);
	assert_int_equal(msg.connector_edid.n_blocks, 0);
	client_expect_silence(t);
	/* A refusal by the daemon does not end the connection. */
	fake_error(t->sock, 2, XENAV_OP_CONNECTOR_EDID, -EINVAL);
	client_expect_log(t, "");
}

CLIENT_TEST(an_invalid_edid_is_not_sent)
{
	struct client *t = *state;
	unsigned char edid[640];

	client_claim_connector(t);
	make_edid(edid, 5, 3);
	assert_int_equal(xenav_connector_set_edid(t->c, edid, 640), -EINVAL);
	assert_int_equal(xenav_connector_set_edid(t->c, edid, 512), -EINVAL);
	make_edid(edid, 1, 3);
	assert_int_equal(xenav_connector_set_edid(t->c, edid, 127), -EINVAL);
	assert_int_equal(xenav_connector_set_edid(t->c, edid, 129), -EINVAL);
	edid[50]++;
	assert_int_equal(xenav_connector_set_edid(t->c, edid, 128), -EINVAL);
	edid[50]--;
	client_expect_silence(t);
	assert_int_equal(xenav_connector_release(t->c), 0);
	assert_int_equal(xenav_connector_set_edid(t->c, edid, 128), -EINVAL);
}

/* Fill the socket; the rest is sent when there is room again. */
CLIENT_TEST(an_edid_that_is_replaced_half_sent_starts_anew)
{
	struct client *t = *state;
	unsigned char old[512], edid[512];
	unsigned int next = 0, n_new = 0;
	union xenav_msg msg;

	client_claim_connector(t);
	make_edid(old, 4, 1);
	make_edid(edid, 4, 2);
	while (!(xenav_get_events(t->x) & POLLOUT))
		assert_int_equal(xenav_connector_set_edid(t->c, old, sizeof old), 0);
	assert_int_equal(xenav_connector_set_edid(t->c, edid, sizeof edid), 0);
	while (n_new < 4) {
		fake_expect(t->sock, &msg, XENAV_OP_CONNECTOR_EDID, 2);
		if (msg.connector_edid.index == 0)
			next = 0;
		assert_int_equal(msg.connector_edid.index, next);
		assert_int_equal(msg.connector_edid.n_blocks, 4);
		n_new += !memcmp(msg.connector_edid.block, edid + (size_t)next * 128, 128);
		next++;
		client_dispatch(t);
	}
	client_expect_silence(t);
	assert_int_equal(xenav_get_events(t->x), POLLIN);
}

CLIENT_TEST(a_refresh_is_named_within_bounds)
{
	static const uint32_t good[] = {1000000, 16666667, 40000000, 0};
	static const uint32_t bad[] = {1, 999999, 40000001, UINT32_MAX};
	struct client *t = *state;
	union xenav_msg msg;

	client_claim_connector(t);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(xenav_connector_set_refresh(t->c, bad[i]), -EINVAL);
		assert_int_equal(xenav_connector_set_refresh(t->c, good[i]), 0);
		fake_expect(t->sock, &msg, XENAV_OP_CONNECTOR_REFRESH, 2);
		assert_int_equal(msg.connector_refresh.period_ns, good[i]);
	}
	client_expect_silence(t);
	assert_int_equal(xenav_connector_release(t->c), 0);
	assert_int_equal(xenav_connector_set_refresh(t->c, 0), -EINVAL);
}
