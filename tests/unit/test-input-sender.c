/* SPDX-License-Identifier: MIT */
/* What reaches the page of a guest, and when, also of one that does not read for a while. */
#include <config.h>

#include <event2/event.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "input/sender.h"
#include "test.h"
#include "xen/kbdif.h"
#include "xen/kbdlink.h"

static const struct input_caps caps = {
	.keyboard = true,
	.pointer = true,
	.absolute = true,
	.width = 800,
	.height = 600,
	.touch = true,
	.touch_width = 100,
	.touch_height = 100,
	.contacts = 2,
};

/* -------- the page -------- */

static union xenkbd_in_event events[4096];
static unsigned n_put, n_published, n_read, n_notified;

unsigned kbdlink_space(struct kbdlink *)
{
	return XENKBD_IN_RING_LEN - (n_put - n_read);
}

uint32_t kbdlink_prod(const struct kbdlink *)
{
	return n_put;
}

void kbdlink_put(struct kbdlink *, const union xenkbd_in_event *event)
{
	assert_true(n_put - n_read < INPUT_AT_ONCE);
	events[n_put++ % 4096] = *event;
}

void kbdlink_publish(struct kbdlink *)
{
	n_published = n_put;
}

void kbdlink_notify(struct kbdlink *)
{
	n_notified++;
}

/* -------- the sender -------- */

static struct event_base *base;
static struct kbdlink guest_link;
static struct sender sender;
static char a, b;

static int setup(void **)
{
	n_put = n_published = n_read = n_notified = 0;
	base = event_base_new();
	assert_non_null(base);
	assert_int_equal(sender_init(&sender, &guest_link, &caps, base), 0);
	assert_int_equal(feeders_join(&sender.feeders, &a), 0);
	assert_int_equal(feeders_join(&sender.feeders, &b), 0);
	return 0;
}

static int teardown(void **)
{
	sender_end(&sender);
	sender_destroy(&sender);
	/* Nothing is left to do. */
	assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	event_base_free(base);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

static void key(const void *feeder, unsigned code, bool pressed)
{
	feeders_key(&sender.feeders, feeder, code, pressed);
	sender_push(&sender);
}

static void tap(const void *feeder, unsigned code)
{
	key(feeder, code, true);
	key(feeder, code, false);
}

/* The guest reads its page and says so, until it has so many events. */
static void read_up_to(unsigned n)
{
	while (n_read < n) {
		n_read = n_published;
		sender_send(&sender);
		if (n_read == n_published)
			event_base_loop(base, EVLOOP_ONCE);
	}
}

static void assert_key(unsigned i, unsigned code, bool pressed)
{
	assert_int_equal(events[i].type, XENKBD_TYPE_KEY);
	assert_int_equal(events[i].key.keycode, code);
	assert_int_equal(events[i].key.pressed, pressed);
}

/* -------- tests -------- */

TEST(a_guest_that_has_not_read_for_a_while_gets_every_key_in_order_and_few_at_once)
{
	for (unsigned i = 0; i < 200; i++)
		tap(&a, KEY_1 + i % 9);
	assert_int_equal(n_published, PACE_BURST);
	/* Those of a feeder that has left are not lost either. */
	feeders_leave(&sender.feeders, &a);
	sender_send(&sender);
	read_up_to(400);
	for (unsigned i = 0; i < 400; i++)
		assert_key(i, KEY_1 + i / 2 % 9, i % 2 == 0);
	assert_int_equal(n_put, 400);
	assert_int_equal(sender.feeders.n_dropped, 0);
	assert_int_equal(sender.feeders.n_left, 0);
}

/* Not every frontend does. */
TEST(a_guest_that_does_not_say_that_it_has_read_gets_every_key)
{
	for (unsigned i = 0; i < 20; i++)
		tap(&a, KEY_A);
	while (n_read < 40) {
		n_read = n_published;
		event_base_loop(base, EVLOOP_ONCE);
	}
	assert_key(39, KEY_A, false);
}

TEST(motion_behind_keys_that_waited_waits_for_them_alone)
{
	for (unsigned i = 0; i < 10; i++)
		tap(&a, KEY_A);
	feeders_place(&sender.feeders, &a, 12, 34, 0);
	feeders_place(&sender.feeders, &b, 1, 1, 0);
	sender_push(&sender);
	assert_int_equal(events[PACE_BURST].type, XENKBD_TYPE_POS);
	assert_int_equal(events[PACE_BURST].pos.abs_x, 1);
	read_up_to(22);
	assert_int_equal(events[21].type, XENKBD_TYPE_POS);
	assert_int_equal(events[21].pos.abs_x, 12);
}

TEST(clicks_that_waited_land_where_the_pointer_was)
{
	unsigned n = 0;

	for (int i = 0; i < 50; i++) {
		feeders_place(&sender.feeders, &a, i, 2 * i, 0);
		tap(&a, BTN_LEFT);
	}
	read_up_to(150);
	for (int i = 0; i < 50; i++, n += 3) {
		assert_int_equal(events[n].type, XENKBD_TYPE_POS);
		assert_int_equal(events[n].pos.abs_x, i);
		assert_int_equal(events[n].pos.abs_y, 2 * i);
		assert_key(n + 1, BTN_LEFT, true);
		assert_key(n + 2, BTN_LEFT, false);
	}
}

TEST(contacts_do_not_wait_for_keys)
{
	for (unsigned i = 0; i < 100; i++)
		tap(&a, KEY_A);
	feeder_touch(feeders_find(&sender.feeders, &b), &sender.state, 1, 5, 5);
	sender_push(&sender);
	assert_int_equal(events[PACE_BURST].type, XENKBD_TYPE_MTOUCH);
	assert_int_equal(events[PACE_BURST].mtouch.event_type, XENKBD_MT_EV_DOWN);
	assert_int_equal(events[PACE_BURST + 1].mtouch.event_type, XENKBD_MT_EV_SYN);
}

TEST(keys_that_wait_go_before_releases_of_what_may_be_down_since_earlier)
{
	input_state_release_all(&sender.state);
	for (unsigned i = 0; i < 6; i++)
		feeders_key(&sender.feeders, &a, KEY_A, i % 2 == 0);
	sender_push(&sender);
	/* Both contacts are up; and the key is, as it may be down since before. */
	assert_key(3, KEY_A, false);
	for (unsigned i = 4; i < 10; i++)
		assert_key(i, KEY_A, i % 2 == 0);
	assert_true(n_put > 10);
}

TEST(at_the_end_nothing_waits_and_no_key_is_down)
{
	bool down[INPUT_KEYS] = {false};

	key(&a, KEY_LEFTSHIFT, true);
	for (unsigned i = 0; i < 100; i++)
		tap(&a, KEY_A);
	n_read = n_published;
	sender_end(&sender);
	for (unsigned i = 0; i < n_put; i++)
		down[events[i].key.keycode] = events[i].key.pressed;
	assert_false(down[KEY_LEFTSHIFT]);
	assert_false(down[KEY_A]);
	assert_int_equal(n_published, n_put);
	assert_true(n_put < 30);
}

TEST(a_guest_that_reads_nothing_costs_a_look_now_and_then)
{
	unsigned n = 0;
	struct timeval tv = {.tv_usec = 500000};

	for (unsigned i = 0; i < 100; i++)
		tap(&a, KEY_A);
	sender_flush(&sender);
	event_base_loopexit(base, &tv);
	for (; !event_base_got_exit(base); n++)
		event_base_loop(base, EVLOOP_ONCE);
	/* The notification, looks after 4, 8, .. 128 ms, and the end. */
	assert_in_range(n, 1, 12);
	assert_int_equal(n_put, PACE_BURST);
}
