/* SPDX-License-Identifier: MIT */
/*
 * libxenav: claims that wait, the end of the first announcements, names of requests in the log, and
 * sockets that the library does not take.
 */
#include <config.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client-fixture.h"

/* -------- announced -------- */

CLIENT_TEST(the_end_of_the_first_announcements_is_told)
{
	struct client *t = *state;

	fake_connector_added(t->sock, 1, "c");
	fake_plain(t->sock, XENAV_OP_ANNOUNCED, 0);
	fake_connector_added(t->sock, 2, "d");
	client_expect_log(t, "connector:7/0/1:800x600:guest:c announced "
			     "connector:7/0/1:800x600:guest:d ");
	fake_plain(t->sock, XENAV_OP_ANNOUNCED, 0);
	client_expect_end(t, -EPROTO);
}

static void act_close(struct client *t)
{
	xenav_close(t->x);
}

CLIENT_TEST(a_program_may_leave_when_nothing_is_there)
{
	struct client *t = *state;

	t->act_on = "announced";
	t->act = act_close;
	fake_plain(t->sock, XENAV_OP_ANNOUNCED, 0);
	fake_connector_added(t->sock, 1, "c");
	assert_int_equal(xenav_dispatch(t->x), -ECANCELED);
	assert_string_equal(t->log, "announced ");
	t->x = NULL;
}

/* -------- claims -------- */

static void add_stream(struct client *t, uint8_t direction)
{
	fake_stream_added(t->sock, 1, direction, "s");
	client_dispatch(t);
	t->log[0] = 0;
}

CLIENT_TEST(a_claim_waits_and_is_granted_later)
{
	struct client *t = *state;
	union xenav_msg msg;

	add_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_stream_claim_wait(t->s), 0);
	assert_int_equal(xenav_stream_claim_wait(t->s), -EALREADY);
	assert_int_equal(xenav_stream_claim(t->s), -EALREADY);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM_WAIT, 1);
	assert_int_equal(msg.claim.mode, XENAV_MODE_DRIVE);
	assert_int_equal(msg.claim.ways, XENAV_WAY_COPY);
	client_expect_log(t, "");
	fake_claimed(t->sock, 1);
	client_expect_log(t, "claimed ");
	/* Later claims wait only if they are asked to. */
	assert_int_equal(xenav_stream_release(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 1);
	assert_int_equal(xenav_stream_claim(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
}

CLIENT_TEST(a_connector_is_waited_for_in_the_same_way)
{
	struct client *t = *state;
	union xenav_msg msg;

	fake_connector_added(t->sock, 2, "c");
	client_dispatch(t);
	t->log[0] = 0;
	assert_int_equal(xenav_connector_set_ways(t->c, XENAV_WAY_COPY | XENAV_WAY_DIRECT), 0);
	assert_int_equal(xenav_connector_claim_wait(t->c), 0);
	assert_int_equal(xenav_connector_claim_wait(t->c), -EALREADY);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM_WAIT, 2);
	assert_int_equal(msg.claim.ways, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	fake_claimed(t->sock, 2);
	client_expect_log(t, "claimed ");
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
}

CLIENT_TEST(a_wait_that_is_given_up_has_no_answer_for_the_program)
{
	struct client *t = *state;
	union xenav_msg msg;

	add_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_stream_claim_wait(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM_WAIT, 1);
	assert_int_equal(xenav_stream_release(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 1);
	assert_int_equal(xenav_stream_claim_wait(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM_WAIT, 1);
	fake_error(t->sock, 1, XENAV_OP_CLAIM_WAIT, -ECANCELED);
	client_expect_log(t, "");
	fake_claimed(t->sock, 1);
	client_expect_log(t, "claimed ");
}

CLIENT_TEST(a_capture_stream_is_not_waited_for)
{
	struct client *t = *state;

	add_stream(t, XENAV_CAPTURE);
	assert_int_equal(xenav_stream_claim_wait(t->s), -EOPNOTSUPP);
	client_expect_silence(t);
}

static void keep_line(void *data, int, const char *text)
{
	strcpy(data, text);
}

CLIENT_TEST(a_wait_that_is_refused_is_told_and_named_in_the_log)
{
	struct client *t = *state;
	char line[256] = "";

	xenav_log_set_handler(t->x, keep_line, line);
	add_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_stream_claim_wait(t->s), 0);
	fake_error(t->sock, 1, XENAV_OP_CLAIM_WAIT, -EUSERS);
	client_expect_log(t, "claim-failed:-87 ");
	assert_string_equal(line, "CLAIM_WAIT of object 1 failed: Too many users");
	fake_error(t->sock, 1, 0x7abc, -EINVAL);
	client_expect_log(t, "");
	assert_string_equal(line, "0x7abc of object 1 failed: Invalid argument");
}

/* -------- sockets -------- */

static int open_fd(int fd)
{
	const struct xenav_listener none = {.size = sizeof none};
	struct xenav *x;

	return xenav_open_fd(&x, fd, "test", &none, NULL);
}

CLIENT_TEST(only_a_connected_seqpacket_socket_is_taken)
{
	int fds[2];

	assert_int_equal(open_fd(-1), -EBADF);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(open_fd(fds[0]), -ENOTSOCK);
	close(fds[0]);
	close(fds[1]);
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
		assert_int_equal(open_fd(fds[0]), -EPROTOTYPE);
		close(fds[0]);
		close(fds[1]);
	}
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(open_fd(fds[0]), -EPROTOTYPE);
	close(fds[0]);
	fds[0] = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(open_fd(fds[0]), -ENOTCONN);
	/* It is still the caller's. */
	assert_int_equal(close(fds[0]), 0);
}
