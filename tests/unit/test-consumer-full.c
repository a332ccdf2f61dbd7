/* SPDX-License-Identifier: MIT */
/*
 * daemon/consumer: a consumer whose socket is full.  What it asks for, what it releases, what goes,
 * and how it is dropped in the end; the guest never notices.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consumer-backlog.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

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
	struct consumer_limits limits = rig_limits();
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
	struct consumer_limits limits = rig_limits();
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
