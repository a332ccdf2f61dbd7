/* SPDX-License-Identifier: MIT */
/* libxenav: what a program feeds an input device, and when it is sent. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/wire.h"

#include "client-fixture.h"

#define ID 5

static void announce(struct client *t, const char *unique_id)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_INPUT_ADDED, ID);
	msg.input_added.domid = 7;
	msg.input_added.devid = 1;
	msg.input_added.caps = XENAV_INPUT_KEYBOARD | XENAV_INPUT_POINTER;
	msg.input_added.width = 1440;
	msg.input_added.height = 600;
	strcpy(msg.input_added.domain_name, "guest");
	strcpy(msg.input_added.unique_id, unique_id);
	fake_send(t->sock, &msg, -1);
	client_dispatch(t);
}

static void feed(struct client *t)
{
	union xenav_msg msg;

	announce(t, "");
	client_expect_log(t, "input:7/1:3:1440x600:guest: ");
	assert_int_equal(xenav_input_feed(t->in), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, ID);
	assert_int_equal(msg.claim.mode, XENAV_MODE_FEED);
	fake_fed(t->sock, ID);
	client_expect_log(t, "input-ready ");
}

/* The next message to the daemon are these events. */
static const struct xenav_input_event *expect_events(struct client *t, unsigned n)
{
	static union xenav_msg msg;

	fake_expect(t->sock, &msg, XENAV_OP_INPUT_EVENTS, ID);
	assert_int_equal(msg.input_events.n, n);
	return msg.input_events.events;
}

/* A daemon that reads nothing: the next message has to wait. */
static void fill(struct client *t)
{
	int small = 1;

	assert_int_equal(setsockopt(t->sock, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
	for (unsigned i = 0; i < 5000 && !(xenav_get_events(t->x) & POLLOUT); i++) {
		assert_int_equal(xenav_input_key(t->in, KEY_F1, i % 2 == 0), 0);
		assert_int_equal(xenav_input_flush(t->in), 0);
	}
	assert_true(xenav_get_events(t->x) & POLLOUT);
}

static void drain(struct client *t, unsigned *n_events, struct xenav_input_event *last)
{
	union xenav_msg msg;

	for (;;) {
		client_dispatch(t);
		if (!fake_recv(t->sock, &msg))
			return;
		if (msg.h.opcode != XENAV_OP_INPUT_EVENTS)
			continue;
		*n_events += msg.input_events.n;
		*last = msg.input_events.events[msg.input_events.n - 1];
	}
}

/* -------- what is said before and after a claim -------- */

CLIENT_TEST(nothing_is_fed_without_a_claim)
{
	struct client *t = *state;

	announce(t, "");
	assert_int_equal(xenav_input_key(t->in, KEY_A, 1), -EINVAL);
	assert_int_equal(xenav_input_motion(t->in, 1, 1, 0), -EINVAL);
	assert_int_equal(xenav_input_position(t->in, NULL, 1, 1, 0), -EINVAL);
	assert_int_equal(xenav_input_touch(t->in, 0, NULL, 1, 1), -EINVAL);
	assert_int_equal(xenav_input_reset(t->in), -EINVAL);
	assert_int_equal(xenav_input_release(t->in), -EINVAL);
	assert_int_equal(xenav_input_flush(t->in), 0);
	client_expect_silence(t);
	/* Nor before the daemon has answered, nor after a refusal. */
	assert_int_equal(xenav_input_feed(t->in), 0);
	assert_int_equal(xenav_input_feed(t->in), -EALREADY);
	assert_int_equal(xenav_input_key(t->in, KEY_A, 1), -EINVAL);
	fake_error(t->sock, ID, XENAV_OP_CLAIM, -EUSERS);
	t->log[0] = '\0';
	client_expect_log(t, "input-failed:-87 ");
	assert_int_equal(xenav_input_key(t->in, KEY_A, 1), -EINVAL);
	assert_int_equal(xenav_input_feed(t->in), 0);
}

CLIENT_TEST(numbers_that_no_message_holds_are_refused)
{
	struct client *t = *state;

	feed(t);
	assert_int_equal(xenav_input_key(t->in, 0x10000, 1), -ERANGE);
	assert_int_equal(xenav_input_touch(t->in, 0x10000, NULL, 1, 1), -ERANGE);
	assert_int_equal(xenav_input_touch_end(t->in, 0x10000), -ERANGE);
	assert_int_equal(xenav_input_touch_orientation(t->in, 0x10000, 1), -ERANGE);
	assert_int_equal(xenav_input_touch_shape(t->in, 1, 0x80000000u, 1), -ERANGE);
	assert_int_equal(xenav_input_touch_shape(t->in, 1, 1, 0x80000000u), -ERANGE);
	assert_int_equal(xenav_input_touch_shape(t->in, 1, INT32_MAX, INT32_MAX), 0);
	assert_int_equal(xenav_input_key(t->in, UINT16_MAX, 7), 0);
	assert_int_equal(xenav_input_flush(t->in), 0);
	assert_int_equal(expect_events(t, 2)[1].value, 1);
}

CLIENT_TEST(what_waits_is_forgotten_with_the_claim)
{
	struct client *t = *state;
	union xenav_msg msg;

	feed(t);
	assert_int_equal(xenav_input_key(t->in, KEY_A, 1), 0);
	assert_int_equal(xenav_input_release(t->in), 0);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, ID);
	assert_int_equal(xenav_input_flush(t->in), 0);
	client_expect_silence(t);
}

CLIENT_TEST(a_connection_that_is_over_takes_nothing)
{
	struct client *t = *state;

	feed(t);
	shutdown(t->sock, SHUT_RDWR);
	while (xenav_dispatch(t->x) > 0)
		;
	assert_int_equal(xenav_input_key(t->in, KEY_A, 1), -ENOTCONN);
	assert_int_equal(xenav_input_reset(t->in), -ENOTCONN);
	assert_int_equal(xenav_input_flush(t->in), -ENOTCONN);
	assert_int_equal(xenav_input_feed(t->in), -ENOTCONN);
}

/* -------- the queue -------- */

CLIENT_TEST(events_wait_until_they_are_flushed)
{
	const struct xenav_input_event *events;
	struct client *t = *state;

	feed(t);
	fake_connector_added(t->sock, 2, "c");
	client_dispatch(t);
	assert_int_equal(xenav_input_key(t->in, BTN_LEFT, 1), 0);
	assert_int_equal(xenav_input_position(t->in, t->c, -5, 6, 7), 0);
	assert_int_equal(xenav_input_touch_end(t->in, 3), 0);
	client_expect_silence(t);
	assert_int_equal(xenav_input_flush(t->in), 0);
	events = expect_events(t, 3);
	assert_int_equal(events[0].kind, XENAV_INPUT_KEY);
	assert_int_equal(events[0].code, BTN_LEFT);
	assert_int_equal(events[0].value, 1);
	assert_int_equal(events[1].kind, XENAV_INPUT_POSITION);
	assert_int_equal(events[1].connector, 2);
	assert_int_equal(events[1].x, -5);
	assert_int_equal(events[1].y, 6);
	assert_int_equal(events[1].z, 7);
	assert_int_equal(events[2].kind, XENAV_INPUT_LIFT);
	assert_int_equal(events[2].code, 3);
	assert_int_equal(xenav_input_flush(t->in), 0);
	client_expect_silence(t);
}

CLIENT_TEST(motion_is_added_up_between_two_keys)
{
	const struct xenav_input_event *events;
	struct client *t = *state;

	feed(t);
	for (unsigned i = 0; i < 1000; i++) {
		xenav_input_motion(t->in, 2, -1, 1);
		if (i == 499)
			xenav_input_key(t->in, BTN_LEFT, 1);
	}
	xenav_input_flush(t->in);
	events = expect_events(t, 3);
	assert_int_equal(events[0].x, 1000);
	assert_int_equal(events[0].y, -500);
	assert_int_equal(events[0].z, 500);
	assert_int_equal(events[2].x, 1000);
	for (unsigned i = 0; i < 3; i++)
		xenav_input_motion(t->in, INT32_MAX, INT32_MIN, INT32_MIN);
	xenav_input_flush(t->in);
	events = expect_events(t, 1);
	assert_int_equal(events[0].x, INT32_MAX);
	assert_int_equal(events[0].y, INT32_MIN);
	assert_int_equal(events[0].z, INT32_MIN);
}

CLIENT_TEST(of_positions_the_last_counts_with_the_wheel_of_all)
{
	const struct xenav_input_event *events;
	struct client *t = *state;

	feed(t);
	fake_connector_added(t->sock, 2, "c");
	client_dispatch(t);
	for (int i = 0; i < 1000; i++)
		xenav_input_position(t->in, NULL, i, 2 * i, 1);
	xenav_input_position(t->in, t->c, 1, 2, 0);
	for (int i = 0; i < 100; i++) {
		xenav_input_touch(t->in, 8, t->c, i, i);
		xenav_input_touch(t->in, 8, t->c, i + 1, i);
	}
	xenav_input_touch(t->in, 9, t->c, 1, 1);
	xenav_input_flush(t->in);
	events = expect_events(t, 4);
	assert_int_equal(events[0].x, 999);
	assert_int_equal(events[0].y, 1998);
	assert_int_equal(events[0].z, 1000);
	assert_int_equal(events[1].connector, 2);
	assert_int_equal(events[2].x, 100);
	assert_int_equal(events[3].code, 9);
}

CLIENT_TEST(more_than_a_message_holds_goes_in_order)
{
	struct client *t = *state;

	feed(t);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(xenav_input_key(t->in, 1 + i, 1), 0);
	xenav_input_flush(t->in);
	assert_int_equal(expect_events(t, 11)[0].code, 1);
	assert_int_equal(expect_events(t, 11)[0].code, 12);
	assert_int_equal(expect_events(t, 8)[7].code, 30);
}

CLIENT_TEST(a_full_queue_takes_nothing_until_the_daemon_reads)
{
	struct xenav_input_event last = {0};
	struct client *t = *state;
	unsigned n = 0, n_events = 0;
	int rc;

	feed(t);
	fill(t);
	while ((rc = xenav_input_key(t->in, KEY_F2, n % 2 == 0)) == 0)
		assert_true(++n < 1000);
	assert_int_equal(rc, -EAGAIN);
	assert_in_range(n, 64, 128);
	assert_int_equal(xenav_input_motion(t->in, 1, 1, 0), -EAGAIN);
	/* Nothing of what was taken is lost. */
	drain(t, &n_events, &last);
	assert_int_equal(last.code, KEY_F2);
	assert_int_equal(last.value, n % 2);
	assert_int_equal(xenav_input_key(t->in, KEY_F3, 1), 0);
	xenav_input_flush(t->in);
	expect_events(t, 1);
}

CLIENT_TEST(motion_that_waits_is_one_event_however_long_it_does)
{
	struct xenav_input_event last = {0};
	struct client *t = *state;
	unsigned n_events = 0;

	feed(t);
	fill(t);
	for (unsigned i = 0; i < 100000; i++) {
		assert_int_equal(xenav_input_motion(t->in, 1, 0, 0), 0);
		assert_int_equal(xenav_input_flush(t->in), 0);
	}
	drain(t, &n_events, &last);
	assert_int_equal(last.kind, XENAV_INPUT_MOTION);
	assert_int_equal(last.x, 100000);
}

CLIENT_TEST(a_reset_comes_before_what_is_fed_after_it)
{
	struct client *t = *state;
	union xenav_msg msg;

	feed(t);
	fill(t);
	assert_int_equal(xenav_input_key(t->in, KEY_A, 1), 0);
	assert_int_equal(xenav_input_flush(t->in), 0);
	assert_int_equal(xenav_input_reset(t->in), 0);
	assert_int_equal(xenav_input_key(t->in, KEY_B, 1), 0);
	assert_int_equal(xenav_input_flush(t->in), 0);
	do {
		client_dispatch(t);
		fake_next(t->sock, &msg);
		assert_true(msg.h.opcode != XENAV_OP_INPUT_EVENTS ||
			    msg.input_events.events[0].code == KEY_F1);
	} while (msg.h.opcode != XENAV_OP_INPUT_RESET);
	client_dispatch(t);
	assert_int_equal(expect_events(t, 1)[0].code, KEY_B);
}

CLIENT_TEST(a_flush_behind_a_reset_that_waits_sends_nothing_more)
{
	struct client *t = *state;
	union xenav_msg msg;

	feed(t);
	fill(t);
	assert_int_equal(xenav_input_reset(t->in), 0);
	assert_int_equal(xenav_input_flush(t->in), 0);
	do {
		client_dispatch(t);
		fake_next(t->sock, &msg);
	} while (msg.h.opcode != XENAV_OP_INPUT_RESET);
	client_expect_silence(t);
}

/* -------- what belongs together -------- */

CLIENT_TEST(a_device_belongs_to_the_connectors_that_it_names)
{
	static const struct {
		const char *id;
		int belongs;
	} cases[] = {
		{"", 1},         {"c", 1},       {"K:c", 1},   {"K:x;P:c", 1},
		{"T:c;K:x", 1},  {"K:x;P:d", 1}, /* no connector has these names: all of them */
		{"K:cc;P:e", 0}, {"e", 0},       {"K:e;;", 0},
	};
	struct client *t = *state;

	fake_connector_added(t->sock, 3, "e");
	fake_connector_added(t->sock, 2, "c");
	client_dispatch(t);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		announce(t, cases[i].id);
		if (xenav_input_belongs(t->in, t->c) != cases[i].belongs)
			fail_msg("%s", cases[i].id);
		fake_plain(t->sock, XENAV_OP_REMOVED, ID);
		client_dispatch(t);
	}
}

/* -------- a daemon that makes no sense -------- */

CLIENT_TEST(a_daemon_that_makes_no_sense_is_left)
{
	struct client *t = *state;

	feed(t);
	fake_plain(t->sock, XENAV_OP_INPUT_RESET, ID);
	client_expect_end(t, -EPROTO);
}

CLIENT_TEST(an_input_device_that_is_granted_otherwise_is_an_error)
{
	struct client *t = *state;
	union xenav_msg msg;

	announce(t, "");
	assert_int_equal(xenav_input_feed(t->in), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, ID);
	fake_watched(t->sock, ID);
	client_expect_end(t, -EPROTO);
}

CLIENT_TEST(a_message_of_another_kind_of_object_is_an_error)
{
	struct client *t = *state;

	feed(t);
	fake_plain(t->sock, XENAV_OP_BLANK, ID);
	client_expect_end(t, -EPROTO);
}

CLIENT_TEST(an_input_device_may_go_while_events_wait)
{
	struct client *t = *state;

	feed(t);
	fill(t);
	xenav_input_key(t->in, KEY_A, 1);
	xenav_input_flush(t->in);
	fake_plain(t->sock, XENAV_OP_REMOVED, ID);
	client_dispatch(t);
	assert_null(t->in);
	assert_int_equal(xenav_get_events(t->x) & POLLOUT, 0);
}
