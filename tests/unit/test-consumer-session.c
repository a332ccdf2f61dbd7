/* SPDX-License-Identifier: MIT */
/*
 * daemon/consumer: one consumer from HELLO to its end, its announcements, and violations of the
 * protocol.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "test-consumer-rig.h"
#include "test.h"

/* The most descriptors that the kernel passes with one message. */
#define MANY_FDS 253

/* -------- HELLO -------- */

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(a_hello_is_answered_with_welcome)
{
	struct rig *rig = *state;
	const int sock = rig_connect(rig);
	union xenav_msg msg;

	rig_expect_nothing(rig, sock);
	rig_hello(&msg);
	rig_send(sock, &msg);
	rig_expect(rig, sock, XENAV_OP_WELCOME, 0, &msg);
	assert_int_equal(msg.hello.major, XENAV_PROTO_MAJOR);
	assert_int_equal(msg.hello.minor, XENAV_PROTO_MINOR);
	assert_int_equal(msg.hello.features, XENAV_FEATURE_RESUME | XENAV_FEATURE_TAKEN);
	assert_string_equal(msg.hello.name, "xenavd");
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(another_minor_version_and_features_are_welcome)
{
	struct rig *rig = *state;
	const int sock = rig_connect(rig);
	union xenav_msg msg;

	rig_hello(&msg);
	msg.hello.minor = UINT16_MAX;
	msg.hello.features = UINT64_MAX;
	rig_send(sock, &msg);
	rig_expect(rig, sock, XENAV_OP_WELCOME, 0, &msg);
	assert_int_equal(msg.hello.features, XENAV_FEATURE_RESUME | XENAV_FEATURE_TAKEN);
	rig_expect(rig, sock, XENAV_OP_TOKEN, 0, &msg);
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(another_major_version_learns_ours_and_is_dropped)
{
	struct rig *rig = *state;
	const int sock = rig_connect(rig);
	union xenav_msg msg;

	rig_add_objects(rig);
	rig_hello(&msg);
	msg.hello.major++;
	rig_send(sock, &msg);
	/* The consumer gets the answer also when more requests of it follow. */
	rig_send_claim(sock, RIG_STREAM, XENAV_WAY_COPY);
	rig_turn(rig);
	assert_int_equal(recv(sock, &msg, sizeof msg, MSG_DONTWAIT), sizeof msg.hello);
	assert_int_equal(msg.h.opcode, XENAV_OP_WELCOME);
	assert_int_equal(msg.hello.major, XENAV_PROTO_MAJOR);
	rig_expect_end(rig, sock);
	assert_int_equal(rig->streams[0].n_claims, 0);
	assert_int_equal(rig_warnings, 1);
}

TEST(nothing_is_served_before_hello)
{
	struct rig *rig = *state;
	const int sock = rig_connect(rig);

	rig_add_objects(rig);
	rig_send_claim(sock, RIG_STREAM, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, RIG_STREAM, -EPROTO);
	rig_expect_end(rig, sock);
	assert_int_equal(rig->streams[0].n_claims, 0);
}

TEST(a_second_hello_ends_the_session)
{
	struct rig *rig = *state;
	const int sock = rig_greet(rig);
	union xenav_msg msg;

	rig_hello(&msg);
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_HELLO, 0, -EPROTO);
	rig_expect_end(rig, sock);
}

TEST(a_silent_consumer_does_not_keep_its_place)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();
	int sock;

	limits.hello_ms = 1;
	rig_limit(rig, &limits);
	sock = rig_connect(rig);
	rig_expect_end(rig, sock);
}

TEST(after_hello_a_consumer_may_be_silent)
{
	struct rig *rig = *state;
	const int before = event_base_get_num_events(rig->base, EVENT_BASE_COUNT_ADDED);
	const int sock = rig_greet(rig);

	/* Only the socket of the consumer is waited for: no timer runs. */
	assert_int_equal(event_base_get_num_events(rig->base, EVENT_BASE_COUNT_ADDED), before + 1);
	close(sock);
}

TEST(the_log_names_a_dropped_consumer_on_one_printable_line)
{
	struct rig *rig = *state;
	const int sock = rig_connect(rig);
	union xenav_msg msg;
	char who[64];

	rig_hello(&msg);
	memset(msg.hello.name, '\n', sizeof msg.hello.name - 1);
	memcpy(msg.hello.name, "evil", 4);
	rig_send(sock, &msg);
	rig_expect(rig, sock, XENAV_OP_WELCOME, 0, &msg);
	rig_send_plain(sock, XENAV_OP_REMOVED, 1);
	rig_expect_error(rig, sock, XENAV_OP_REMOVED, 1, -EOPNOTSUPP);
	rig_expect_end(rig, sock);
	assert_int_equal(rig_warnings, 1);
	assert_ptr_equal(strstr(rig_last_warning, "evil???"), rig_last_warning);
	assert_null(strchr(rig_last_warning, '\n'));
	snprintf(who, sizeof who, "(pid %d, uid %u)", (int)getpid(), (unsigned)getuid());
	assert_non_null(strstr(rig_last_warning, who));
}

/* -------- announcements -------- */

TEST(objects_are_announced_after_welcome)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	rig_add_objects(rig);
	sock = rig_greet(rig);
	rig_expect(rig, sock, XENAV_OP_STREAM_ADDED, 1, &msg);
	assert_int_equal(msg.stream_added.domid, 7);
	assert_int_equal(msg.stream_added.devid, 1);
	assert_int_equal(msg.stream_added.pcm, 2);
	assert_int_equal(msg.stream_added.stream, 0);
	assert_int_equal(msg.stream_added.direction, XENAV_PLAYBACK);
	assert_string_equal(msg.stream_added.domain_name, "guest");
	assert_string_equal(msg.stream_added.unique_id, "sound-id");
	assert_string_equal(msg.stream_added.pcm_name, "General");
	rig_expect(rig, sock, XENAV_OP_STREAM_ADDED, 2, &msg);
	assert_int_equal(msg.stream_added.direction, XENAV_CAPTURE);
	rig_expect(rig, sock, XENAV_OP_CONNECTOR_ADDED, 3, &msg);
	rig_expect(rig, sock, XENAV_OP_CONNECTOR_ADDED, 4, &msg);
	assert_int_equal(msg.connector_added.domid, 7);
	assert_int_equal(msg.connector_added.devid, 3);
	assert_int_equal(msg.connector_added.connector, 1);
	assert_int_equal(msg.connector_added.width_px, 800);
	assert_int_equal(msg.connector_added.height_px, 600);
	assert_string_equal(msg.connector_added.unique_id, "display-id");
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(later_objects_are_announced_to_all_under_new_numbers)
{
	struct rig *rig = *state;
	const int mute = rig_connect(rig);
	int socks[2] = {rig_greet(rig), rig_greet(rig)};
	union xenav_msg msg;

	rig_add_objects(rig);
	rig_remove_connector(rig, &rig->connectors[1]);
	rig_remove_stream(rig, &rig->streams[0]);
	server_streams.added(&rig->streams[0], rig->server);
	for (int i = 0; i < 2; i++) {
		for (uint32_t id = 1; id <= RIG_OBJECTS; id++)
			rig_expect(rig, socks[i],
				   id <= 2 ? XENAV_OP_STREAM_ADDED : XENAV_OP_CONNECTOR_ADDED, id,
				   &msg);
		rig_expect(rig, socks[i], XENAV_OP_REMOVED, 4, &msg);
		rig_expect(rig, socks[i], XENAV_OP_REMOVED, 1, &msg);
		rig_expect(rig, socks[i], XENAV_OP_STREAM_ADDED, 5, &msg);
		close(socks[i]);
	}
	rig_expect_nothing(rig, mute);
	close(mute);
}

TEST(names_that_are_too_long_are_cut)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	char name[300];
	int sock;

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	rig->streams[0].info.unique_id = name;
	server_streams.added(&rig->streams[0], rig->server);
	sock = rig_greet(rig);
	rig_expect(rig, sock, XENAV_OP_STREAM_ADDED, 1, &msg);
	assert_int_equal(strlen(msg.stream_added.unique_id), sizeof msg.stream_added.unique_id - 1);
	close(sock);
}

/* -------- what is not to be believed -------- */

TEST(messages_of_the_daemon_are_refused_from_a_consumer)
{
	struct rig *rig = *state;
	size_t n;
	const struct wire_op *ops = wire_ops(&n);

	for (size_t i = 0; i < n; i++) {
		int sock;

		if (!(ops[i].opcode & XENAV_FROM_DAEMON))
			continue;
		sock = rig_greet(rig);
		rig_send_plain(sock, ops[i].opcode, 0);
		rig_expect_error(rig, sock, ops[i].opcode, 0, -EOPNOTSUPP);
		rig_expect_end(rig, sock);
	}
}

TEST(messages_of_a_wrong_length_end_the_session)
{
	struct rig *rig = *state;
	size_t n;
	const struct wire_op *ops = wire_ops(&n);

	for (size_t i = 0; i < n; i++) {
		for (int off = -1; off <= 1; off += 2) {
			union xenav_msg msg;
			int sock;

			if (ops[i].opcode & XENAV_FROM_DAEMON)
				continue;
			sock = rig_greet(rig);
			wire_init(&msg, ops[i].opcode, 1);
			msg.h.size = (uint16_t)(msg.h.size + off);
			rig_send(sock, &msg);
			rig_receive(rig, sock, &msg, NULL);
			assert_int_equal(msg.h.opcode, XENAV_OP_ERROR);
			assert_int_equal(msg.error.error, -EPROTO);
			rig_expect_end(rig, sock);
		}
	}
}

TEST(garbage_of_any_length_hurts_only_its_sender)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int good;

	good = rig_begin(rig);
	rig_claim(rig, good, RIG_STREAM);
	srand(1);
	for (size_t len = 0; len < 300; len++) {
		unsigned char bytes[300];
		const int bad = rig_greet(rig);

		for (size_t i = 0; i < len; i++)
			bytes[i] = (unsigned char)rand();
		assert_int_equal(send(bad, bytes, len, MSG_NOSIGNAL), len);
		rig_turn(rig);
		close(bad);
	}
	rig_data(&rig->streams[0], 0, 4);
	rig_expect(rig, good, XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
	close(good);
}

static void send_with_fds(int sock, const union xenav_msg *msg, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(MANY_FDS * sizeof(int))];
	} control;
	union xenav_msg copy = *msg;
	struct iovec iov = {.iov_base = &copy, .iov_len = copy.h.size};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes};
	struct cmsghdr *c;
	int fds[MANY_FDS];

	for (size_t i = 0; i < n; i++)
		fds[i] = sock;
	memset(&control, 0, sizeof control);
	hdr.msg_controllen = CMSG_SPACE(n * sizeof(int));
	c = CMSG_FIRSTHDR(&hdr);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	assert_true(sendmsg(sock, &hdr, MSG_NOSIGNAL) > 0);
}

TEST(descriptors_from_a_consumer_are_refused)
{
	static const size_t counts[] = {1, 2, MANY_FDS};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		const int sock = rig_connect(rig);
		union xenav_msg msg;

		rig_hello(&msg);
		send_with_fds(sock, &msg, counts[i]);
		rig_expect_error(rig, sock, XENAV_OP_HELLO, 0, -EPROTO);
		rig_expect_end(rig, sock);
	}
}

static void turn_once(struct rig *rig)
{
	assert_true(event_base_loop(rig->base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

TEST(a_consumer_that_sends_without_end_does_not_keep_others_waiting)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();
	int sock;

	/* The number of messages alone ends a turn here, not how long they take. */
	limits.burst = 10;
	limits.turn_us = UINT_MAX;
	rig_limit(rig, &limits);
	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_STREAM);
	for (int i = 0; i < 25; i++)
		rig_send_plain(sock, XENAV_OP_STREAM_POSITION, RIG_STREAM);
	turn_once(rig);
	assert_int_equal(rig->streams[0].n_reports, 10);
	turn_once(rig);
	assert_int_equal(rig->streams[0].n_reports, 20);
	turn_once(rig);
	assert_int_equal(rig->streams[0].n_reports, 25);
	close(sock);
}

TEST(a_takeover_is_told_and_a_report_beyond_time_refused)
{
	struct rig *rig = *state;
	struct stream *stream = &rig->streams[0];
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_STREAM);
	rig_open(rig, stream, 3);
	rig_expect(rig, sock, XENAV_OP_STREAM_OPENED, RIG_STREAM, &msg);
	stream->listener->moved(3, 4800, 17, stream->data);
	rig_expect(rig, sock, XENAV_OP_STREAM_MOVED, RIG_STREAM, &msg);
	assert_int_equal(msg.stream_moved.generation, 3);
	assert_int_equal(msg.stream_moved.position_frames, 4800);
	assert_int_equal(msg.stream_moved.when_ns, 17);
	stream->report_rc = -ERANGE;
	wire_init(&msg, XENAV_OP_STREAM_POSITION, RIG_STREAM);
	msg.stream_position.position_frames = UINT64_MAX;
	msg.stream_position.carry_frames = 99;
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_STREAM_POSITION, RIG_STREAM, -ERANGE);
	/* The consumer stays. */
	stream->report_rc = 0;
	rig_send(sock, &msg);
	rig_expect_nothing(rig, sock);
	assert_int_equal(stream->n_reports, 2);
	assert_int_equal(stream->reported_carry, 99);
	close(sock);
}
