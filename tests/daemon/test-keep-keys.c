/* SPDX-License-Identifier: MIT */
/* Keys across the end of xenavd by SIGKILL: none is lost, doubled, or down for ever. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <signal.h>

#include "base/clock.h"
#include "input-rig.h"

static void __attribute__((constructor)) managed(void)
{
	rig_managed = true;
}

static void press(struct consumer *c, unsigned code)
{
	assert_int_equal(xenav_input_key(c->in, code, 1), 0);
	sync_with(c);
	assert_true(kb.down[code]);
}

static void assert_undisturbed(void)
{
	assert_int_equal(kb.front.connects, 1);
	assert_int_equal(kb.front.state, 4);
	assert_int_equal(rg.guest.oopses, 0);
}

TEST(keys_that_are_pressed_again_stay_down_and_the_guest_hears_nothing)
{
	struct consumer c;

	start_guest(160, plain);
	start_consumer(&c, 0);
	press(&c, KEY_LEFTSHIFT);
	for (unsigned i = 0; i < 5; i++) {
		rig_kill();
		stop_consumer(&c, 0);
		assert_true(kb.down[KEY_LEFTSHIFT]);
		start_consumer(&c, 0);
		press(&c, KEY_LEFTSHIFT);
	}
	assert_int_equal(kb.downs[KEY_LEFTSHIFT], 1);
	assert_int_equal(kb.ups[KEY_LEFTSHIFT], 0);
	xenav_input_key(c.in, KEY_LEFTSHIFT, 0);
	sync_with(&c);
	assert_int_equal(kb.ups[KEY_LEFTSHIFT], 1);
	assert_undisturbed();
	stop_consumer(&c, 0);
	stop_guest();
}

TEST(keys_that_nobody_presses_again_are_released)
{
	struct consumer c;

	start_guest(161, plain);
	start_consumer(&c, 0);
	press(&c, KEY_LEFTCTRL);
	press(&c, BTN_LEFT);
	rig_kill();
	stop_consumer(&c, 0);
	assert_true(guest_run_until(&rg.guest, all_are_up, NULL, WAIT_MS));
	assert_undisturbed();
	stop_guest();
}

TEST(every_key_arrives_once_between_kills)
{
	struct consumer c;

	start_guest(162, plain);
	for (unsigned i = 0; i < 10; i++) {
		start_consumer(&c, 0);
		xenav_input_key(c.in, KEY_A + i, 1);
		xenav_input_key(c.in, KEY_A + i, 0);
		sync_with(&c);
		rig_kill();
		stop_consumer(&c, 0);
	}
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(kb.downs[KEY_A + i], 1);
		assert_int_equal(kb.ups[KEY_A + i], 1);
	}
	assert_undisturbed();
	stop_guest();
}

TEST(the_pointer_goes_on_from_where_it_was)
{
	struct consumer c;

	start_guest(163, plain);
	start_consumer(&c, 0);
	assert_int_equal(xenav_input_position(c.in, c.connectors[0], 100, 50, 0), 0);
	sync_with(&c);
	rig_kill();
	stop_consumer(&c, 0);
	start_consumer(&c, 0);
	assert_int_equal(xenav_input_motion(c.in, 7, -7, 0), 0);
	sync_with(&c);
	assert_int_equal(kb.x, 107);
	assert_int_equal(kb.y, 43);
	assert_undisturbed();
	stop_consumer(&c, 0);
	stop_guest();
}

static const struct toolstack_node touch_only[] = {
	{"feature-disable-keyboard", "1", true},
	{"feature-disable-pointer", "1", true},
	{"feature-multi-touch", "1", true},
	{"multi-touch-width", "1920", true},
	{"multi-touch-height", "1080", true},
	{"multi-touch-num-contacts", "4", true},
	{0},
};

static bool are_both_down(void *)
{
	dispatch();
	return kb.contacts[0].down && kb.contacts[1].down;
}

static bool is_back(const struct keyboard_contact *contact)
{
	return contact->motions > 0 || contact->downs > 1;
}

static bool are_both_back(void *)
{
	dispatch();
	return is_back(&kb.contacts[0]) && is_back(&kb.contacts[1]);
}

static bool is_lifted(void *)
{
	dispatch();
	return kb.contacts[0].ups > 0 && !kb.contacts[0].down;
}

/* What nobody holds goes up after five seconds: on a machine that is so busy nothing can be told.
 */
#define IN_TIME_NS (4 * NS_PER_SEC)

/* The library lives through it. */
TEST(fingers_stay_down_over_a_kill_and_go_up_when_they_do)
{
	struct consumer c;
	uint64_t start_ns;
	bool in_time;

	start_guest(164, touch_only);
	start_consumer(&c, 0);
	xenav_input_touch(c.in, 30, NULL, 100, 200);
	xenav_input_touch(c.in, 10, NULL, 300, 400);
	flush(&c);
	assert_true(guest_run_until(&rg.guest, are_both_down, NULL, WAIT_MS));
	start_ns = now_ns();
	rig_kill();
	assert_true(guest_run_until(&rg.guest, are_both_back, NULL, WAIT_MS));
	in_time = now_ns() < start_ns + IN_TIME_NS;
	xenav_input_touch_end(c.in, 30);
	flush(&c);
	assert_true(guest_run_until(&rg.guest, is_lifted, NULL, WAIT_MS));
	assert_true(kb.contacts[1].down);
	if (in_time) {
		assert_int_equal(kb.contacts[0].downs, 1);
		assert_int_equal(kb.contacts[1].downs, 1);
		assert_int_equal(kb.contacts[1].ups, 0);
	}
	assert_int_equal(kb.contacts[1].x, 300);
	assert_undisturbed();
	stop_consumer(&c, 0);
	stop_guest();
}
