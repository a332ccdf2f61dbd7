/* SPDX-License-Identifier: MIT */
/* libxenav: what lives through a restart of the daemon. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pause-rig.h"
#include "wire/wire.h"

PAUSE_TEST(the_descriptor_and_objects_stay)
{
	struct pause *p = *state;
	const int fd = xenav_get_fd(p->t.x);
	struct xenav_stream *s;
	struct xenav_connector *c;

	fake_stream_added(p->t.sock, 1, XENAV_PLAYBACK, "s");
	fake_connector_added(p->t.sock, 2, "c");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	s = p->t.s;
	c = p->t.c;
	for (unsigned int i = 0; i < 3; i++) {
		pause_hang_up(p);
		assert_true(xenav_get_events(p->t.x) & POLLIN);
		pause_come_back(p);
		/* Numbers are new. */
		fake_connector_added(p->t.sock, 7 + i, "c");
		fake_stream_added(p->t.sock, 20 + i, XENAV_PLAYBACK, "s");
		pause_expect_over(p, "resumed ");
		assert_int_equal(xenav_get_fd(p->t.x), fd);
		assert_ptr_equal(p->t.s, s);
		assert_ptr_equal(p->t.c, c);
		client_expect_silence(&p->t);
	}
	assert_int_equal(xenav_stream_claim(s), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 22);
	assert_int_equal(xenav_get_events(p->t.x), POLLIN);
}

PAUSE_TEST(what_does_not_come_back_is_removed)
{
	struct pause *p = *state;

	fake_stream_added(p->t.sock, 1, XENAV_PLAYBACK, "s");
	pause_guest(p, 2, "0fd6a4a9-2cb3-4c5f-9c69-2a9c2d9d8f11");
	fake_stream_added(p->t.sock, 2, XENAV_PLAYBACK, "again");
	fake_stream_added(p->t.sock, 4, XENAV_PLAYBACK, "stays");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	pause_come_back(p);
	/* Another guest has the number of the second one. */
	pause_guest(p, 3, "0fd6a4a9-2cb3-4c5f-9c69-2a9c2d9d8f12");
	fake_stream_added(p->t.sock, 3, XENAV_PLAYBACK, "again");
	/* This one turns up late. */
	fake_plain(p->t.sock, XENAV_OP_ANNOUNCED, 0);
	client_expect_log(&p->t, "stream:7/1/2/3/0:guest:again:card ");
	fake_stream_added(p->t.sock, 9, XENAV_PLAYBACK, "stays");
	pause_await_log(p, "stream-removed:s stream-removed:again resumed ");
}

/* Patience would be over after ten times as long. */
PAUSE_TEST(restarts_that_follow_each_other_do_not_prolong_the_wait_for_what_is_gone)
{
	struct pause *p = *state;

	fake_stream_added(p->t.sock, 1, XENAV_PLAYBACK, "s");
	fake_connector_added(p->t.sock, 2, "gone");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	pause_greet(p, 2);
	for (unsigned int i = 0; !p->t.log[0]; i++) {
		assert_in_range(i, 0, 20);
		fake_stream_added(p->t.sock, 3 + i, XENAV_PLAYBACK, "s");
		fake_plain(p->t.sock, XENAV_OP_ANNOUNCED, 0);
		pause_wait(p, 500);
		if (p->t.log[0])
			break;
		close(p->t.sock);
		pause_greet(p, 2);
	}
	client_expect_log(&p->t, "connector-removed:gone resumed ");
}

PAUSE_TEST(objects_of_another_kind_place_or_direction_are_others)
{
	struct pause *p = *state;

	fake_stream_added(p->t.sock, 1, XENAV_PLAYBACK, "s");
	fake_connector_added(p->t.sock, 2, "c");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	pause_come_back(p);
	fake_stream_added(p->t.sock, 1, XENAV_CAPTURE, "s");
	fake_connector_added(p->t.sock, 2, "d");
	pause_expect_over(p, "stream:7/1/2/3/1:guest:s:card connector:7/0/1:800x600:guest:d "
			     "stream-removed:s connector-removed:c resumed ");
}

PAUSE_TEST(claims_and_waits_are_made_again)
{
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	fake_connector_added(p->t.sock, 2, "c");
	client_dispatch(&p->t);
	assert_int_equal(xenav_connector_set_ways(p->t.c, XENAV_WAY_COPY | XENAV_WAY_DIRECT), 0);
	assert_int_equal(xenav_connector_claim_wait(p->t.c), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM_WAIT, 2);
	p->t.log[0] = 0;
	pause_hang_up(p);
	pause_come_back(p);
	fake_stream_added(p->t.sock, 5, XENAV_PLAYBACK, "s");
	fake_connector_added(p->t.sock, 6, "c");
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 5);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM_WAIT, 6);
	assert_int_equal(p->msg.claim.ways, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	fake_claimed(p->t.sock, 5);
	pause_told(p, 5);
	client_expect_log(&p->t, "");
	fake_claimed(p->t.sock, 6);
	client_expect_log(&p->t, "claimed ");
}

PAUSE_TEST(a_claim_that_another_has_meanwhile_has_failed)
{
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	client_open_stream(&p->t, 3);
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	assert_non_null(xenav_stream_get_pcm(p->t.s));
	pause_come_back(p);
	fake_stream_added(p->t.sock, 5, XENAV_PLAYBACK, "s");
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 5);
	fake_error(p->t.sock, 5, XENAV_OP_CLAIM, -EBUSY);
	client_expect_log(&p->t, "closed claim-failed:-16 ");
	assert_int_equal(xenav_stream_claim(p->t.s), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 5);
}

PAUSE_TEST(what_is_claimed_and_released_in_a_pause_counts)
{
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	fake_connector_added(p->t.sock, 2, "c");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	assert_int_equal(xenav_stream_claim(p->t.s), -EALREADY);
	assert_int_equal(xenav_stream_release(p->t.s), 0);
	assert_int_equal(xenav_stream_release(p->t.s), -EINVAL);
	assert_int_equal(xenav_connector_watch(p->t.c), 0);
	pause_come_back(p);
	fake_stream_added(p->t.sock, 5, XENAV_PLAYBACK, "s");
	fake_connector_added(p->t.sock, 6, "c");
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 6);
	assert_int_equal(p->msg.claim.mode, XENAV_MODE_WATCH);
	client_expect_silence(&p->t);
}

PAUSE_TEST(a_daemon_that_fails_again_is_waited_for_in_the_same_pause)
{
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	pause_hang_up(p);
	pause_come_back(p);
	fake_stream_added(p->t.sock, 5, XENAV_PLAYBACK, "s");
	client_dispatch(&p->t);
	close(p->t.sock);
	client_expect_log(&p->t, "");
	pause_come_back(p);
	fake_stream_added(p->t.sock, 9, XENAV_PLAYBACK, "s");
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 9);
}

/* Go on to a connection with this token, on which the stream is announced, and claimed. */
static void lose_daemon(struct pause *p, uint8_t token)
{
	close(p->t.sock);
	p->t.sock = -1;
	pause_greet(p, token);
	fake_stream_added(p->t.sock, 5, XENAV_PLAYBACK, "s");
	client_dispatch(&p->t);
}

/* A daemon that ends at once need not have read what was sent to it. */
PAUSE_TEST(a_token_counts_until_the_daemon_answers_a_claim)
{
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	lose_daemon(p, 2);
	pause_expect_resume(p, 1);
	lose_daemon(p, 3);
	pause_expect_resume(p, 1);
	pause_expect_resume(p, 2);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 5);
	fake_claimed(p->t.sock, 5);
	client_dispatch(&p->t);
	lose_daemon(p, 4);
	pause_expect_resume(p, 3);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 5);
}

PAUSE_TEST(the_newest_eight_tokens_are_shown)
{
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	for (uint8_t token = 2; token <= 12; token++)
		lose_daemon(p, token);
	for (uint8_t token = 4; token <= 11; token++)
		pause_expect_resume(p, token);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 5);
}

PAUSE_TEST(a_daemon_may_be_lost_before_it_has_announced_all)
{
	struct pause *p = *state;
	struct pause q = {.listener = p->listener, .t.sock = -1};
	struct pollfd fd = {.fd = p->listener, .events = POLLIN};

	/* A second connection. */
	assert_int_equal(xenav_open(&q.t.x, p->path, "test", &client_listener, &q.t), 0);
	q.t.sock = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	fake_expect(q.t.sock, &q.msg, XENAV_OP_HELLO, 0);
	fake_welcome(q.t.sock);
	client_expect_log(&q.t, "connected:fake ");
	pause_hang_up(&q);
	while (poll(&fd, 1, 0) == 0)
		assert_int_equal(xenav_dispatch(q.t.x), 0);
	q.t.sock = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	fake_expect(q.t.sock, &q.msg, XENAV_OP_HELLO, 0);
	fake_welcome(q.t.sock);
	pause_expect_over(&q, "announced resumed ");
	xenav_close(q.t.x);
	close(q.t.sock);
}

PAUSE_TEST(without_patience_a_broken_connection_is_over)
{
	struct pause *p = *state;

	xenav_set_patience(p->t.x, 0);
	close(p->t.sock);
	p->t.sock = -1;
	client_expect_end(&p->t, -EPIPE);
}

PAUSE_TEST(patience_ends)
{
	struct pause *p = *state;
	struct pollfd fd = {.fd = xenav_get_fd(p->t.x), .events = POLLIN};
	int rc;

	fake_stream_added(p->t.sock, 1, XENAV_PLAYBACK, "s");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	xenav_set_patience(p->t.x, 50);
	pause_hang_up(p);
	/* The connection waits to be accepted, and nobody answers. */
	do {
		assert_int_equal(poll(&fd, 1, 30000), 1);
		rc = xenav_dispatch(p->t.x);
	} while (rc == 0);
	assert_int_equal(rc, -EPIPE);
	assert_string_equal(p->t.log, "disconnected:-32 ");
	assert_int_equal(xenav_stream_claim(p->t.s), -ENOTCONN);
	assert_int_equal(poll(&fd, 1, 0), 0);
}

PAUSE_TEST(patience_can_end_in_the_middle)
{
	struct pause *p = *state;

	pause_hang_up(p);
	xenav_set_patience(p->t.x, 0);
	client_expect_end(&p->t, -EPIPE);
}

PAUSE_TEST(a_daemon_that_refuses_us_now_is_the_end)
{
	struct pause *p = *state;

	pause_hang_up(p);
	pause_come_back(p);
	fake_error(p->t.sock, 0, XENAV_OP_HELLO, -EACCES);
	client_expect_end(&p->t, -EACCES);
}

PAUSE_TEST(an_error_of_the_connection_is_no_pause)
{
	struct pause *p = *state;

	fake_error(p->t.sock, 0, XENAV_OP_HELLO, -ECONNABORTED);
	client_expect_end(&p->t, -ECONNABORTED);
}

static void act_close(struct client *t)
{
	xenav_close(t->x);
}

static void expect_closed(struct pause *p)
{
	struct pollfd fd = {.fd = xenav_get_fd(p->t.x), .events = POLLIN};
	int rc = 0;

	while (rc == 0) {
		assert_int_equal(poll(&fd, 1, 30000), 1);
		rc = xenav_dispatch(p->t.x);
		rc = rc > 0 ? 0 : rc;
	}
	assert_int_equal(rc, -ECANCELED);
	p->t.x = NULL;
}

PAUSE_TEST(the_connection_may_be_closed_when_it_pauses)
{
	struct pause *p = *state;

	p->t.act_on = "paused";
	p->t.act = act_close;
	close(p->t.sock);
	p->t.sock = -1;
	expect_closed(p);
}

PAUSE_TEST(the_connection_may_be_closed_when_it_resumes)
{
	struct pause *p = *state;

	p->t.act_on = "resumed";
	p->t.act = act_close;
	pause_hang_up(p);
	pause_come_back(p);
	fake_plain(p->t.sock, XENAV_OP_ANNOUNCED, 0);
	expect_closed(p);
}

PAUSE_TEST(the_connection_may_be_closed_in_a_pause)
{
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	client_open_stream(&p->t, 1);
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	xenav_close(p->t.x);
	p->t.x = NULL;
}
