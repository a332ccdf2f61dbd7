/* SPDX-License-Identifier: MIT */
/*
 * daemon/consumer: a consumer that does not keep up.  Its unsent messages are merged or replaced by
 * the present state, they are bounded, and in the end it is dropped; the guest never notices.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test-consumer-rig.h"
#include "test.h"

/* The stream under test, and a stream that fills the socket. */
#define SUBJECT RIG_STREAM
#define FILLER  (RIG_STREAM + 1)

/* Enter a consumer that has claimed all objects, and fill its socket. */
static int enter_full(struct rig *rig)
{
	int sock;

	sock = rig_begin(rig);
	for (uint32_t id = 1; id <= RIG_OBJECTS; id++)
		rig_claim(rig, sock, id);
	rig->streams[0].generation = 1;
	rig->streams[1].generation = 1;
	rig_fill(&rig->streams[1]);
	return sock;
}

/* The next message that is not about the filler. */
static void next(struct rig *rig, int sock, uint16_t opcode, union xenav_msg *msg)
{
	do
		rig_receive(rig, sock, msg, NULL);
	while (msg->h.object == FILLER);
	assert_int_equal(msg->h.opcode, opcode);
}

static void expect_data(struct rig *rig, int sock, uint64_t position_frames, uint32_t frames)
{
	union xenav_msg msg;

	next(rig, sock, XENAV_OP_STREAM_DATA, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	assert_int_equal(msg.stream_data.position_frames, position_frames);
	assert_int_equal(msg.stream_data.frames, frames);
}

static void expect_state(struct rig *rig, int sock, uint32_t state, uint64_t position_frames)
{
	union xenav_msg msg;

	next(rig, sock, XENAV_OP_STREAM_STATE, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	assert_int_equal(msg.stream_state.state, state);
	assert_int_equal(msg.stream_state.position_frames, position_frames);
}

/* Expect the state of the subject, as stream_resync() of the rig sends it. */
static void expect_anew(struct rig *rig, int sock, uint32_t generation)
{
	union xenav_msg msg;

	next(rig, sock, XENAV_OP_STREAM_OPENED, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	assert_int_equal(msg.stream_opened.generation, generation);
	expect_state(rig, sock, XENAV_STREAM_STARTED, 1000);
	expect_data(rig, sock, 4000, 100);
}

/* Expect the state of the filler, and no more messages. */
static void expect_rest(struct rig *rig, int sock)
{
	union xenav_msg msg;

	do {
		rig_receive(rig, sock, &msg, NULL);
		assert_int_equal(msg.h.object, FILLER);
	} while (msg.h.opcode != XENAV_OP_STREAM_OPENED);
	rig_expect(rig, sock, XENAV_OP_STREAM_STATE, FILLER, &msg);
	rig_expect(rig, sock, XENAV_OP_STREAM_DATA, FILLER, &msg);
	rig_expect_nothing(rig, sock);
	close(sock);
	rig_turn(rig);
}

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(unsent_data_without_a_gap_is_merged_up_to_one_ring)
{
	struct rig *rig = *state;
	struct stream *s = &rig->streams[0];
	int sock;

	sock = rig_begin(rig);
	s->generation = 1;
	rig_claim(rig, sock, SUBJECT);
	expect_anew(rig, sock, 1);
	rig_claim(rig, sock, FILLER);
	rig_fill(&rig->streams[1]);

	rig_data(s, 4100, 100);
	rig_data(s, 4200, 50);
	rig_data(s, 4250, 1);
	rig_data(s, 4300, 7); /* a gap */
	rig_data(s, 4307, RIG_RING_FRAMES - 7);
	rig_data(s, 4300 + RIG_RING_FRAMES, 1); /* more than a ring */
	s->generation = 2;
	rig_data(s, 4301 + RIG_RING_FRAMES, 1); /* not the same */
	expect_data(rig, sock, 4100, 151);
	expect_data(rig, sock, 4300, RIG_RING_FRAMES);
	expect_data(rig, sock, 4300 + RIG_RING_FRAMES, 1);
	expect_data(rig, sock, 4301 + RIG_RING_FRAMES, 1);
	close(sock);
}

TEST(only_the_last_of_unsent_states_in_a_row_is_sent)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	const struct stream *s = &rig->streams[0];

	rig_state(s, XENAV_STREAM_STARTED, 0);
	rig_state(s, XENAV_STREAM_PAUSED, 10);
	rig_state(s, XENAV_STREAM_STARTED, 11);
	rig_data(s, 0, 4);
	rig_state(s, XENAV_STREAM_PAUSED, 20);
	expect_state(rig, sock, XENAV_STREAM_STARTED, 11);
	expect_data(rig, sock, 0, 4);
	expect_state(rig, sock, XENAV_STREAM_PAUSED, 20);
	expect_rest(rig, sock);
}

TEST(a_stop_is_told_because_it_voids_what_was_written)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	const struct stream *s = &rig->streams[0];

	rig_data(s, 0, 400);
	rig_state(s, XENAV_STREAM_STARTED, 0);
	rig_state(s, XENAV_STREAM_STOPPED, 50);
	rig_state(s, XENAV_STREAM_STOPPED, 60);
	rig_state(s, XENAV_STREAM_STARTED, 60);
	expect_data(rig, sock, 0, 400);
	expect_state(rig, sock, XENAV_STREAM_STOPPED, 60);
	expect_state(rig, sock, XENAV_STREAM_STARTED, 60);
	expect_rest(rig, sock);
}

static void expect_volume(struct rig *rig, int sock, unsigned first_channel, int32_t volume_mdb)
{
	union xenav_msg msg;

	next(rig, sock, XENAV_OP_STREAM_VOLUME, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	assert_int_equal(msg.stream_volume.first_channel, first_channel);
	assert_int_equal(msg.stream_volume.volume_mdb[0], volume_mdb);
}

TEST(only_the_last_of_unsent_volumes_of_a_channel_is_sent)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	const struct stream *s = &rig->streams[0];

	rig_volume(s, 0, -1);
	rig_volume(s, 0, -2);
	rig_volume(s, 32, -3);
	rig_volume(s, 0, -4);
	rig_data(s, 0, 4);
	for (int i = 0; i < 1000; i++)
		rig_volume(s, 0, -i);
	expect_volume(rig, sock, 0, -2);
	expect_volume(rig, sock, 32, -3);
	expect_volume(rig, sock, 0, -4);
	expect_data(rig, sock, 0, 4);
	expect_volume(rig, sock, 0, -999);
	expect_rest(rig, sock);
}

TEST(sixteen_messages_are_kept)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);

	for (uint64_t i = 0; i < 16; i++)
		rig_data(&rig->streams[0], i * 100, 4);
	for (uint64_t i = 0; i < 16; i++)
		expect_data(rig, sock, i * 100, 4);
	expect_rest(rig, sock);
	assert_int_equal(rig->streams[0].n_resyncs, 1);
}

TEST(the_seventeenth_makes_the_state_be_told_anew)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);

	for (uint64_t i = 0; i < 17; i++)
		rig_data(&rig->streams[0], i * 100, 4);
	rig_data(&rig->streams[0], 1700, 4);
	rig_state(&rig->streams[0], XENAV_STREAM_PAUSED, 1);
	assert_int_equal(rig->streams[0].n_resyncs, 1);
	expect_anew(rig, sock, 1);
	assert_int_equal(rig->streams[0].n_resyncs, 2);
	rig_data(&rig->streams[0], 4100, 4);
	expect_data(rig, sock, 4100, 4);
	close(sock);
}

TEST(a_stream_closed_unseen_is_told_closed_if_it_was_known_open)
{
	struct rig *rig = *state;
	struct stream *s = &rig->streams[0];
	union xenav_msg msg;
	int sock;

	rig_add_objects(rig);
	s->generation = 3;
	sock = rig_enter(rig);
	rig_claim(rig, sock, SUBJECT);
	expect_anew(rig, sock, 3);
	rig_claim(rig, sock, FILLER);
	rig_fill(&rig->streams[1]);

	rig_fill(s);
	rig_close(s);
	rig_open(rig, s, 4);
	rig_close(s);
	next(rig, sock, XENAV_OP_STREAM_CLOSED, &msg);
	assert_int_equal(msg.stream_closed.generation, 3);
	rig_open(rig, s, 5);
	next(rig, sock, XENAV_OP_STREAM_OPENED, &msg);
	assert_int_equal(msg.stream_opened.generation, 5);
	close(sock);
}

TEST(a_stream_opened_and_closed_unseen_is_not_told_at_all)
{
	struct rig *rig = *state;
	struct stream *s = &rig->streams[0];
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, SUBJECT);
	rig_open(rig, s, 1);
	rig_close(s);
	rig_expect(rig, sock, XENAV_OP_STREAM_OPENED, SUBJECT, &msg);
	rig_expect(rig, sock, XENAV_OP_STREAM_CLOSED, SUBJECT, &msg);
	rig->streams[1].generation = 1;
	rig_claim(rig, sock, FILLER);
	rig_fill(&rig->streams[1]);

	rig_open(rig, s, 2);
	for (uint64_t i = 0; i < 20; i++)
		rig_data(s, i * 100, 4);
	rig_close(s);
	assert_int_equal(s->n_resyncs, 1);
	rig_expect(rig, sock, XENAV_OP_STREAM_OPENED, FILLER, &msg);
	rig_expect(rig, sock, XENAV_OP_STREAM_STATE, FILLER, &msg);
	rig_expect(rig, sock, XENAV_OP_STREAM_DATA, FILLER, &msg);
	expect_rest(rig, sock);
	assert_int_equal(s->n_resyncs, 2);
}

TEST(rings_kept_for_a_consumer_are_few)
{
	struct rig *rig = *state;
	struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	union xenav_msg msg;
	int sock;

	limits.unsent_fds = 2;
	rig_limit(rig, &limits);
	sock = enter_full(rig);
	rig_open(rig, &rig->streams[0], 2);
	rig_open(rig, &rig->streams[0], 3);
	next(rig, sock, XENAV_OP_STREAM_OPENED, &msg);
	assert_int_equal(msg.stream_opened.generation, 2);
	next(rig, sock, XENAV_OP_STREAM_OPENED, &msg);
	assert_int_equal(msg.stream_opened.generation, 3);
	rig_fill(&rig->streams[1]);
	for (uint32_t generation = 4; generation < 8; generation++)
		rig_open(rig, &rig->streams[0], generation);
	expect_anew(rig, sock, 7);
	close(sock);
}

TEST(the_unsent_messages_of_a_consumer_are_bounded)
{
	struct rig *rig = *state;
	struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	int sock;

	limits.unsent = 20; /* none of them is the filler's: it is stale */
	limits.unsent_per_stream = 1000;
	rig_limit(rig, &limits);
	sock = enter_full(rig);
	for (uint64_t i = 0; i < 21; i++)
		rig_data(&rig->streams[0], i * 100, 4);
	expect_anew(rig, sock, 1);
	close(sock);
}

TEST(a_frame_is_not_asked_for_before_the_last_one_is_sent)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;

	conn->eager = true;
	for (int i = 0; i < 100; i++)
		rig_send_ready(sock, RIG_CONNECTOR, i == 50 ? XENAV_FRAME_AGAIN : 0);
	rig_await(rig, conn->n_readies);
	rig_turn(rig);
	assert_int_equal(conn->n_readies, 1);
	for (uint64_t serial = 1; serial <= 2; serial++) {
		next(rig, sock, XENAV_OP_FRAME_BUFFER, &msg);
		next(rig, sock, XENAV_OP_FRAME, &msg);
		assert_int_equal(msg.frame.serial, serial);
	}
	rig_expect_nothing(rig, sock);
	assert_int_equal(conn->n_readies, 2);
	assert_int_equal(conn->n_agains, 1);

	rig_fill(&rig->streams[1]);
	rig_send_ready(sock, RIG_CONNECTOR, 0);
	rig_send_ready(sock, RIG_CONNECTOR, 0);
	rig_await(rig, conn->n_readies == 3);
	do
		next(rig, sock, XENAV_OP_FRAME_BUFFER, &msg);
	while (next(rig, sock, XENAV_OP_FRAME, &msg), msg.frame.serial < 4);
	assert_int_equal(conn->n_agains, 1);
	close(sock);
}

TEST(unsent_blanks_in_a_row_are_one)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	const struct connector *conn = &rig->connectors[0];
	union xenav_msg msg;

	for (int i = 0; i < 100; i++)
		conn->listener->blank(conn->data);
	next(rig, sock, XENAV_OP_BLANK, &msg);
	expect_rest(rig, sock);
}

TEST(a_consumer_that_takes_no_answers_is_no_longer_read)
{
	struct rig *rig = *state;
	struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	int sock;

	limits.unsent_replies = 4;
	rig_limit(rig, &limits);
	sock = enter_full(rig);
	for (uint32_t i = 0; i < 20; i++) {
		rig_send_claim(sock, 1000 + i, XENAV_WAY_COPY);
		rig_send_plain(sock, XENAV_OP_STREAM_POSITION, SUBJECT);
	}
	rig_await(rig, rig->streams[0].n_reports == 3);
	rig_turn(rig);
	rig_turn(rig);
	assert_int_equal(rig->streams[0].n_reports, 3);
	for (uint32_t i = 0; i < 20; i++) {
		union xenav_msg msg;

		next(rig, sock, XENAV_OP_ERROR, &msg);
		assert_int_equal(msg.h.object, 1000 + i);
		assert_int_equal(msg.error.error, -ENOENT);
	}
	rig_await(rig, rig->streams[0].n_reports == 20);
	close(sock);
}

TEST(a_released_object_has_nothing_left_to_say)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	struct stream *s = &rig->streams[0];
	struct connector *conn = &rig->connectors[0];

	rig_open(rig, s, 2);
	conn->eager = true;
	rig_send_ready(sock, RIG_CONNECTOR, 0);
	rig_await(rig, conn->n_readies);
	rig_send_plain(sock, XENAV_OP_RELEASE, SUBJECT);
	rig_send_plain(sock, XENAV_OP_RELEASE, RIG_CONNECTOR);
	rig_send_plain(sock, XENAV_OP_RELEASE, FILLER);
	rig_await(rig, rig->streams[1].n_releases);
	for (;;) {
		union xenav_msg msg;
		int passed, rc;

		rig_turn(rig);
		rc = wire_recv(sock, &msg, &passed, true);
		if (rc == -EAGAIN)
			break;
		assert_int_equal(rc, 0);
		assert_int_equal(msg.h.object, FILLER);
	}
	close(sock);
	rig_turn(rig);
}

TEST(an_object_that_goes_takes_its_unsent_messages_with_it)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	union xenav_msg msg;

	rig_open(rig, &rig->streams[0], 2);
	rig_fill(&rig->streams[0]);
	rig_remove_stream(rig, &rig->streams[0]);
	rig_remove_stream(rig, &rig->streams[1]);
	next(rig, sock, XENAV_OP_REMOVED, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	rig_expect(rig, sock, XENAV_OP_REMOVED, FILLER, &msg);
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(a_consumer_that_takes_nothing_is_dropped_and_loses_its_claims)
{
	struct rig *rig = *state;
	struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	int sock, other;

	limits.stall_ms = 20;
	rig_limit(rig, &limits);
	sock = enter_full(rig);
	rig_open(rig, &rig->streams[0], 2);
	rig_await(rig, rig->streams[0].n_releases);
	assert_int_equal(rig->streams[1].n_releases, 1);
	assert_int_equal(rig->connectors[0].n_releases, 1);
	assert_int_equal(rig_warnings, 1);
	assert_non_null(strstr(rig_last_warning, "does not read"));
	other = rig_enter(rig);
	rig->streams[0].generation = 0;
	rig_claim(rig, other, SUBJECT);
	close(other);
	close(sock);
}

TEST(a_consumer_that_leaves_with_a_full_socket_is_let_go)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);

	rig_open(rig, &rig->streams[0], 2);
	close(sock);
	rig_await(rig, rig->streams[0].n_releases);
	assert_int_equal(rig_warnings, 0);
}

TEST(more_objects_than_the_socket_holds_are_announced_as_it_is_read)
{
	enum { N = 2000 };
	struct rig *rig = *state;
	struct stream *streams = calloc(N, sizeof *streams);
	union xenav_msg msg;
	int sock;

	assert_non_null(streams);
	for (int i = 0; i < N; i++) {
		streams[i].info = rig->streams[0].info;
		server_streams.added(&streams[i], rig->server);
	}
	sock = rig_greet(rig);
	rig_expect(rig, sock, XENAV_OP_STREAM_ADDED, 1, &msg);
	/* Neither was announced, so the end of the last one is not told either. */
	rig_send_claim(sock, N - 1, XENAV_WAY_COPY);
	rig_turn(rig);
	server_streams.removed(&streams[N - 1], rig->server);
	server_streams.removed(&streams[1], rig->server);
	for (uint32_t id = 2; id < N; id++) {
		rig_receive(rig, sock, &msg, NULL);
		while (msg.h.opcode != XENAV_OP_STREAM_ADDED) {
			assert_true(msg.h.opcode == XENAV_OP_ERROR || msg.h.object == 2);
			rig_receive(rig, sock, &msg, NULL);
		}
		assert_int_equal(msg.h.object, id);
	}
	rig_expect_nothing(rig, sock);
	assert_int_equal(streams[N - 2].n_claims, 0);
	rig_claim(rig, sock, N - 1);
	close(sock);
	rig_await(rig, streams[N - 2].n_releases);
	server_destroy(rig->server);
	rig->server = NULL;
	free(streams);
}
