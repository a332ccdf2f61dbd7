/* SPDX-License-Identifier: MIT */
/*
 * libxenav: the connection and claims.  The daemon is a socketpair.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* sndif.h needs a barrier for its rings, which are not used here, and these types. */
#include <stdint.h>
#define xen_mb()
#include <xen/xen.h>

#include <xen/io/sndif.h>

#include "client-fixture.h"
#include "wire/wire.h"

CLIENT_TEST(objects_are_announced_and_removed)
{
	struct client *t = *state;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "play");
	fake_stream_added(t->sock, 2, XENAV_CAPTURE, "mic");
	fake_connector_added(t->sock, 3, "screen");
	client_expect_log(t, "stream:7/1/2/3/0:guest:play:card stream:7/1/2/3/1:guest:mic:card "
			     "connector:7/0/1:800x600:guest:screen ");
	fake_plain(t->sock, XENAV_OP_REMOVED, 2);
	fake_plain(t->sock, XENAV_OP_REMOVED, 3);
	client_expect_log(t, "stream-removed:mic connector-removed:screen ");
	/* An id may come back. */
	fake_connector_added(t->sock, 2, "other");
	client_expect_log(t, "connector:7/0/1:800x600:guest:other ");
}

CLIENT_TEST(objects_carry_a_pointer_of_the_program)
{
	struct client *t = *state;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "play");
	fake_connector_added(t->sock, 3, "screen");
	client_dispatch(t);
	assert_null(xenav_stream_get_data(t->s));
	assert_null(xenav_connector_get_data(t->c));
	xenav_stream_set_data(t->s, t);
	xenav_connector_set_data(t->c, &t->c);
	assert_ptr_equal(xenav_stream_get_data(t->s), t);
	assert_ptr_equal(xenav_connector_get_data(t->c), &t->c);
}

CLIENT_TEST(a_claim_is_answered)
{
	struct client *t = *state;
	union xenav_msg msg;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "play");
	client_dispatch(t);
	t->log[0] = 0;
	assert_int_equal(xenav_stream_release(t->s), -EINVAL);
	assert_int_equal(xenav_stream_claim(t->s), 0);
	assert_int_equal(xenav_stream_claim(t->s), -EALREADY);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	fake_error(t->sock, 1, XENAV_OP_CLAIM, -EBUSY);
	client_expect_log(t, "claim-failed:-16 ");
	assert_int_equal(xenav_stream_claim(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	fake_claimed(t->sock, 1);
	client_expect_log(t, "claimed ");
	client_expect_silence(t);
	assert_int_equal(xenav_stream_release(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 1);
}

CLIENT_TEST(only_the_answer_to_the_last_claim_counts)
{
	struct client *t = *state;
	union xenav_msg msg;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "play");
	client_dispatch(t);
	t->log[0] = 0;
	assert_int_equal(xenav_stream_claim(t->s), 0);
	assert_int_equal(xenav_stream_release(t->s), 0);
	assert_int_equal(xenav_stream_claim(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 1);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	/* The answer to the first claim, and its open stream, belong to a claim that is given up.
	 */
	fake_claimed(t->sock, 1);
	{
		int fd = fake_ring(4096);
		fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, 4096, 512, fd);
		close(fd);
	}
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 100);
	fake_closed(t->sock, 1, 1);
	client_expect_log(t, "");
	fake_error(t->sock, 1, XENAV_OP_CLAIM, -EACCES);
	client_expect_log(t, "claim-failed:-13 ");
}

CLIENT_TEST(errors_about_removed_objects_are_ignored)
{
	struct client *t = *state;

	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "play");
	client_dispatch(t);
	xenav_stream_claim(t->s);
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	fake_error(t->sock, 1, XENAV_OP_CLAIM, -ENOENT);
	fake_error(t->sock, 1, XENAV_OP_STREAM_POSITION, -ENOENT);
	t->log[0] = 0;
	client_expect_log(t, "stream-removed:play ");
}

CLIENT_TEST(a_refusal_says_why)
{
	struct client *t = *state;

	fake_error(t->sock, 0, XENAV_OP_HELLO, -EACCES);
	close(t->sock);
	t->sock = -1;
	client_expect_end(t, -EACCES);
}

CLIENT_TEST(another_major_version_is_named)
{
	const struct xenav_listener none = {.size = sizeof none};
	struct client *t = *state;
	union xenav_msg msg;
	struct xenav *x;
	int socks[2];

	(void)t;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	assert_int_equal(xenav_open_fd(&x, socks[1], NULL, &none, NULL), 0);
	wire_init(&msg, XENAV_OP_WELCOME, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR + 1;
	fake_send(socks[0], &msg, -1);
	close(socks[0]);
	assert_int_equal(xenav_dispatch(x), -EPROTONOSUPPORT);
	assert_int_equal(xenav_dispatch(x), -ENOTCONN);
	xenav_close(x);
}

CLIENT_TEST(the_greeting_comes_first_and_once)
{
	const struct xenav_listener none = {.size = sizeof none};
	struct client *t = *state;
	struct xenav *x;
	int socks[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	assert_int_equal(xenav_open_fd(&x, socks[1], "test", &none, NULL), 0);
	fake_stream_added(socks[0], 1, XENAV_PLAYBACK, "early");
	assert_int_equal(xenav_dispatch(x), -EPROTO);
	xenav_close(x);
	close(socks[0]);
	fake_welcome(t->sock);
	client_expect_end(t, -EPROTO);
}

static void act_claim(struct client *t)
{
	t->act_rc = xenav_stream_claim(t->s);
}

static unsigned int count_words(const char *log)
{
	unsigned int n = 0;

	while (*log)
		n += *log++ == ' ';
	return n;
}

CLIENT_TEST(messages_before_the_end_are_handled)
{
	struct client *t = *state;

	for (unsigned int i = 1; i <= 10; i++)
		fake_stream_added(t->sock, i, XENAV_PLAYBACK, "x");
	close(t->sock);
	t->sock = -1;
	/* Sending already fails, reading must still work. */
	t->act_on = "stream:";
	t->act = act_claim;
	client_expect_end(t, -EPIPE);
	assert_int_equal(t->act_rc, 0);
	assert_int_equal(count_words(t->log), 11);
	assert_string_equal(xenav_stream_get_info(t->s)->unique_id, "x");
	assert_int_equal(xenav_stream_release(t->s), -ENOTCONN);
}

/* Each of these alone ends the connection. */
TEST_ALONE(impossible_messages_end_the_connection)
{
	for (unsigned int i = 0; i < 12; i++) {
		struct client *t;
		union xenav_msg msg;

		client_setup(state);
		t = *state;
		fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "s");
		fake_connector_added(t->sock, 2, "c");
		client_dispatch(t);
		if (i == 0)
			fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "again");
		else if (i == 1)
			fake_connector_added(t->sock, 0, "zero");
		else if (i == 2)
			fake_plain(t->sock, XENAV_OP_REMOVED, 3);
		else if (i == 3)
			fake_claimed(t->sock, 1);
		else if (i == 4)
			fake_error(t->sock, 1, XENAV_OP_CLAIM, -EBUSY);
		else if (i == 5)
			fake_state(t->sock, 1, 0, XENAV_STREAM_STARTED, 0);
		else if (i == 6)
			fake_plain(t->sock, XENAV_OP_BLANK, 2);
		else if (i == 7)
			fake_plain(t->sock, XENAV_OP_BLANK, 1);
		else if (i == 8)
			fake_plain(t->sock, XENAV_OP_RELEASE, 1);
		else if (i == 9)
			assert_int_equal(send(t->sock, "garbage", 7, 0), 7);
		else if (i == 10)
			fake_claimed(t->sock, 9);
		else {
			msg.h = (struct xenav_msg_header){.opcode = 0x8fff, .size = 8};
			assert_int_equal(send(t->sock, &msg, 8, 0), 8);
		}
		client_expect_end(t, -EPROTO);
		client_teardown(state);
	}
}

TEST_ALONE(formats_are_those_of_sndif)
{
#define SAME(ours, theirs)                                                                         \
	do {                                                                                       \
		assert_int_equal(XENAV_FORMAT_##ours, XENSND_PCM_FORMAT_##theirs);                 \
		assert_string_equal(xenav_format_name(XENAV_FORMAT_##ours),                        \
				    XENSND_PCM_FORMAT_##theirs##_STR);                             \
	} while (0)
	SAME(S8, S8);
	SAME(U8, U8);
	SAME(S16_LE, S16_LE);
	SAME(S16_BE, S16_BE);
	SAME(U16_LE, U16_LE);
	SAME(U16_BE, U16_BE);
	SAME(S24_LE, S24_LE);
	SAME(S24_BE, S24_BE);
	SAME(U24_LE, U24_LE);
	SAME(U24_BE, U24_BE);
	SAME(S32_LE, S32_LE);
	SAME(S32_BE, S32_BE);
	SAME(U32_LE, U32_LE);
	SAME(U32_BE, U32_BE);
	SAME(FLOAT_LE, F32_LE);
	SAME(FLOAT_BE, F32_BE);
	SAME(FLOAT64_LE, F64_LE);
	SAME(FLOAT64_BE, F64_BE);
	SAME(IEC958_SUBFRAME_LE, IEC958_SUBFRAME_LE);
	SAME(IEC958_SUBFRAME_BE, IEC958_SUBFRAME_BE);
	SAME(MU_LAW, MU_LAW);
	SAME(A_LAW, A_LAW);
	SAME(IMA_ADPCM, IMA_ADPCM);
	SAME(MPEG, MPEG);
	SAME(GSM, GSM);
	assert_null(xenav_format_name(25));
	assert_int_equal(xenav_format_bytes(25), 0);
	assert_int_equal(xenav_format_bytes(XENAV_FORMAT_GSM), 0);
	assert_int_equal(xenav_format_bytes(XENAV_FORMAT_S24_LE), 4);
	assert_int_equal(xenav_format_bytes(XENAV_FORMAT_FLOAT64_BE), 8);
	assert_int_equal(xenav_fourcc_bytes(0x34324258), 4); /* XB24 */
	assert_int_equal(xenav_fourcc_bytes(0x3231564e), 0); /* NV12 */
}

TEST_ALONE(opening_reports_what_is_wrong)
{
	struct xenav_listener l = {.size = sizeof l};
	char path[200], dir[] = "/tmp/test-client-XXXXXX";
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct leaks leaks;
	struct xenav *x;
	int fd;

	leaks_before(&leaks);
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = 0;
	assert_int_equal(xenav_open(&x, path, "test", &l, NULL), -ENAMETOOLONG);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	assert_int_equal(xenav_open(&x, path, "test", &l, NULL), -ENOENT);

	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(xenav_open(&x, path, "test", &l, NULL), -ECONNREFUSED);
	assert_int_equal(listen(fd, 0), 0);
	l.size = 8;
	assert_int_equal(xenav_open(&x, path, "test", &l, NULL), -EINVAL);
	assert_int_equal(xenav_open(&x, path, "test", NULL, NULL), -EINVAL);
	l.size = sizeof l;
	{
		struct xenav *many[16];
		int n = 0, rc;

		/* xenav_open() does not wait for a daemon that does not accept. */
		while (n < 16 && !(rc = xenav_open(&many[n], path, "test", &l, NULL)))
			n++;
		assert_in_range(n, 1, 15);
		assert_int_equal(rc, -EAGAIN);
		while (n > 0)
			xenav_close(many[--n]);
	}
	close(fd);
	unlink(path);
	rmdir(dir);
	xenav_close(NULL);
	leaks_after(&leaks);
}
