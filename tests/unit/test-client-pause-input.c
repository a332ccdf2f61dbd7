/* SPDX-License-Identifier: MIT */
/* libxenav: input devices over a restart of the daemon. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <string.h>

#include "pause-rig.h"
#include "wire/wire.h"

/* With a daemon that says what it has taken. */
#define COUNTING_TEST(f) TEST_WITH(f, pause_setup_counting, pause_teardown)

static void add_input(struct pause *p, uint32_t id)
{
	wire_init(&p->msg, XENAV_OP_INPUT_ADDED, id);
	p->msg.input_added.domid = 7;
	p->msg.input_added.caps = XENAV_INPUT_KEYBOARD;
	fake_send(p->t.sock, &p->msg, -1);
}

static void feed(struct pause *p)
{
	add_input(p, 3);
	client_dispatch(&p->t);
	assert_int_equal(xenav_input_feed(p->t.in), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 3);
	fake_fed(p->t.sock, 3);
	client_dispatch(&p->t);
	p->t.log[0] = 0;
}

static void feed_again(struct pause *p)
{
	pause_come_back(p);
	add_input(p, 8);
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 8);
	fake_fed(p->t.sock, 8);
	client_expect_log(&p->t, "");
}

static void press(struct pause *p, uint32_t code, int pressed)
{
	assert_int_equal(xenav_input_key(p->t.in, code, pressed), 0);
	assert_int_equal(xenav_input_flush(p->t.in), 0);
}

/* The next message has exactly these keys: pressed ones, negative when they are released. */
static void expect_keys(struct pause *p, const int *keys, unsigned int n)
{
	fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_EVENTS, 8);
	assert_int_equal(p->msg.input_events.n, n);
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(p->msg.input_events.events[i].code,
				 keys[i] < 0 ? -keys[i] : keys[i]);
		assert_int_equal(p->msg.input_events.events[i].value, keys[i] > 0);
	}
}

PAUSE_TEST(held_keys_are_pressed_again_and_those_of_the_pause_follow)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_LEFTSHIFT, 1);
	press(p, KEY_A, 1);
	press(p, KEY_A, 0);
	press(p, KEY_B, 1);
	pause_hang_up(p);
	press(p, KEY_B, 0);
	press(p, KEY_C, 1);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_LEFTSHIFT, KEY_B, -KEY_B, KEY_C}, 4);
	client_expect_silence(&p->t);
	press(p, KEY_LEFTSHIFT, 0);
	expect_keys(p, (const int[]){-KEY_LEFTSHIFT}, 1);
}

PAUSE_TEST(of_too_many_keys_in_a_pause_only_the_held_ones_count)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_LEFTSHIFT, 1);
	press(p, KEY_B, 1);
	pause_hang_up(p);
	press(p, KEY_B, 0);
	press(p, KEY_C, 1);
	for (unsigned int i = 0; i < 126; i++)
		press(p, KEY_D, i % 2 == 0);
	feed_again(p);
	/* Nothing is forgotten yet: 128 events, in messages of 11. */
	fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_EVENTS, 8);
	assert_int_equal(p->msg.input_events.n, XENAV_INPUT_EVENTS_MAX);
	while (fake_recv(p->t.sock, &p->msg))
		;
	pause_hang_up(p);
	press(p, KEY_LEFTSHIFT, 0);
	for (unsigned int i = 0; i < 128; i++)
		press(p, KEY_D, i % 2 == 0);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_LEFTSHIFT, KEY_C, -KEY_LEFTSHIFT}, 3);
	client_expect_silence(&p->t);
}

PAUSE_TEST(a_reset_in_a_pause_releases_all)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_A, 1);
	pause_hang_up(p);
	press(p, KEY_B, 1);
	assert_int_equal(xenav_input_reset(p->t.in), 0);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_A, -KEY_A}, 2);
	client_expect_silence(&p->t);
}

/* -------- what was sent and not taken -------- */

static void taken(struct pause *p, uint32_t id, uint32_t count)
{
	wire_init(&p->msg, XENAV_OP_INPUT_TAKEN, id);
	p->msg.input_taken.count = count;
	fake_send(p->t.sock, &p->msg, -1);
}

/* The daemon does not read it. */
static void reset(struct pause *p)
{
	assert_int_equal(xenav_input_reset(p->t.in), 0);
}

COUNTING_TEST(what_was_not_taken_is_sent_again_before_what_follows)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_A, 1);
	press(p, KEY_A, 0);
	press(p, KEY_LEFTSHIFT, 1);
	press(p, KEY_B, 1);
	press(p, KEY_B, 0);
	taken(p, 3, 3);
	client_dispatch(&p->t);
	pause_hang_up(p);
	press(p, KEY_C, 1);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_LEFTSHIFT, KEY_B, -KEY_B, KEY_C}, 4);
	/* That of the shift counts, too. */
	taken(p, 8, 3);
	client_dispatch(&p->t);
	pause_hang_up(p);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_LEFTSHIFT, KEY_C}, 2);
	client_expect_silence(&p->t);
}

/* A socket that is closed with messages unread says ECONNRESET first. */
COUNTING_TEST(what_a_daemon_said_at_last_counts)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_A, 1);
	press(p, KEY_B, 1);
	for (unsigned int i = 0; i < 100; i++)
		press(p, KEY_C, i % 2 == 0);
	taken(p, 3, 1);
	taken(p, 3, 101);
	pause_hang_up(p);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_A, KEY_C, KEY_B, -KEY_C}, 4);
	client_expect_silence(&p->t);
}

COUNTING_TEST(a_reset_that_was_not_taken_releases_what_was_pressed_before_it)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_A, 1);
	taken(p, 3, 1);
	client_dispatch(&p->t);
	press(p, KEY_B, 1);
	reset(p);
	press(p, KEY_C, 1);
	pause_hang_up(p);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_A, KEY_B, -KEY_A, -KEY_B, KEY_C}, 5);
	taken(p, 8, 4);
	client_dispatch(&p->t);
	reset(p);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_RESET, 8);
	taken(p, 8, 6);
	client_dispatch(&p->t);
	pause_hang_up(p);
	feed_again(p);
	client_expect_silence(&p->t);
}

/* Then the oldest are regarded as taken. */
COUNTING_TEST(no_more_is_kept_than_there_is_room_for)
{
	struct pause *p = *state;
	struct xenav_input_event first = {0}, last = {0};
	unsigned int n = 0;

	feed(p);
	press(p, KEY_A, 1);
	for (unsigned int i = 0; i < 5000; i++) {
		press(p, KEY_B, i % 2 == 0);
		fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_EVENTS, 3);
	}
	pause_hang_up(p);
	press(p, KEY_A, 0);
	feed_again(p);
	while (fake_recv(p->t.sock, &p->msg)) {
		first = n == 0 ? p->msg.input_events.events[0] : first;
		last = p->msg.input_events.events[p->msg.input_events.n - 1];
		n += p->msg.input_events.n;
		client_dispatch(&p->t);
	}
	/* A, 1024 of B, and the release of A. */
	assert_int_equal(n, 1026);
	assert_int_equal(first.code, KEY_A);
	assert_int_equal(last.code, KEY_A);
	assert_int_equal(last.value, 0);
}

COUNTING_TEST(nothing_can_be_taken_that_was_not_sent)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_A, 1);
	taken(p, 3, 1);
	client_expect_log(&p->t, "");
	taken(p, 3, 2);
	client_expect_end(&p->t, -EPROTO);
}

/* A click has to be where it was. */
COUNTING_TEST(a_position_is_on_the_connector_whatever_its_number)
{
	struct pause *p = *state;
	const struct xenav_input_event *event = p->msg.input_events.events;

	fake_connector_added(p->t.sock, 2, "c");
	feed(p);
	assert_int_equal(xenav_input_position(p->t.in, p->t.c, 10, 20, 0), 0);
	press(p, BTN_LEFT, 1);
	pause_hang_up(p);
	assert_int_equal(xenav_input_position(p->t.in, p->t.c, 30, 40, 0), 0);
	pause_come_back(p);
	fake_connector_added(p->t.sock, 9, "c");
	add_input(p, 8);
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 8);
	fake_fed(p->t.sock, 8);
	client_dispatch(&p->t);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_EVENTS, 8);
	assert_int_equal(p->msg.input_events.n, 3);
	assert_int_equal(event[0].connector, 9);
	assert_int_equal(event[0].x, 10);
	assert_int_equal(event[1].code, BTN_LEFT);
	assert_int_equal(event[2].connector, 9);
	assert_int_equal(event[2].x, 30);
	/* One that is gone is nowhere. */
	pause_hang_up(p);
	pause_come_back(p);
	add_input(p, 8);
	fake_plain(p->t.sock, XENAV_OP_ANNOUNCED, 0);
	client_dispatch(&p->t);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 8);
	fake_fed(p->t.sock, 8);
	client_dispatch(&p->t);
	expect_keys(p, (const int[]){BTN_LEFT}, 1);
	client_expect_silence(&p->t);
}

/* -------- the program -------- */

/* An object that it has not claimed makes it wait for nothing. */
COUNTING_TEST(a_program_knows_when_all_is_sent)
{
	struct pause *p = *state;

	feed(p);
	fake_connector_added(p->t.sock, 2, "c");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	press(p, KEY_A, 1);
	assert_true(xenav_get_events(p->t.x) & POLLOUT);
	pause_come_back(p);
	add_input(p, 8);
	client_dispatch(&p->t);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 8);
	assert_true(xenav_get_events(p->t.x) & POLLOUT);
	fake_fed(p->t.sock, 8);
	client_dispatch(&p->t);
	expect_keys(p, (const int[]){KEY_A}, 1);
	assert_false(xenav_get_events(p->t.x) & POLLOUT);
}

/* -------- contacts -------- */

static void touch(struct pause *p, uint32_t contact, const struct xenav_connector *c, int x)
{
	assert_int_equal(xenav_input_touch(p->t.in, contact, c, x, x), 0);
	assert_int_equal(xenav_input_flush(p->t.in), 0);
}

static void lift(struct pause *p, uint32_t contact)
{
	assert_int_equal(xenav_input_touch_end(p->t.in, contact), 0);
	assert_int_equal(xenav_input_flush(p->t.in), 0);
}

/* The next message has exactly these contacts: where each is, or -1 when it is lifted. */
static void expect_contacts(struct pause *p, const int (*contacts)[2], unsigned int n,
			    uint32_t connector)
{
	const struct xenav_input_event *event = p->msg.input_events.events;

	fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_EVENTS, 8);
	assert_int_equal(p->msg.input_events.n, n);
	for (unsigned int i = 0; i < n; i++, event++) {
		assert_int_equal(event->code, contacts[i][0]);
		assert_int_equal(event->kind,
				 contacts[i][1] < 0 ? XENAV_INPUT_LIFT : XENAV_INPUT_CONTACT);
		if (contacts[i][1] < 0)
			continue;
		assert_int_equal(event->x, contacts[i][1]);
		assert_int_equal(event->connector, connector);
	}
}

PAUSE_TEST(contacts_are_told_again_where_they_are_now)
{
	struct pause *p = *state;

	feed(p);
	touch(p, 1, NULL, 10);
	touch(p, 2, NULL, 20);
	touch(p, 3, NULL, 30);
	lift(p, 3);
	touch(p, 4, NULL, 40);
	pause_hang_up(p);
	touch(p, 1, NULL, 11);
	lift(p, 2);
	lift(p, 4);
	touch(p, 4, NULL, 41);
	touch(p, 5, NULL, 50);
	touch(p, 6, NULL, 60);
	lift(p, 6);
	feed_again(p);
	/* What ended in the pause is told of, so that it can end. */
	expect_contacts(
		p, (const int[][2]){{1, 11}, {2, 20}, {2, -1}, {4, 41}, {4, -1}, {4, 41}, {5, 50}},
		7, 0);
	client_expect_silence(&p->t);
	lift(p, 1);
	expect_contacts(p, (const int[][2]){{1, -1}}, 1, 0);
	/* Once more, at once. */
	pause_hang_up(p);
	feed_again(p);
	expect_contacts(p, (const int[][2]){{4, 41}, {5, 50}}, 2, 0);
	client_expect_silence(&p->t);
}

PAUSE_TEST(a_contact_at_a_connector_waits_for_it)
{
	struct pause *p = *state;

	fake_connector_added(p->t.sock, 2, "c");
	feed(p);
	touch(p, 1, p->t.c, 10);
	pause_hang_up(p);
	pause_come_back(p);
	add_input(p, 8);
	client_dispatch(&p->t);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 8);
	fake_fed(p->t.sock, 8);
	client_dispatch(&p->t);
	client_expect_silence(&p->t);
	fake_connector_added(p->t.sock, 9, "c");
	pause_expect_over(p, "resumed ");
	assert_int_equal(xenav_input_flush(p->t.in), 0);
	expect_contacts(p, (const int[][2]){{1, 10}}, 1, 9);
	client_expect_silence(&p->t);
}

PAUSE_TEST(a_reset_in_a_pause_lifts_all)
{
	struct pause *p = *state;

	feed(p);
	touch(p, 1, NULL, 10);
	pause_hang_up(p);
	touch(p, 2, NULL, 20);
	assert_int_equal(xenav_input_reset(p->t.in), 0);
	feed_again(p);
	expect_contacts(p, (const int[][2]){{1, 10}, {1, -1}}, 2, 0);
	client_expect_silence(&p->t);
}
