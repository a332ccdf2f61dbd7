/* SPDX-License-Identifier: MIT */
/*
 * Keys: what consumers feed reaches a frontend that behaves as the one of Linux does, and nothing
 * else does, also when the guest has not read for a while.
 */
#include <config.h>

#include <linux/input-event-codes.h>
#include <poll.h>

#include "input-rig.h"

static bool is_allowed(unsigned code)
{
	return (code >= 1 && code <= 239) || (code >= 272 && code <= 279) ||
	       (code >= 352 && code <= 766);
}

TEST(every_key_that_the_guest_has_goes_down_and_up_once)
{
	struct consumer c;
	unsigned wrong = 0;

	start_guest(71, plain);
	start_consumer(&c, 0);
	for (unsigned code = 0; code <= 1023; code++) {
		if (code == KEY_F24)
			continue;
		assert_int_equal(xenav_input_key(c.in, code, 1), 0);
		assert_int_equal(xenav_input_key(c.in, code, 0), 0);
		flush(&c);
		if (code % 8 == 0)
			sync_with(&c);
	}
	sync_with(&c);
	for (unsigned code = 0; code < KEYBOARD_KEYS; code++)
		if (code != KEY_F24)
			wrong += kb.downs[code] != is_allowed(code) ||
				 kb.ups[code] != is_allowed(code);
	assert_int_equal(wrong, 0);
	stop_consumer(&c, 0);
	stop_guest();
}

static bool shift_is_down(void *)
{
	dispatch();
	return kb.down[KEY_LEFTSHIFT];
}

TEST(what_only_a_dead_consumer_held_is_released)
{
	struct consumer a, b;

	start_guest(72, plain);
	start_consumer(&a, 0);
	start_consumer(&b, 1);
	xenav_input_key(a.in, KEY_LEFTSHIFT, 1);
	xenav_input_key(a.in, KEY_A, 1);
	xenav_input_key(a.in, BTN_LEFT, 1);
	flush(&a);
	sync_with(&b);
	xenav_input_key(b.in, KEY_A, 1);
	flush(&b);
	assert_true(guest_run_until(&rg.guest, shift_is_down, NULL, WAIT_MS));
	sync_with(&b);
	stop_consumer(&a, 0);
	sync_with(&b);
	assert_false(kb.down[KEY_LEFTSHIFT]);
	assert_false(kb.down[BTN_LEFT]);
	assert_true(kb.down[KEY_A]);
	assert_int_equal(kb.downs[KEY_A], 1);
	stop_consumer(&b, 1);
	assert_true(guest_run_until(&rg.guest, all_are_up, NULL, 100));
	stop_guest();
}

TEST(a_reset_releases_what_the_consumer_holds)
{
	struct consumer c;

	start_guest(73, plain);
	start_consumer(&c, 0);
	xenav_input_key(c.in, KEY_LEFTCTRL, 1);
	sync_with(&c);
	assert_true(kb.down[KEY_LEFTCTRL]);
	assert_int_equal(xenav_input_reset(c.in), 0);
	sync_with(&c);
	assert_false(kb.down[KEY_LEFTCTRL]);
	stop_consumer(&c, 0);
	stop_guest();
}

TEST(a_key_that_is_pressed_again_repeats)
{
	struct consumer c;

	start_guest(74, plain);
	start_consumer(&c, 0);
	for (unsigned i = 0; i < 3; i++)
		xenav_input_key(c.in, KEY_J, 1);
	xenav_input_key(c.in, KEY_J, 0);
	sync_with(&c);
	assert_int_equal(kb.downs[KEY_J], 3);
	assert_int_equal(kb.ups[KEY_J], 1);
	stop_consumer(&c, 0);
	stop_guest();
}

/* -------- a guest that does not read -------- */

static bool is_sent(void *data)
{
	dispatch();
	return !(xenav_get_events(((struct consumer *)data)->x) & POLLOUT);
}

TEST(a_paused_guest_finds_the_last_position_and_no_key_stuck)
{
	struct consumer c;
	struct lab_use before, after;

	start_guest(75, plain);
	start_consumer(&c, 0);
	xenav_input_key(c.in, KEY_X, 1);
	sync_with(&c);
	kb.paused = true;
	before = lab_use(&lab);
	for (unsigned i = 0; i < 10000; i++) {
		xenav_input_position(c.in, c.connectors[0], (int)(i % 800), (int)(i % 600), 0);
		if (i % 100 == 0)
			xenav_input_key(c.in, KEY_1 + i / 100 % 9, i / 100 % 2);
		flush(&c);
		if (i == 5000)
			xenav_input_key(c.in, KEY_X, 0);
	}
	xenav_input_position(c.in, c.connectors[0], 123, 45, 0);
	flush(&c);
	assert_true(guest_run_until(&rg.guest, is_sent, &c, WAIT_MS));
	after = lab_use(&lab);
	assert_true(after.kib <= before.kib + 256);
	kb.paused = false;
	guest_run(&rg.guest, 100);
	sync_with(&c);
	assert_int_equal(kb.x, 123);
	assert_int_equal(kb.y, 45);
	stop_consumer(&c, 0);
	assert_true(guest_run_until(&rg.guest, all_are_up, NULL, WAIT_MS));
	stop_guest();
}
