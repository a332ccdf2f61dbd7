/* SPDX-License-Identifier: MIT */
/*
 * libxenav: the volume of a stream, and limits for it.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wire/wire.h"

#include "client-fixture.h"

/* -------- volume and mute -------- */

CLIENT_TEST(volume_and_mute_are_told_and_kept)
{
	struct client *t = *state;
	int fd = fake_ring(4096);

	client_claim_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_stream_get_volume(t->s, 0), 0);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_S16_LE, 2, 48000, 4096, 1024, fd);
	close(fd);
	fake_volume(t->sock, 1, 1, 0, -6000, false);
	fake_volume(t->sock, 1, 1, 1, XENAV_VOLUME_MIN_MDB, true);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STOPPED, 0);
	fake_volume(t->sock, 1, 1, 1, XENAV_VOLUME_MAX_MDB, false);
	client_expect_log(t, "opened:s16_le:2:48000:4:1024:256 volume:-6000:0 "
			     "volume:-6000:-200000m state:0@0 volume:-6000:60000 ");
	assert_int_equal(xenav_stream_get_volume(t->s, 0), -6000);
	assert_int_equal(xenav_stream_get_volume(t->s, 254), 0);
	assert_int_equal(xenav_stream_get_volume(t->s, 255), 0);
	assert_int_equal(xenav_stream_get_volume(t->s, UINT32_MAX), 0);
	assert_int_equal(xenav_stream_is_muted(t->s, 255), 0);
	assert_int_equal(xenav_stream_is_muted(t->s, UINT32_MAX), 0);
	/* A closed stream has no volume, and the next opening gets a new one. */
	fake_closed(t->sock, 1, 1);
	client_expect_log(t, "closed ");
	assert_int_equal(xenav_stream_get_volume(t->s, 0), 0);
	client_open_stream(t, 2);
	client_dispatch(t);
	assert_int_equal(xenav_stream_get_volume(t->s, 0), 0);
	assert_int_equal(xenav_stream_is_muted(t->s, 1), 0);
}

CLIENT_TEST(more_channels_than_a_message_has_are_told_in_pieces)
{
	struct client *t = *state;
	int fd = fake_ring(2550);
	union xenav_msg msg;

	client_claim_stream(t, XENAV_CAPTURE);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 255, 8000, 2550, 0, fd);
	close(fd);
	for (unsigned int first = 0; first < 255; first += 32) {
		wire_init(&msg, XENAV_OP_STREAM_VOLUME, 1);
		msg.stream_volume.generation = 1;
		msg.stream_volume.first_channel = (uint8_t)first;
		msg.stream_volume.n_channels = first == 224 ? 31 : 32;
		msg.stream_volume.muted = 0x40000001u;
		for (unsigned int i = 0; i < msg.stream_volume.n_channels; i++)
			msg.stream_volume.volume_mdb[i] = -(int32_t)(first + i);
		fake_send(t->sock, &msg, -1);
	}
	client_dispatch(t);
	for (unsigned int i = 0; i < 255; i++) {
		assert_int_equal(xenav_stream_get_volume(t->s, i), -(int32_t)i);
		assert_int_equal(xenav_stream_is_muted(t->s, i), i % 32 == 0 || i % 32 == 30);
	}
}

TEST_ALONE(volume_without_its_channel_ends_the_connection)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct client *t;

		client_setup(state);
		t = *state;
		client_claim_stream(t, XENAV_PLAYBACK);
		if (i > 0)
			client_open_stream(t, 1);
		client_dispatch(t);
		/* A closed stream, a channel too many, another opening. */
		fake_volume(t->sock, 1, i == 2 ? 2 : 1, i == 1, 0, false);
		client_expect_end(t, -EPROTO);
		client_teardown(state);
	}
}

/* -------- limits -------- */

static const struct xenav_limits some_limits = {
	.size = sizeof some_limits,
	.formats = 1u << XENAV_FORMAT_S16_LE,
	.rate_min_hz = 1,
	.rate_max_hz = 2,
	.channels_min = 3,
	.channels_max = 4,
	.buffer_min_frames = 5,
	.buffer_max_frames = 6,
	.period_min_frames = 7,
	.period_max_frames = 8,
};

CLIENT_TEST(limits_go_out_right_behind_the_claim)
{
	struct client *t = *state;
	union xenav_msg msg;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "s");
	client_dispatch(t);
	assert_int_equal(xenav_stream_set_limits(t->s, &some_limits), -EINVAL);
	assert_int_equal(xenav_stream_claim(t->s), 0);
	assert_int_equal(xenav_stream_set_limits(t->s, &some_limits), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_LIMITS, 1);
	assert_true(msg.stream_limits.formats == some_limits.formats);
	assert_int_equal(msg.stream_limits.rate_min_hz, 1);
	assert_int_equal(msg.stream_limits.rate_max_hz, 2);
	assert_int_equal(msg.stream_limits.channels_min, 3);
	assert_int_equal(msg.stream_limits.channels_max, 4);
	assert_int_equal(msg.stream_limits.buffer_min_frames, 5);
	assert_int_equal(msg.stream_limits.buffer_max_frames, 6);
	assert_int_equal(msg.stream_limits.period_min_frames, 7);
	assert_int_equal(msg.stream_limits.period_max_frames, 8);
	assert_int_equal(xenav_stream_set_limits(t->s, NULL), 0);
	fake_expect(t->sock, &msg, XENAV_OP_STREAM_LIMITS, 1);
	for (size_t i = sizeof msg.h; i < sizeof msg.stream_limits; i++)
		assert_int_equal(msg.bytes[i], 0);
	assert_int_equal(xenav_stream_release(t->s), 0);
	assert_int_equal(xenav_stream_set_limits(t->s, NULL), -EINVAL);
}

CLIENT_TEST(invalid_limits_are_refused_at_once)
{
	struct client *t = *state;
	struct xenav_limits l = some_limits;

	client_claim_stream(t, XENAV_PLAYBACK);
	l.size--;
	assert_int_equal(xenav_stream_set_limits(t->s, &l), -EINVAL);
	l = some_limits;
	l.formats |= UINT64_C(1) << 25; /* there are 25 */
	assert_int_equal(xenav_stream_set_limits(t->s, &l), -EINVAL);
	l = some_limits;
	l.rate_min_hz = 3;
	assert_int_equal(xenav_stream_set_limits(t->s, &l), -EINVAL);
	l.rate_max_hz = 0; /* no limit */
	assert_int_equal(xenav_stream_set_limits(t->s, &l), 0);
	l.channels_min = 5;
	assert_int_equal(xenav_stream_set_limits(t->s, &l), -EINVAL);
	l = some_limits;
	l.buffer_min_frames = UINT32_MAX;
	assert_int_equal(xenav_stream_set_limits(t->s, &l), -EINVAL);
	l = some_limits;
	l.period_max_frames = 6;
	assert_int_equal(xenav_stream_set_limits(t->s, &l), -EINVAL);
}

CLIENT_TEST(refused_limits_are_told_to_the_claim_that_has_them)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_stream_set_limits(t->s, &some_limits), 0);
	fake_error(t->sock, 1, XENAV_OP_STREAM_LIMITS, -EINVAL);
	client_expect_log(t, "limits-failed:-22 ");
	assert_int_equal(xenav_stream_release(t->s), 0);
	assert_int_equal(xenav_stream_claim(t->s), 0);
	fake_error(t->sock, 1, XENAV_OP_STREAM_LIMITS, -EINVAL);
	client_expect_log(t, "");
	/* A removed object does not hear of it either. */
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	fake_error(t->sock, 1, XENAV_OP_STREAM_LIMITS, -EINVAL);
	client_expect_log(t, "stream-removed:s ");
}

CLIENT_TEST(limits_of_a_claim_that_is_taken_back_are_never_sent)
{
	struct client *t = *state;
	union xenav_msg msg;
	unsigned int sent = 0;

	client_claim_stream(t, XENAV_PLAYBACK);
	for (; !(xenav_get_events(t->x) & POLLOUT); sent++)
		assert_int_equal(xenav_stream_set_limits(t->s, &some_limits), 0);
	assert_int_equal(xenav_stream_release(t->s), 0);
	assert_int_equal(xenav_stream_claim(t->s), 0);
	assert_int_equal(xenav_stream_set_limits(t->s, &some_limits), 0);
	assert_int_equal(xenav_stream_release(t->s), 0);
	while (--sent > 0)
		fake_expect(t->sock, &msg, XENAV_OP_STREAM_LIMITS, 1);
	client_dispatch(t);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 1);
	client_expect_silence(t);
}
