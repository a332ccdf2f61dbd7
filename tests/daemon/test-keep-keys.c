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

/* What nobody holds goes up half a second after all consumers are back, or after five seconds: on a
 * machine that is so busy nothing can be told. */
#define IN_TIME_NS (400 * NS_PER_MS)

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
	unsigned n_late = 0;

	start_guest(160, plain);
	start_consumer(&c, 0);
	press(&c, KEY_LEFTSHIFT);
	for (unsigned i = 0; i < 5; i++) {
		uint64_t start_ns;

		rig_kill();
		start_ns = now_ns();
		stop_consumer(&c, 0);
		start_consumer(&c, 0);
		press(&c, KEY_LEFTSHIFT);
		n_late += now_ns() >= start_ns + IN_TIME_NS;
	}
	assert_true(kb.downs[KEY_LEFTSHIFT] <= 1 + n_late);
	assert_int_equal(kb.ups[KEY_LEFTSHIFT], kb.downs[KEY_LEFTSHIFT] - 1);
	xenav_input_key(c.in, KEY_LEFTSHIFT, 0);
	sync_with(&c);
	assert_int_equal(kb.ups[KEY_LEFTSHIFT], kb.downs[KEY_LEFTSHIFT]);
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

/* -------- what is typed while xenavd ends -------- */

static struct {
	uint32_t code, pressed;
} typed[4096], came[4096];
static unsigned n_typed, n_came;

static void on_key(struct keyboard *, uint32_t code, bool pressed)
{
	assert_true(n_came < 4096);
	came[n_came].code = code;
	came[n_came++].pressed = pressed;
}

static void listen_to_keys(void)
{
	n_typed = n_came = 0;
	kb.listener = on_key;
}

/* A message has room for eleven events. */
static void type(struct consumer *c, unsigned events, unsigned in_message)
{
	for (unsigned i = 0; i < events; i++) {
		const unsigned code = KEY_1 + n_typed / 2 % 50;
		const bool pressed = n_typed % 2 == 0;

		assert_int_equal(xenav_input_key(c->in, code, pressed), 0);
		if (i % in_message == in_message - 1)
			assert_int_equal(xenav_input_flush(c->in), 0);
		typed[n_typed].code = code;
		typed[n_typed++].pressed = pressed;
	}
}

static bool all_came(void *)
{
	dispatch();
	return n_came >= n_typed;
}

/* When another consumer has been there xenavd has read what was sent before. */
static void visit(void)
{
	struct consumer other;

	start_consumer(&other, 1);
	stop_consumer(&other, 1);
	dispatch();
}

/* Each key once and in order; and xenavd has said so. */
static void await_typed(void)
{
	assert_true(guest_run_until(&rg.guest, all_came, NULL, WAIT_MS));
	visit();
	assert_int_equal(n_came, n_typed);
	assert_memory_equal(came, typed, n_typed * sizeof typed[0]);
}

/* They lie in the socket of a process that reads nothing any more. */
TEST(keys_that_are_typed_into_the_socket_of_a_killed_daemon_come_once_and_in_order)
{
	struct consumer c;

	start_guest(165, plain);
	start_consumer(&c, 0);
	listen_to_keys();
	for (unsigned i = 0; i < 10; i++) {
		type(&c, 6, 2);
		await_typed();
		assert_int_equal(lab_freeze(lab.xenavd), 0);
		type(&c, 50, 1);
		rig_kill();
		type(&c, 10, 1);
		await_typed();
	}
	assert_undisturbed();
	stop_consumer(&c, 0);
	stop_guest();
}

/* They wait in a process that is killed, for a guest that does not read. */
TEST(keys_that_a_guest_had_no_room_for_come_once_and_in_order)
{
	struct consumer c;

	start_guest(166, plain);
	start_consumer(&c, 0);
	listen_to_keys();
	for (unsigned i = 0; i < 5; i++) {
		kb.paused = true;
		type(&c, 400, 10);
		visit();
		rig_kill();
		kb.paused = false;
		await_typed();
	}
	assert_undisturbed();
	stop_consumer(&c, 0);
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
	rig_kill();
	start_ns = now_ns();
	assert_true(guest_run_until(&rg.guest, are_both_back, NULL, WAIT_MS));
	xenav_input_touch_end(c.in, 30);
	flush(&c);
	assert_true(guest_run_until(&rg.guest, is_lifted, NULL, WAIT_MS));
	in_time = now_ns() < start_ns + IN_TIME_NS;
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
