/* SPDX-License-Identifier: MIT */
/* What a guest is sent, in which order, and what becomes of what it could not be sent. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <string.h>

#include "input/state.h"
#include "test.h"
#include "xen/kbdif.h"

#define SPACE 51

static const struct input_caps caps = {
	.keyboard = true,
	.pointer = true,
	.absolute = true,
	.width = 800,
	.height = 600,
	.touch = true,
	.touch_width = 800,
	.touch_height = 600,
	.contacts = 2,
};

static struct input_state known;
static union xenkbd_in_event event;

static int setup(void **)
{
	input_state_init(&known, &caps);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, NULL)

static void assert_nothing(void)
{
	assert_false(input_state_next(&known, SPACE, &event));
}

static void assert_key(unsigned code, bool pressed)
{
	assert_true(input_state_next(&known, SPACE, &event));
	assert_int_equal(event.type, XENKBD_TYPE_KEY);
	assert_int_equal(event.key.keycode, code);
	assert_int_equal(event.key.pressed, pressed);
}

static void assert_position(int x, int y, int wheel)
{
	assert_true(input_state_next(&known, SPACE, &event));
	assert_int_equal(event.type, XENKBD_TYPE_POS);
	assert_int_equal(event.pos.abs_x, x);
	assert_int_equal(event.pos.abs_y, y);
	assert_int_equal(event.pos.rel_z, wheel);
}

static void assert_touch(unsigned what, unsigned contact)
{
	assert_true(input_state_next(&known, SPACE, &event));
	assert_int_equal(event.type, XENKBD_TYPE_MTOUCH);
	assert_int_equal(event.mtouch.event_type, what);
	assert_int_equal(event.mtouch.contact_id, contact);
}

TEST(motion_goes_before_keys_and_releases_before_presses)
{
	input_state_press(&known, KEY_B);
	assert_key(KEY_B, true);
	input_state_press(&known, KEY_A);
	input_state_release(&known, KEY_B);
	input_state_place(&known, 10, 20, 0);
	assert_position(10, 20, 0);
	assert_key(KEY_B, false);
	assert_key(KEY_A, true);
	assert_nothing();
}

TEST(a_key_is_up_when_its_last_holder_has_released_it)
{
	input_state_press(&known, KEY_A);
	input_state_press(&known, KEY_A);
	assert_key(KEY_A, true);
	input_state_release(&known, KEY_A);
	assert_nothing();
	input_state_release(&known, KEY_A);
	assert_key(KEY_A, false);
	input_state_release(&known, KEY_A);
	assert_nothing();
}

TEST(a_key_that_was_up_for_a_moment_is_released_and_pressed)
{
	input_state_press(&known, KEY_A);
	assert_key(KEY_A, true);
	input_state_release(&known, KEY_A);
	input_state_press(&known, KEY_A);
	assert_key(KEY_A, false);
	assert_key(KEY_A, true);
	assert_nothing();
}

TEST(a_press_that_was_never_sent_leaves_no_release)
{
	input_state_press(&known, KEY_A);
	input_state_release(&known, KEY_A);
	assert_nothing();
}

TEST(motion_is_added_up_and_clamped)
{
	input_state_place(&known, 100, 100, 1);
	input_state_move(&known, 50, -10, 2);
	assert_position(150, 90, 3);
	input_state_place(&known, -7, INT32_MAX, INT32_MIN);
	assert_position(0, 600, -0x7fff);
	for (unsigned i = 0; i < 3; i++)
		input_state_move(&known, INT32_MAX, INT32_MIN, INT32_MAX);
	assert_position(800, 0, 0x7fff);
	assert_nothing();
}

TEST(a_wheel_without_a_position_leaves_the_pointer_in_the_middle)
{
	input_state_move(&known, 0, 0, -1);
	assert_position(400, 300, -1);
}

TEST(contacts_are_followed_by_one_syn)
{
	input_state_touch(&known, 0, 1, 2);
	input_state_shape(&known, 0, 9, 8);
	input_state_turn(&known, 0, -90);
	input_state_touch(&known, 1, 900, -1);
	assert_touch(XENKBD_MT_EV_DOWN, 0);
	assert_touch(XENKBD_MT_EV_SHAPE, 0);
	assert_int_equal(event.mtouch.u.shape.major, 9);
	assert_touch(XENKBD_MT_EV_ORIENT, 0);
	assert_int_equal(event.mtouch.u.orientation, -90);
	assert_touch(XENKBD_MT_EV_DOWN, 1);
	assert_int_equal(event.mtouch.u.pos.abs_x, 800);
	assert_int_equal(event.mtouch.u.pos.abs_y, 0);
	assert_touch(XENKBD_MT_EV_SYN, 0);
	input_state_touch(&known, 0, 3, 4);
	assert_touch(XENKBD_MT_EV_MOTION, 0);
	input_state_lift(&known, 0);
	input_state_touch(&known, 0, 5, 6);
	assert_touch(XENKBD_MT_EV_UP, 0);
	assert_touch(XENKBD_MT_EV_DOWN, 0);
	assert_touch(XENKBD_MT_EV_SYN, 0);
	assert_nothing();
}

TEST(what_may_be_down_since_before_is_released_where_room_is_to_spare)
{
	unsigned n = 0;

	input_state_release_all(&known);
	input_state_press(&known, KEY_A);
	assert_key(KEY_A, false);
	assert_key(KEY_A, true);
	assert_touch(XENKBD_MT_EV_UP, 0);
	assert_touch(XENKBD_MT_EV_UP, 1);
	assert_touch(XENKBD_MT_EV_SYN, 0);
	assert_false(input_state_next(&known, INPUT_SPARE, &event));
	while (input_state_next(&known, SPACE, &event)) {
		assert_int_equal(event.type, XENKBD_TYPE_KEY);
		assert_int_equal(event.key.pressed, 0);
		assert_int_not_equal(event.key.keycode, KEY_A);
		n++;
	}
	assert_int_equal(n, 239 + 8 + 415 - 1);
}

/* It may be down since before, and a press that is not sent releases nothing. */
TEST(what_may_be_down_since_before_is_released_although_it_was_pressed_meanwhile)
{
	input_state_release_all(&known);
	input_state_press(&known, KEY_A);
	input_state_release(&known, KEY_A);
	input_state_touch(&known, 1, 5, 5);
	input_state_lift(&known, 1);
	assert_key(KEY_A, false);
	assert_touch(XENKBD_MT_EV_UP, 0);
	assert_touch(XENKBD_MT_EV_UP, 1);
	assert_touch(XENKBD_MT_EV_SYN, 0);
	while (input_state_next(&known, SPACE, &event))
		assert_int_not_equal(event.key.keycode, KEY_A);
}

TEST(no_key_is_allowed_that_linux_would_not_survive)
{
	struct input_caps c = caps;

	assert_false(input_key_allowed(&c, 0));
	assert_true(input_key_allowed(&c, 239));
	assert_false(input_key_allowed(&c, 240));
	assert_false(input_key_allowed(&c, 271));
	assert_true(input_key_allowed(&c, 272));
	assert_true(input_key_allowed(&c, 279));
	assert_false(input_key_allowed(&c, 280));
	assert_false(input_key_allowed(&c, 351));
	assert_true(input_key_allowed(&c, 352));
	assert_true(input_key_allowed(&c, 766));
	assert_false(input_key_allowed(&c, 767));
	assert_false(input_key_allowed(&c, UINT32_MAX));
	c.keyboard = false;
	assert_false(input_key_allowed(&c, KEY_A));
	assert_true(input_key_allowed(&c, BTN_LEFT));
	c.keyboard = true;
	c.pointer = false;
	assert_false(input_key_allowed(&c, KEY_A));
	assert_false(input_key_allowed(&c, BTN_LEFT));
}
