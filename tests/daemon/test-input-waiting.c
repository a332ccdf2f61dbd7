/* SPDX-License-Identifier: MIT */
/*
 * Keys that are fed faster than the guest reads: they wait in their order, and nothing is lost
 * until more wait than may.  The fake complains about more keys at once than a program in the guest
 * has room for.
 */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>

#include "input-rig.h"

#define LOG_MAX 8192

/* -------- what the guest gets -------- */

struct seen {
	uint16_t code;
	bool pressed;
	int x; /* where the pointer was */
};

static struct seen seen[LOG_MAX];
static unsigned n_seen;

static void listen_to(struct keyboard *k, uint32_t code, bool pressed)
{
	if (n_seen < LOG_MAX && code != KEY_F24)
		seen[n_seen++] = (struct seen){(uint16_t)code, pressed, k->x};
}

static struct consumer a, b;

static void start(uint16_t domid, unsigned n_consumers)
{
	n_seen = 0;
	start_guest(domid, plain);
	kb.listener = listen_to;
	start_consumer(&a, 0);
	if (n_consumers > 1)
		start_consumer(&b, 1);
}

static void stop(unsigned n_consumers)
{
	stop_consumer(&a, 0);
	if (n_consumers > 1)
		stop_consumer(&b, 1);
	assert_true(guest_run_until(&rg.guest, all_are_up, NULL, WAIT_MS));
	stop_guest();
}

static void key(struct consumer *c, unsigned code, bool pressed)
{
	int rc;

	/* The queue of the library is full until xenavd has read. */
	while ((rc = xenav_input_key(c->in, code, pressed)) == -EAGAIN) {
		flush(c);
		guest_run(&rg.guest, 1);
	}
	assert_int_equal(rc, 0);
}

static void tap(struct consumer *c, unsigned code)
{
	key(c, code, true);
	key(c, code, false);
	flush(c);
}

static bool has_seen(void *n)
{
	dispatch();
	return n_seen >= *(unsigned *)n;
}

static void await(unsigned n)
{
	assert_true(guest_run_until(&rg.guest, has_seen, &n, WAIT_MS));
	assert_int_equal(n_seen, n);
}

/* -------- tests -------- */

TEST(a_guest_that_did_not_read_for_a_while_gets_two_hundred_taps_in_order)
{
	start(93, 1);
	kb.paused = true;
	for (unsigned i = 0; i < 200; i++)
		tap(&a, KEY_1 + i % 9);
	guest_run(&rg.guest, 100);
	assert_int_equal(n_seen, 0);
	kb.paused = false;
	await(400);
	for (unsigned i = 0; i < 400; i++) {
		assert_int_equal(seen[i].code, KEY_1 + i / 2 % 9);
		assert_int_equal(seen[i].pressed, i % 2 == 0);
	}
	stop(1);
}

static bool has_noticed(void *)
{
	return lab_status(&lab, "consumers connected=", "connected") == 0;
}

TEST(what_a_consumer_that_has_left_has_typed_comes_before_what_the_next_one_types)
{
	start(94, 1);
	kb.paused = true;
	for (unsigned i = 0; i < 50; i++)
		tap(&a, KEY_A);
	key(&a, KEY_LEFTSHIFT, true);
	flush(&a);
	stop_consumer(&a, 0);
	/* A consumer that comes before does not wait. */
	assert_true(guest_run_until(&rg.guest, has_noticed, NULL, WAIT_MS));
	start_consumer(&a, 0);
	tap(&a, KEY_B);
	guest_run(&rg.guest, 50);
	kb.paused = false;
	await(104);
	assert_int_equal(seen[100].code, KEY_LEFTSHIFT);
	assert_int_equal(seen[101].code, KEY_LEFTSHIFT);
	assert_false(seen[101].pressed);
	assert_int_equal(seen[102].code, KEY_B);
	stop(1);
}

/* Of the one that types too much; what the other one types, a tap, waits, too. */
static bool has_dropped(void *n)
{
	dispatch();
	return lab_status(&lab, "input domain=", "dropped") == *(unsigned *)n &&
	       lab_status(&lab, "input domain=", "waiting") == 1024 + 2;
}

TEST(one_that_types_too_much_loses_whole_taps_and_delays_nobody)
{
	/* What waits, and what the page took before. */
	const unsigned n_typed = (1024 + 12) / 2;
	unsigned n_dropped = 700 - n_typed;
	unsigned n_a = 0, n_b = 0;

	start(95, 2);
	kb.paused = true;
	for (unsigned i = 0; i < 700; i++)
		tap(&a, KEY_A);
	tap(&b, KEY_B);
	assert_true(guest_run_until(&rg.guest, has_dropped, &n_dropped, WAIT_MS));
	kb.paused = false;
	await(2 * n_typed + 2);
	for (unsigned i = 0; i < n_seen; i++) {
		n_a += seen[i].code == KEY_A && seen[i].pressed;
		n_b += seen[i].code == KEY_B;
		/* It does not wait for all of the other's. */
		assert_true(n_b > 0 || n_a < 50);
	}
	assert_int_equal(n_b, 2);
	assert_int_equal(n_a, n_typed);
	assert_int_equal(kb.ups[KEY_A], n_typed);
	sync_with(&a);
	assert_int_equal(lab_status(&lab, "input domain=", "waiting"), 0);
	stop(2);
}

TEST(a_reset_releases_behind_what_waits)
{
	start(96, 1);
	kb.paused = true;
	for (unsigned i = 0; i < 30; i++)
		tap(&a, KEY_A);
	key(&a, KEY_LEFTCTRL, true);
	flush(&a);
	assert_int_equal(xenav_input_reset(a.in), 0);
	tap(&a, KEY_B);
	guest_run(&rg.guest, 50);
	kb.paused = false;
	await(64);
	assert_int_equal(seen[60].code, KEY_LEFTCTRL);
	assert_int_equal(seen[61].code, KEY_LEFTCTRL);
	assert_false(seen[61].pressed);
	assert_int_equal(seen[62].code, KEY_B);
	stop(1);
}

TEST(clicks_that_waited_land_where_the_pointer_was)
{
	start(97, 1);
	kb.paused = true;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(xenav_input_position(a.in, NULL, 10 * i, 5, 0), 0);
		tap(&a, BTN_LEFT);
	}
	assert_int_equal(xenav_input_position(a.in, NULL, 777, 5, 0), 0);
	flush(&a);
	guest_run(&rg.guest, 50);
	kb.paused = false;
	await(100);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(seen[i].code, BTN_LEFT);
		assert_int_equal(seen[i].x, 10 * (i / 2));
	}
	sync_with(&a);
	assert_int_equal(kb.x, 777);
	stop(1);
}
