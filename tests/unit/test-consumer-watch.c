/* SPDX-License-Identifier: MIT */
/* daemon/consumer: watchers, with and without a consumer that drives. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "test-consumer-rig.h"
#include "test.h"

#define CAPTURE RIG_CAPTURE

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(watches_stand_beside_a_claim_in_any_order)
{
	static const uint32_t ids[] = {RIG_STREAM, RIG_CONNECTOR, RIG_OBJECTS};
	struct rig *rig = *state;
	int driver, first, second;

	driver = rig_begin(rig);
	first = rig_enter(rig);
	second = rig_enter(rig);
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		rig_watch(rig, first, ids[i]);
		rig_claim(rig, driver, ids[i]);
		rig_watch(rig, second, ids[i]);
		rig_send_plain(driver, XENAV_OP_RELEASE, ids[i]);
		rig_send_plain(first, XENAV_OP_RELEASE, ids[i]);
		rig_expect_nothing(rig, driver);
		/* The consumer that drove may watch now, and the other way round. */
		rig_watch(rig, driver, ids[i]);
		rig_claim(rig, first, ids[i]);
		rig_send_claim(second, CAPTURE, XENAV_WAY_COPY);
		rig_expect(rig, second, XENAV_OP_CLAIMED, CAPTURE, &(union xenav_msg){0});
		rig_send_plain(second, XENAV_OP_RELEASE, CAPTURE);
	}
	close(driver);
	close(first);
	close(second);
}

TEST(a_consumer_has_an_object_in_one_way)
{
	struct rig *rig = *state;
	int sock;

	sock = rig_begin(rig);
	rig_watch(rig, sock, RIG_STREAM);
	rig_claim(rig, sock, RIG_CONNECTOR);
	for (uint32_t id = RIG_STREAM; id <= RIG_CONNECTOR; id += RIG_CONNECTOR - RIG_STREAM) {
		rig_send_watch(sock, id);
		rig_expect_error(rig, sock, XENAV_OP_CLAIM, id, -EALREADY);
		rig_send_claim(sock, id, XENAV_WAY_COPY);
		rig_expect_error(rig, sock, XENAV_OP_CLAIM, id, -EALREADY);
	}
	assert_int_equal(rig->streams[0].n_claims, 1);
	assert_int_equal(rig->connectors[0].n_claims, 1);
	close(sock);
}

TEST(a_capture_stream_cannot_be_watched)
{
	struct rig *rig = *state;
	int sock;

	sock = rig_begin(rig);
	rig_send_watch(sock, CAPTURE);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, CAPTURE, -EOPNOTSUPP);
	rig_claim(rig, sock, CAPTURE);
	close(sock);
}

TEST(only_so_many_watch_an_object)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();
	int socks[XENAV_MAX_WATCHERS + 1], driver;

	limits.consumers_per_uid = limits.consumers;
	rig_limit(rig, &limits);
	driver = rig_begin(rig);
	for (unsigned i = 0; i <= XENAV_MAX_WATCHERS; i++)
		socks[i] = rig_enter(rig);
	for (uint32_t id = RIG_STREAM; id <= RIG_CONNECTOR; id += RIG_CONNECTOR - RIG_STREAM) {
		for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++)
			rig_watch(rig, socks[i], id);
		rig_send_watch(socks[XENAV_MAX_WATCHERS], id);
		rig_expect_error(rig, socks[XENAV_MAX_WATCHERS], XENAV_OP_CLAIM, id, -EUSERS);
		rig_claim(rig, driver, id);
	}
	close(socks[0]);
	rig_await(rig, rig->connectors[0].n_releases);
	rig_watch(rig, socks[XENAV_MAX_WATCHERS], RIG_STREAM);
	rig_watch(rig, socks[XENAV_MAX_WATCHERS], RIG_CONNECTOR);
	for (unsigned i = 1; i <= XENAV_MAX_WATCHERS; i++)
		close(socks[i]);
	close(driver);
}

TEST(a_watcher_cannot_drive)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int driver, watcher;

	driver = rig_begin(rig);
	watcher = rig_enter(rig);
	rig_claim(rig, driver, RIG_STREAM);
	rig_watch(rig, watcher, RIG_STREAM);
	rig_watch(rig, watcher, RIG_CONNECTOR);
	rig_send_plain(watcher, XENAV_OP_STREAM_POSITION, RIG_STREAM);
	rig_expect_error(rig, watcher, XENAV_OP_STREAM_POSITION, RIG_STREAM, -EPERM);
	rig_send_plain(watcher, XENAV_OP_STREAM_FILLED, RIG_STREAM);
	rig_expect_error(rig, watcher, XENAV_OP_STREAM_FILLED, RIG_STREAM, -EPERM);
	rig_send_plain(watcher, XENAV_OP_STREAM_LIMITS, RIG_STREAM);
	rig_expect_error(rig, watcher, XENAV_OP_STREAM_LIMITS, RIG_STREAM, -EPERM);
	rig_send_plain(watcher, XENAV_OP_CONNECTOR_EDID, RIG_CONNECTOR);
	rig_expect_error(rig, watcher, XENAV_OP_CONNECTOR_EDID, RIG_CONNECTOR, -EPERM);
	assert_int_equal(rig->streams[0].n_bounds, 0);
	assert_int_equal(rig->connectors[0].n_edids, 0);
	rig_send_plain(watcher, XENAV_OP_STREAM_POSITION, RIG_CONNECTOR);
	rig_expect_error(rig, watcher, XENAV_OP_STREAM_POSITION, RIG_CONNECTOR, -EINVAL);
	rig_send_ready(watcher, RIG_STREAM, 0);
	rig_expect_error(rig, watcher, XENAV_OP_FRAME_READY, RIG_STREAM, -EINVAL);
	wire_init(&msg, XENAV_OP_STREAM_POSITION, RIG_STREAM);
	rig_send(driver, &msg);
	rig_await(rig, rig->streams[0].n_reports);
	assert_int_equal(rig->streams[0].n_reports, 1);
	rig_expect_nothing(rig, watcher);
	close(driver);
	close(watcher);
}

TEST(all_are_told_and_each_comes_in_by_itself)
{
	struct rig *rig = *state;
	struct stream *stream = &rig->streams[0];
	union xenav_msg msg;
	int socks[3];

	rig_add_objects(rig);
	stream->generation = 9;
	for (int i = 0; i < 3; i++) {
		socks[i] = rig_enter(rig);
		if (i == 1)
			rig_claim(rig, socks[i], RIG_STREAM);
		else
			rig_watch(rig, socks[i], RIG_STREAM);
		rig_expect(rig, socks[i], XENAV_OP_STREAM_OPENED, RIG_STREAM, &msg);
		rig_expect(rig, socks[i], XENAV_OP_STREAM_STATE, RIG_STREAM, &msg);
		rig_expect(rig, socks[i], XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
		for (int j = 0; j < i; j++)
			rig_expect_nothing(rig, socks[j]);
	}
	rig_data(stream, 4100, 60);
	rig_volume(stream, 0, -500);
	rig_close(stream);
	for (int i = 0; i < 3; i++) {
		rig_expect(rig, socks[i], XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
		assert_int_equal(msg.stream_data.position_frames, 4100);
		rig_expect(rig, socks[i], XENAV_OP_STREAM_VOLUME, RIG_STREAM, &msg);
		assert_int_equal(msg.stream_volume.volume_mdb[0], -500);
		rig_expect(rig, socks[i], XENAV_OP_STREAM_CLOSED, RIG_STREAM, &msg);
	}
	assert_int_equal(stream->n_resyncs, 3);
	for (int i = 0; i < 3; i++)
		close(socks[i]);
}

TEST(each_has_its_own_frames)
{
	struct rig *rig = *state;
	struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;
	int driver, watcher;

	conn->eager = true;
	driver = rig_begin(rig);
	watcher = rig_enter(rig);
	rig_claim(rig, driver, RIG_CONNECTOR);
	rig_watch(rig, watcher, RIG_CONNECTOR);
	for (uint64_t serial = 1; serial <= 3; serial++) {
		rig_send_ready(watcher, RIG_CONNECTOR, 0);
		rig_expect(rig, watcher, XENAV_OP_FRAME_BUFFER, RIG_CONNECTOR, &msg);
		rig_expect(rig, watcher, XENAV_OP_FRAME, RIG_CONNECTOR, &msg);
		assert_int_equal(msg.frame.serial, serial);
		wire_init(&msg, XENAV_OP_FRAME_DONE, RIG_CONNECTOR);
		msg.frame_done.serial = serial;
		rig_send(watcher, &msg);
	}
	rig_expect_nothing(rig, driver);
	assert_int_equal(conn->n_readies, 0);
	assert_int_equal(conn->done, 0);
	rig_send_ready(driver, RIG_CONNECTOR, 0);
	rig_expect(rig, driver, XENAV_OP_FRAME_BUFFER, RIG_CONNECTOR, &msg);
	rig_expect(rig, driver, XENAV_OP_FRAME, RIG_CONNECTOR, &msg);
	assert_int_equal(msg.frame.serial, 1);
	rig_expect_nothing(rig, watcher);
	close(driver);
	close(watcher);
}

TEST(a_consumer_that_dies_leaves_the_others_their_claims)
{
	struct rig *rig = *state;
	struct stream *stream = &rig->streams[0];
	union xenav_msg msg;
	int driver, first, second;

	driver = rig_begin(rig);
	first = rig_enter(rig);
	second = rig_enter(rig);
	rig_watch(rig, first, RIG_STREAM);
	rig_claim(rig, driver, RIG_STREAM);
	rig_watch(rig, second, RIG_STREAM);
	rig_open(rig, stream, 5);
	close(first);
	rig_await(rig, stream->n_releases == 1);
	assert_non_null(stream->listener);
	close(driver);
	rig_await(rig, stream->n_releases == 2);
	assert_null(stream->listener);
	rig_data(stream, 0, 40);
	rig_expect(rig, second, XENAV_OP_STREAM_OPENED, RIG_STREAM, &msg);
	rig_expect(rig, second, XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
	driver = rig_enter(rig);
	rig_claim(rig, driver, RIG_STREAM);
	rig_expect_nothing(rig, second);
	close(second);
	rig_await(rig, stream->n_releases == 3);
	assert_non_null(stream->listener);
	close(driver);
}

TEST(an_object_that_goes_is_gone_for_all)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int socks[3];

	rig_add_objects(rig);
	for (int i = 0; i < 3; i++)
		socks[i] = rig_enter(rig);
	rig_claim(rig, socks[0], RIG_STREAM);
	rig_watch(rig, socks[1], RIG_STREAM);
	rig_watch(rig, socks[2], RIG_STREAM);
	rig_remove_stream(rig, &rig->streams[0]);
	for (int i = 0; i < 3; i++) {
		rig_expect(rig, socks[i], XENAV_OP_REMOVED, RIG_STREAM, &msg);
		rig_expect_nothing(rig, socks[i]);
		close(socks[i]);
	}
	rig_turn(rig);
}

/* The busy consumer gets each message once, while the idle one reads none until it is dropped. */
static void drop_beside(struct rig *rig, int idle, int busy, const bool idle_drives)
{
	struct stream *stream = &rig->streams[0];
	union xenav_msg msg;
	uint64_t at = 0;

	rig_open(rig, stream, 5);
	rig_expect(rig, busy, XENAV_OP_STREAM_OPENED, RIG_STREAM, &msg);
	while (stream->n_releases == 0) {
		rig_data(stream, at, 8);
		rig_expect(rig, busy, XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
		assert_int_equal(msg.stream_data.position_frames, at);
		at += 16;
		rig_turn(rig);
	}
	assert_int_equal(stream->n_releases, 1);
	assert_int_equal(stream->listener == NULL, idle_drives);
	assert_int_equal(rig_warnings, 1);
	rig_data(stream, at, 8);
	rig_expect(rig, busy, XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
	close(idle);
	close(busy);
}

TEST(a_watcher_that_does_not_read_is_dropped_and_others_do_not_notice)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();
	int idle, busy;

	limits.stall_ms = 50;
	rig_limit(rig, &limits);
	idle = rig_begin(rig);
	busy = rig_enter(rig);
	rig_watch(rig, idle, RIG_STREAM);
	rig_claim(rig, busy, RIG_STREAM);
	drop_beside(rig, idle, busy, false);
}

TEST(a_claimant_that_does_not_read_is_dropped_and_watchers_do_not_notice)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();
	int idle, busy;

	limits.stall_ms = 50;
	rig_limit(rig, &limits);
	idle = rig_begin(rig);
	busy = rig_enter(rig);
	rig_claim(rig, idle, RIG_STREAM);
	rig_watch(rig, busy, RIG_STREAM);
	drop_beside(rig, idle, busy, true);
}

TEST(only_a_driver_says_how_often_its_screen_is_refreshed)
{
	struct rig *rig = *state;
	struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;
	int driver, watcher;

	driver = rig_begin(rig);
	watcher = rig_enter(rig);
	rig_claim(rig, driver, RIG_CONNECTOR);
	rig_watch(rig, watcher, RIG_CONNECTOR);
	wire_init(&msg, XENAV_OP_CONNECTOR_REFRESH, RIG_CONNECTOR);
	msg.connector_refresh.period_ns = 5000000;
	rig_send(watcher, &msg);
	rig_expect_error(rig, watcher, XENAV_OP_CONNECTOR_REFRESH, RIG_CONNECTOR, -EPERM);
	assert_int_equal(conn->period_ns, 0);
	rig_send(driver, &msg);
	rig_await(rig, conn->period_ns == 5000000);
	rig_expect_nothing(rig, driver);
	conn->refresh_rc = -EINVAL;
	rig_send(driver, &msg);
	rig_expect_error(rig, driver, XENAV_OP_CONNECTOR_REFRESH, RIG_CONNECTOR, -EINVAL);
	close(driver);
	close(watcher);
	rig_turn(rig);
}
