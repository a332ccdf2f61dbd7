/* SPDX-License-Identifier: MIT */
/* What several consumers hold of one device. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "input/feeder.h"
#include "test.h"

static struct input_state known;
static struct feeder a, b;

static int setup(void **)
{
	const struct input_caps caps = {
		.keyboard = true,
		.pointer = true,
		.touch = true,
		.touch_width = 100,
		.touch_height = 100,
		.contacts = 2,
	};

	input_state_init(&known, &caps);
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, NULL)

static bool is_down(unsigned code)
{
	return input_keys_has(&known.down, code);
}

TEST(a_key_stays_down_until_the_last_feeder_has_released_it)
{
	assert_int_equal(feeder_key(&a, &known, KEY_A, true), 0);
	assert_int_equal(feeder_key(&b, &known, KEY_A, true), 0);
	feeder_reset(&a, &known);
	assert_true(is_down(KEY_A));
	assert_int_equal(feeder_key(&b, &known, KEY_A, false), 0);
	assert_false(is_down(KEY_A));
}

TEST(a_feeder_releases_nothing_that_it_does_not_hold)
{
	feeder_key(&a, &known, KEY_A, true);
	feeder_key(&b, &known, KEY_A, false);
	feeder_reset(&b, &known);
	assert_true(is_down(KEY_A));
}

TEST(a_press_too_many_is_a_repetition_and_needs_one_release)
{
	feeder_key(&a, &known, KEY_A, true);
	feeder_key(&a, &known, KEY_A, true);
	assert_int_equal(known.holders[KEY_A], 1);
	assert_true(input_keys_has(&known.again, KEY_A));
	feeder_key(&a, &known, KEY_A, false);
	assert_false(is_down(KEY_A));
}

TEST(codes_that_the_guest_does_not_have_are_refused)
{
	assert_int_equal(feeder_key(&a, &known, 0, true), -EINVAL);
	assert_int_equal(feeder_key(&a, &known, KEY_MAX, true), -EINVAL);
	assert_int_equal(feeder_key(&a, &known, INPUT_KEYS, true), -EINVAL);
	assert_int_equal(feeder_key(&a, &known, UINT32_MAX, true), -EINVAL);
}

TEST(feeders_share_the_contacts_that_the_guest_has)
{
	assert_int_equal(feeder_touch(&a, &known, 7, 1, 1), 0);
	assert_int_equal(feeder_touch(&b, &known, 7, 2, 2), 0);
	assert_int_equal(known.contacts[0].x, 1);
	assert_int_equal(known.contacts[1].x, 2);
	assert_int_equal(feeder_touch(&a, &known, 8, 3, 3), -ENOSPC);
	assert_int_equal(feeder_touch(&b, &known, 7, 4, 4), 0);
	assert_int_equal(known.contacts[1].x, 4);
	feeder_reset(&a, &known);
	assert_false(known.contacts[0].down);
	assert_true(known.contacts[1].down);
	assert_int_equal(feeder_touch(&b, &known, UINT32_MAX, 5, 5), 0);
	assert_int_equal(feeder_lift(&b, &known, 7), 0);
	assert_false(known.contacts[1].down);
	assert_true(known.contacts[0].down);
}

TEST(a_contact_that_does_not_touch_has_no_shape_and_no_end)
{
	assert_int_equal(feeder_shape(&a, &known, 1, 2, 3), -ENOENT);
	assert_int_equal(feeder_turn(&a, &known, 1, 2), -ENOENT);
	assert_int_equal(feeder_lift(&a, &known, 1), -ENOENT);
	feeder_touch(&a, &known, 1, 2, 3);
	assert_int_equal(feeder_turn(&a, &known, 1, INT32_MIN), 0);
	assert_int_equal(known.contacts[0].orientation, -180);
	known.caps.touch = false;
	assert_int_equal(feeder_touch(&a, &known, 1, 2, 3), -EOPNOTSUPP);
}
