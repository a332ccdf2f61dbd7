/* SPDX-License-Identifier: MIT */
/*
 * daemon/consumer: claims, from CLAIM to their end, and the messages between a claimant and its
 * object.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test-consumer-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(a_claim_is_exclusive_until_it_is_released)
{
	struct rig *rig = *state;
	int first, second;

	first = rig_begin(rig);
	second = rig_enter(rig);
	for (uint32_t id = 1; id <= RIG_OBJECTS; id++) {
		rig_claim(rig, first, id);
		rig_send_claim(first, id, XENAV_WAY_COPY);
		rig_expect_error(rig, first, XENAV_OP_CLAIM, id, -EALREADY);
		rig_send_claim(second, id, XENAV_WAY_COPY);
		rig_expect_error(rig, second, XENAV_OP_CLAIM, id, -EBUSY);
		rig_send_plain(second, XENAV_OP_RELEASE, id);
		rig_expect_error(rig, second, XENAV_OP_RELEASE, id, -ENOTCONN);
		rig_send_plain(first, XENAV_OP_RELEASE, id);
		rig_expect_nothing(rig, first);
		rig_claim(rig, second, id);
	}
	assert_int_equal(rig->streams[0].n_claims, 2);
	assert_int_equal(rig->connectors[0].n_claims, 2);
	close(first);
	close(second);
}

TEST(a_consumer_that_dies_loses_its_claims_once)
{
	struct rig *rig = *state;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_STREAM);
	rig_claim(rig, sock, RIG_CONNECTOR);
	close(sock);
	rig_await(rig, rig->streams[0].n_releases);
	assert_int_equal(rig->connectors[0].n_releases, 1);
	sock = rig_enter(rig);
	rig_claim(rig, sock, RIG_STREAM);
	rig_claim(rig, sock, RIG_CONNECTOR);
	close(sock);
	rig_await(rig, rig->streams[0].n_releases == 2);
	assert_int_equal(rig_warnings, 0);
}

TEST(a_claim_needs_an_object_and_a_common_way)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_send_claim(sock, 0, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, 0, -ENOENT);
	rig_send_claim(sock, RIG_OBJECTS + 1, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, RIG_OBJECTS + 1, -ENOENT);
	rig_send_claim(sock, UINT32_MAX, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, UINT32_MAX, -ENOENT);
	rig_send_claim(sock, RIG_STREAM, ~XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, RIG_STREAM, -EOPNOTSUPP);
	rig_remove_stream(rig, &rig->streams[0]);
	rig_send_claim(sock, RIG_STREAM, XENAV_WAY_COPY);
	rig_expect(rig, sock, XENAV_OP_REMOVED, RIG_STREAM, &msg);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, RIG_STREAM, -ENOENT);
	close(sock);
}

TEST(an_object_that_goes_takes_its_claim_with_it)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_STREAM);
	rig_claim(rig, sock, RIG_CONNECTOR);
	rig_remove_stream(rig, &rig->streams[0]);
	rig_remove_connector(rig, &rig->connectors[0]);
	rig_expect(rig, sock, XENAV_OP_REMOVED, RIG_STREAM, &msg);
	rig_expect(rig, sock, XENAV_OP_REMOVED, RIG_CONNECTOR, &msg);
	/* The consumer may have sent this before it read REMOVED. */
	rig_send_plain(sock, XENAV_OP_RELEASE, RIG_STREAM);
	rig_send_ready(sock, RIG_CONNECTOR, 0);
	rig_expect_nothing(rig, sock);
	close(sock);
	rig_turn(rig);
}

TEST(only_the_claimant_drives_an_object_and_only_as_what_it_is)
{
	static const uint16_t ops[] = {XENAV_OP_STREAM_POSITION,  XENAV_OP_STREAM_FILLED,
				       XENAV_OP_STREAM_LIMITS,    XENAV_OP_FRAME_READY,
				       XENAV_OP_FRAME_DONE,       XENAV_OP_CONNECTOR_EDID,
				       XENAV_OP_CONNECTOR_REFRESH};
	struct rig *rig = *state;
	int owner, other;

	owner = rig_begin(rig);
	other = rig_enter(rig);
	rig_claim(rig, owner, RIG_STREAM);
	rig_claim(rig, owner, RIG_CONNECTOR);
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		const uint32_t right = i < 3 ? RIG_STREAM : RIG_CONNECTOR;
		const uint32_t wrong = i < 3 ? RIG_CONNECTOR : RIG_STREAM;

		rig_send_plain(other, ops[i], right);
		rig_expect_error(rig, other, ops[i], right, -ENOTCONN);
		rig_send_plain(other, ops[i], UINT32_MAX);
		rig_expect_error(rig, other, ops[i], UINT32_MAX, -ENOTCONN);
		rig_send_plain(owner, ops[i], wrong);
		rig_expect_error(rig, owner, ops[i], wrong, -EINVAL);
	}
	assert_int_equal(rig->streams[0].n_reports, 0);
	assert_int_equal(rig->streams[0].n_bounds, 0);
	assert_int_equal(rig->connectors[0].n_readies, 0);
	assert_int_equal(rig->connectors[0].n_edids, 0);
	close(owner);
	close(other);
}

TEST(positions_and_frames_reach_the_claimed_object)
{
	struct rig *rig = *state;
	const struct stream *stream = &rig->streams[0];
	const struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_STREAM);
	rig_claim(rig, sock, RIG_CONNECTOR);
	wire_init(&msg, XENAV_OP_STREAM_POSITION, RIG_STREAM);
	msg.stream_position.generation = 5;
	msg.stream_position.position_frames = UINT64_MAX;
	msg.stream_position.when_ns = 77;
	rig_send(sock, &msg);
	wire_init(&msg, XENAV_OP_STREAM_FILLED, RIG_STREAM);
	msg.stream_filled.filled_frames = 4711;
	rig_send(sock, &msg);
	rig_send_ready(sock, RIG_CONNECTOR, 0);
	rig_send_ready(sock, RIG_CONNECTOR, XENAV_FRAME_AGAIN);
	wire_init(&msg, XENAV_OP_FRAME_DONE, RIG_CONNECTOR);
	msg.frame_done.serial = 99;
	rig_send(sock, &msg);
	rig_await(rig, conn->done == 99);
	assert_int_equal(stream->reported_generation, 5);
	assert_true(stream->reported_frames == UINT64_MAX);
	assert_int_equal(stream->reported_ns, 77);
	assert_int_equal(stream->filled_frames, 4711);
	assert_int_equal(conn->n_readies, 2);
	assert_int_equal(conn->n_agains, 1);
	close(sock);
}

TEST(memory_is_asked_for_and_given_back)
{
	struct rig *rig = *state;
	struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	wire_init(&msg, XENAV_OP_FRAME_BUFFER_FREED, RIG_CONNECTOR);
	msg.frame_buffer_gone.buffer = 7;
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_FRAME_BUFFER_FREED, RIG_CONNECTOR, -ENOTCONN);
	rig_claim(rig, sock, RIG_CONNECTOR);
	rig_claim(rig, sock, RIG_STREAM);
	conn->listener->gone(7, conn->data);
	rig_expect(rig, sock, XENAV_OP_FRAME_BUFFER_GONE, RIG_CONNECTOR, &msg);
	assert_int_equal(msg.frame_buffer_gone.buffer, 7);
	wire_init(&msg, XENAV_OP_FRAME_BUFFER_FREED, RIG_CONNECTOR);
	msg.frame_buffer_gone.buffer = 7;
	rig_send(sock, &msg);
	rig_await(rig, conn->n_freed == 1);
	assert_int_equal(conn->freed, 7);
	conn->freed_rc = -EINVAL;
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_FRAME_BUFFER_FREED, RIG_CONNECTOR, -EINVAL);
	wire_init(&msg, XENAV_OP_FRAME_BUFFER_FREED, RIG_STREAM);
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_FRAME_BUFFER_FREED, RIG_STREAM, -EINVAL);
	/* A late consumer is disconnected, but not within the call. */
	conn->listener->late(conn->data);
	assert_int_equal(conn->n_releases, 0);
	rig_expect_end(rig, sock);
	assert_int_equal(conn->n_releases, 1);
	assert_int_equal(rig_warnings, 1);
	assert_non_null(strstr(rig_last_warning, "memory"));
}

TEST(an_edid_reaches_its_connector_and_the_verdict_comes_back)
{
	struct rig *rig = *state;
	struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_CONNECTOR);
	wire_init(&msg, XENAV_OP_CONNECTOR_EDID, RIG_CONNECTOR);
	msg.connector_edid.index = 1;
	msg.connector_edid.n_blocks = 2;
	msg.connector_edid.block[127] = 77;
	rig_send(sock, &msg);
	rig_await(rig, conn->n_edids == 1);
	assert_memory_equal(&conn->edid, &msg.connector_edid, sizeof conn->edid);
	rig_expect_nothing(rig, sock);
	conn->edid_rc = -EINVAL;
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_CONNECTOR_EDID, RIG_CONNECTOR, -EINVAL);
	/* The session goes on. */
	rig_send_plain(sock, XENAV_OP_CONNECTOR_EDID, RIG_CONNECTOR);
	rig_expect_error(rig, sock, XENAV_OP_CONNECTOR_EDID, RIG_CONNECTOR, -EINVAL);
	assert_int_equal(conn->edid.n_blocks, 0);
	close(sock);
	rig_turn(rig);
}

static void offer(int sock, uint32_t object, uint32_t index)
{
	union xenav_msg msg;
	int fd = memfd_create("offer", MFD_CLOEXEC);

	wire_init(&msg, XENAV_OP_CONNECTOR_BUFFER, object);
	msg.connector_buffer.buffer = index;
	msg.connector_buffer.size_bytes = 4096;
	assert_int_equal(wire_send(sock, &msg, fd), 0);
	close(fd);
}

/* The end of every test checks that no descriptor is left. */
TEST(only_a_driver_with_the_right_to_dmabufs_offers_some)
{
	struct rig *rig = *state;
	struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;
	int sock;

	rig_add_objects(rig);
	STAILQ_FIRST(&rig->policy.consumers)->rights.direct = true;
	sock = rig_enter(rig);
	offer(sock, RIG_CONNECTOR, 1);
	rig_expect_error(rig, sock, XENAV_OP_CONNECTOR_BUFFER, RIG_CONNECTOR, -ENOTCONN);
	rig_claim(rig, sock, RIG_STREAM);
	offer(sock, RIG_STREAM, 1);
	rig_expect_error(rig, sock, XENAV_OP_CONNECTOR_BUFFER, RIG_STREAM, -EINVAL);
	rig_claim(rig, sock, RIG_CONNECTOR);
	offer(sock, RIG_CONNECTOR, 1);
	rig_expect_error(rig, sock, XENAV_OP_CONNECTOR_BUFFER, RIG_CONNECTOR, -EACCES);
	rig_send_plain(sock, XENAV_OP_RELEASE, RIG_CONNECTOR);
	wire_init(&msg, XENAV_OP_CLAIM, RIG_CONNECTOR);
	msg.claim.ways = XENAV_WAYS;
	rig_send(sock, &msg);
	rig_expect(rig, sock, XENAV_OP_CLAIMED, RIG_CONNECTOR, &msg);
	assert_int_equal(conn->n_offers, 0);
	offer(sock, RIG_CONNECTOR, 3);
	rig_await(rig, conn->n_offers == 1);
	assert_int_equal(conn->offered_index, 3);
	assert_int_equal(conn->offered_bytes, 4096);
	rig_expect_nothing(rig, sock);
	offer(sock, RIG_CONNECTOR, 4);
	rig_expect_error(rig, sock, XENAV_OP_CONNECTOR_BUFFER, RIG_CONNECTOR, -EINVAL);
	close(sock);
	rig_turn(rig);
}

TEST(a_claim_in_the_middle_is_told_the_state_and_then_every_change)
{
	struct rig *rig = *state;
	struct stream *stream = &rig->streams[0];
	union xenav_msg msg;
	int sock, fd;

	rig_add_objects(rig);
	stream->generation = 9;
	sock = rig_enter(rig);
	rig_claim(rig, sock, RIG_STREAM);
	rig_receive(rig, sock, &msg, &fd);
	assert_int_equal(msg.h.opcode, XENAV_OP_STREAM_OPENED);
	assert_int_equal(msg.stream_opened.generation, 9);
	assert_int_equal(msg.stream_opened.rate_hz, 48000);
	assert_int_equal(msg.stream_opened.buffer_bytes, RIG_RING_BYTES);
	assert_int_equal(msg.stream_opened.period_bytes, 1024);
	assert_int_equal(msg.stream_opened.frame_bytes, 4);
	assert_int_equal(msg.stream_opened.format, 2);
	assert_int_equal(msg.stream_opened.channels, 2);
	assert_true(fd >= 0);
	close(fd);
	rig_expect(rig, sock, XENAV_OP_STREAM_STATE, RIG_STREAM, &msg);
	assert_int_equal(msg.stream_state.state, XENAV_STREAM_STARTED);
	assert_int_equal(msg.stream_state.position_frames, 1000);
	assert_int_equal(msg.stream_state.stood_frames, 42);
	rig_expect(rig, sock, XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
	rig_data(stream, 4100, 60);
	rig_expect(rig, sock, XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
	assert_int_equal(msg.stream_data.position_frames, 4100);
	assert_int_equal(msg.stream_data.frames, 60);
	rig_close(stream);
	rig_expect(rig, sock, XENAV_OP_STREAM_CLOSED, RIG_STREAM, &msg);
	assert_int_equal(msg.stream_closed.generation, 9);
	assert_int_equal(stream->n_resyncs, 1);
	close(sock);
}

TEST(volume_and_mute_are_passed_on)
{
	struct rig *rig = *state;
	struct stream *stream = &rig->streams[0];
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_STREAM);
	rig_open(rig, stream, 3);
	rig_expect(rig, sock, XENAV_OP_STREAM_OPENED, RIG_STREAM, &msg);
	rig_volume(stream, 32, -5000);
	rig_expect(rig, sock, XENAV_OP_STREAM_VOLUME, RIG_STREAM, &msg);
	assert_int_equal(msg.stream_volume.generation, 3);
	assert_int_equal(msg.stream_volume.first_channel, 32);
	assert_int_equal(msg.stream_volume.n_channels, 2);
	assert_int_equal(msg.stream_volume.muted, 2);
	assert_int_equal(msg.stream_volume.volume_mdb[0], -5000);
	assert_int_equal(msg.stream_volume.volume_mdb[1], -4999);
	close(sock);
}

TEST(limits_reach_the_stream_and_are_answered_only_if_refused)
{
	struct rig *rig = *state;
	struct stream *stream = &rig->streams[0];
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_STREAM);
	wire_init(&msg, XENAV_OP_STREAM_LIMITS, RIG_STREAM);
	msg.stream_limits.formats = UINT64_C(1) << 40 | 4;
	msg.stream_limits.rate_min_hz = 1;
	msg.stream_limits.rate_max_hz = 2;
	msg.stream_limits.channels_min = 3;
	msg.stream_limits.channels_max = 4;
	msg.stream_limits.buffer_min_frames = 5;
	msg.stream_limits.buffer_max_frames = 6;
	msg.stream_limits.period_min_frames = 7;
	msg.stream_limits.period_max_frames = UINT32_MAX;
	rig_send(sock, &msg);
	rig_expect_nothing(rig, sock);
	assert_int_equal(stream->n_bounds, 1);
	assert_true(stream->bounds.formats == (UINT64_C(1) << 40 | 4));
	assert_int_equal(stream->bounds.rate_hz.min, 1);
	assert_int_equal(stream->bounds.rate_hz.max, 2);
	assert_int_equal(stream->bounds.channels.min, 3);
	assert_int_equal(stream->bounds.channels.max, 4);
	assert_int_equal(stream->bounds.buffer_frames.min, 5);
	assert_int_equal(stream->bounds.buffer_frames.max, 6);
	assert_int_equal(stream->bounds.period_frames.min, 7);
	assert_int_equal(stream->bounds.period_frames.max, UINT32_MAX);
	stream->bound_rc = -EINVAL;
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_STREAM_LIMITS, RIG_STREAM, -EINVAL);
	close(sock);
}

TEST(a_frame_comes_with_its_buffer)
{
	struct rig *rig = *state;
	struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;
	int sock, fd;

	conn->eager = true;
	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_CONNECTOR);
	rig_expect_nothing(rig, sock);
	rig_send_ready(sock, RIG_CONNECTOR, 0);
	rig_receive(rig, sock, &msg, &fd);
	assert_int_equal(msg.h.opcode, XENAV_OP_FRAME_BUFFER);
	assert_int_equal(msg.frame_buffer.size_bytes, 4096);
	assert_true(fd >= 0);
	close(fd);
	rig_expect(rig, sock, XENAV_OP_FRAME, RIG_CONNECTOR, &msg);
	assert_int_equal(msg.frame.serial, 1);
	assert_int_equal(msg.frame.width_px, 640);
	conn->listener->blank(conn->data);
	rig_expect(rig, sock, XENAV_OP_BLANK, RIG_CONNECTOR, &msg);
	close(sock);
}
