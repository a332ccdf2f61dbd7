/* SPDX-License-Identifier: MIT */
/* Pointer and touch: positions, motion and contacts reach a frontend as the one of Linux. */
#include <config.h>

#include <linux/input-event-codes.h>

#include "input-rig.h"

/* -------- the pointer -------- */

static void check_corner(struct consumer *c, unsigned connector, int x, int y, int wanted_x,
			 int wanted_y)
{
	assert_int_equal(xenav_input_position(c->in, c->connectors[connector], x, y, 0), 0);
	sync_with(c);
	assert_in_range(kb.x - wanted_x + 1, 0, 2);
	assert_in_range(kb.y - wanted_y + 1, 0, 2);
}

/* The box is 1440x600: 800 and 640 pixels side by side. */
TEST(corners_and_centre_are_where_they_are_on_both_connectors)
{
	struct consumer c;

	start_guest(76, plain);
	assert_int_equal(kb.width, 1440);
	assert_int_equal(kb.height, 600);
	start_consumer(&c, 0);
	check_corner(&c, 0, 0, 0, 0, 0);
	check_corner(&c, 0, 799, 0, 799, 0);
	check_corner(&c, 0, 0, 599, 0, 599);
	check_corner(&c, 0, 799, 599, 799, 599);
	check_corner(&c, 0, 400, 300, 400, 300);
	check_corner(&c, 1, 0, 0, 800, 0);
	check_corner(&c, 1, 639, 0, 1439, 0);
	check_corner(&c, 1, 0, 479, 800, 479);
	check_corner(&c, 1, 639, 479, 1439, 479);
	check_corner(&c, 1, 320, 240, 1120, 240);
	stop_consumer(&c, 0);
	stop_guest();
}

TEST(a_wheel_and_motion_are_added_up)
{
	struct consumer c;

	start_guest(77, plain);
	start_consumer(&c, 0);
	xenav_input_position(c.in, NULL, 100, 100, 0);
	for (unsigned i = 0; i < 50; i++)
		xenav_input_motion(c.in, 2, 1, 1);
	sync_with(&c);
	assert_int_equal(kb.x, 200);
	assert_int_equal(kb.y, 150);
	assert_int_equal(kb.wheel, 50);
	stop_consumer(&c, 0);
	stop_guest();
}

TEST(a_relative_pointer_gets_motion_alone)
{
	static const struct toolstack_node relative[] = {
		{"feature-abs-pointer", "0", true},
		{0},
	};
	struct consumer c;

	start_guest(78, relative);
	assert_false(kb.absolute);
	start_consumer(&c, 0);
	assert_false(xenav_input_get_info(c.in)->caps & XENAV_INPUT_ABSOLUTE);
	xenav_input_motion(c.in, 7, -3, 0);
	sync_with(&c);
	assert_int_equal(kb.dx, 7);
	assert_int_equal(kb.dy, -3);
	xenav_input_position(c.in, NULL, 300, 300, 0);
	xenav_input_position(c.in, NULL, 310, 305, 0);
	sync_with(&c);
	assert_int_equal(kb.positions, 0);
	stop_consumer(&c, 0);
	stop_guest();
}

/* -------- touch -------- */

static const struct toolstack_node touch_only[] = {
	{"unique-id", "T:left", true},
	{"feature-disable-keyboard", "1", true},
	{"feature-disable-pointer", "1", true},
	{"feature-multi-touch", "1", true},
	{"multi-touch-width", "1920", true},
	{"multi-touch-height", "1080", true},
	{"multi-touch-num-contacts", "10", true},
	{0},
};

static bool has_ten_contacts(void *)
{
	dispatch();
	for (unsigned i = 0; i < 10; i++)
		if (!kb.contacts[i].down || kb.contacts[i].x != 10 * (int)i ||
		    kb.contacts[i].y != 20 * (int)i)
			return false;
	return kb.contacts[0].major == 9 && kb.syncs > 0;
}

/* The fourth contact has gone up that often. */
static bool has_gone_up(void *times)
{
	dispatch();
	return kb.contacts[3].ups == *(unsigned *)times;
}

static bool has_no_contact(void *)
{
	dispatch();
	for (unsigned i = 0; i < 10; i++)
		if (kb.contacts[i].down)
			return false;
	return true;
}

static void await(bool (*done)(void *), unsigned times)
{
	assert_true(guest_run_until(&rg.guest, done, &times, WAIT_MS));
}

TEST(a_guest_with_touch_alone_gets_ten_contacts_and_no_key)
{
	struct consumer c;

	start_guest(79, touch_only);
	start_consumer(&c, 0);
	assert_int_equal(xenav_input_get_info(c.in)->caps, XENAV_INPUT_TOUCH);
	assert_true(xenav_input_belongs(c.in, c.connectors[0]));
	assert_false(xenav_input_belongs(c.in, c.connectors[1]));
	for (unsigned i = 0; i < 11; i++)
		xenav_input_touch(c.in, 100 + i, NULL, 10 * (int)i, 20 * (int)i);
	xenav_input_touch_shape(c.in, 100, 9, 5);
	xenav_input_key(c.in, KEY_A, 1);
	xenav_input_key(c.in, BTN_LEFT, 1);
	xenav_input_position(c.in, NULL, 5, 5, 0);
	flush(&c);
	await(has_ten_contacts, 0);
	xenav_input_touch_end(c.in, 103);
	flush(&c);
	await(has_gone_up, 1);
	/* A tap that is shorter than the pause between two events of motion. */
	xenav_input_touch(c.in, 200, NULL, 7, 7);
	xenav_input_touch_end(c.in, 200);
	flush(&c);
	await(has_gone_up, 2);
	assert_int_equal(kb.contacts[3].downs, 2);
	stop_consumer(&c, 0);
	await(has_no_contact, 0);
	assert_int_equal(kb.downs[KEY_A] + kb.downs[BTN_LEFT], 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(kb.contacts[i].ups, i == 3 ? 2 : 1);
	stop_guest();
}
