/* SPDX-License-Identifier: MIT */
/* What waits of several consumers, in which order, and what becomes of it when they leave. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "input/feeders.h"
#include "input/queue.h"
#include "test.h"
#include "xen/kbdif.h"

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

static struct input_state known;
static struct feeders feeders;
static char a, b, c;

static int setup(void **)
{
	input_state_init(&known, &caps);
	feeders_init(&feeders, &known);
	assert_int_equal(feeders_join(&feeders, &a), 0);
	assert_int_equal(feeders_join(&feeders, &b), 0);
	return 0;
}

static int teardown(void **)
{
	feeders_end(&feeders);
	assert_int_equal(feeders.n, 0);
	assert_int_equal(feeders.n_left, 0);
	assert_int_equal(feeders.n_waiting, 0);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

static void tap(const void *feeder, unsigned code)
{
	assert_int_equal(feeders_key(&feeders, feeder, code, true), 0);
	assert_int_equal(feeders_key(&feeders, feeder, code, false), 0);
}

/* The guest reads one event. @return whether there is any. */
static bool next(union xenkbd_in_event *event)
{
	while (!input_state_next(&known, 51, event))
		if (!feeders_next(&feeders))
			return false;
	return true;
}

/* The guest reads all there is: presses of these letters, and afterwards no key is down. */
static void expect(const char *wanted)
{
	static const char letters[] = "..........,,,,,,qwertyuiop..,.asdfghjkl.....zxcvbnm";
	union xenkbd_in_event event;
	char got[64] = "";
	size_t n = 0;
	int down = 0;

	while (next(&event)) {
		if (event.type != XENKBD_TYPE_KEY)
			continue;
		down += event.key.pressed ? 1 : -1;
		if (event.key.pressed && n + 1 < sizeof got)
			got[n++] = letters[event.key.keycode];
	}
	assert_string_equal(got, wanted);
	assert_int_equal(down, 0);
	assert_int_equal(feeders.n_waiting, 0);
}

TEST(each_gets_its_turn_and_keeps_its_order)
{
	union xenkbd_in_event event;
	unsigned n = 0;

	for (unsigned i = 0; i < 300; i++)
		tap(&a, KEY_A);
	tap(&b, KEY_B);
	assert_int_equal(feeders.n_waiting, 602);
	while (next(&event) && event.key.keycode != KEY_B)
		n++;
	assert_true(n <= 2);
}

TEST(one_that_has_queued_as_much_as_it_may_takes_nothing_from_another)
{
	while (feeders_key(&feeders, &a, KEY_A, true) == 0)
		feeders_key(&feeders, &a, KEY_A, false);
	feeders_key(&feeders, &a, KEY_A, false);
	assert_int_equal(feeders.n_dropped, 1);
	assert_int_equal(feeders.n_waiting, INPUT_QUEUE);
	tap(&b, KEY_B);
	assert_int_equal(feeders.n_waiting, INPUT_QUEUE + 2);
}

TEST(a_key_of_two_is_up_when_both_have_released_it)
{
	union xenkbd_in_event event;

	feeders_key(&feeders, &a, KEY_A, true);
	feeders_key(&feeders, &b, KEY_A, true);
	feeders_key(&feeders, &a, KEY_A, false);
	assert_true(next(&event));
	assert_true(event.key.pressed);
	assert_false(next(&event));
	feeders_leave(&feeders, &b);
	assert_true(next(&event));
	assert_false(event.key.pressed);
}

TEST(what_one_that_leaves_has_queued_is_typed_and_what_it_held_released)
{
	tap(&a, KEY_H);
	feeders_key(&feeders, &a, KEY_I, true);
	feeders_leave(&feeders, &a);
	assert_int_equal(feeders.n, 1);
	assert_int_equal(feeders.n_left, 1);
	expect("hi");
	assert_int_equal(feeders.n_left, 0);
}

TEST(who_leaves_when_nothing_waits_releases_at_once)
{
	union xenkbd_in_event event;

	feeders_key(&feeders, &a, KEY_A, true);
	assert_true(next(&event));
	feeders_leave(&feeders, &a);
	assert_int_equal(feeders.n_waiting, 0);
	assert_int_equal(feeders.n_left, 0);
	assert_true(input_state_next(&known, 51, &event));
	assert_int_equal(event.key.keycode, KEY_A);
	assert_false(event.key.pressed);
}

TEST(a_reset_releases_behind_what_waits)
{
	tap(&a, KEY_H);
	feeders_key(&feeders, &a, KEY_I, true);
	feeders_reset(&feeders, &a);
	/* Nothing is held any more. */
	feeders_key(&feeders, &a, KEY_I, false);
	assert_int_equal(feeders.n_waiting, 4);
	tap(&a, KEY_J);
	expect("hij");
}

TEST(programs_that_run_one_after_another_type_one_after_another)
{
	tap(&a, KEY_A);
	tap(&a, KEY_S);
	feeders_leave(&feeders, &a);
	assert_int_equal(feeders_join(&feeders, &c), 0);
	tap(&c, KEY_D);
	feeders_leave(&feeders, &c);
	assert_int_equal(feeders_join(&feeders, &c), 0);
	tap(&c, KEY_F);
	expect("asdf");
}

TEST(one_that_comes_and_goes_delays_nobody_who_is_there)
{
	union xenkbd_in_event event;
	unsigned n = 0;

	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(feeders_join(&feeders, &c), 0);
		for (unsigned j = 0; j < 50; j++)
			tap(&c, KEY_C);
		feeders_leave(&feeders, &c);
	}
	tap(&b, KEY_B);
	while (next(&event) && event.key.keycode != KEY_B)
		n++;
	assert_true(n <= 2);
}

TEST(what_waits_of_those_that_have_left_is_limited_and_no_key_stays_down)
{
	union xenkbd_in_event event;
	const unsigned n = 3 * FEEDERS_MAX_LEFT;

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(feeders_join(&feeders, &c), 0);
		tap(&c, KEY_C);
		/* The first one is down in the guest when it is dropped. */
		if (i == 0)
			assert_true(next(&event));
		feeders_leave(&feeders, &c);
	}
	assert_int_equal(feeders.n_left, FEEDERS_MAX_LEFT);
	assert_int_equal(feeders.n_dropped, n - FEEDERS_MAX_LEFT - 1);
	assert_true(next(&event));
	assert_false(event.key.pressed);
	expect("cccccccccccccccc");
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(feeders_join(&feeders, &c), 0);
		for (unsigned j = 0; j < INPUT_QUEUE / 2; j++)
			tap(&c, KEY_C);
		feeders_leave(&feeders, &c);
	}
	assert_int_equal(feeders.n_left, 1);
	assert_int_equal(feeders.n_waiting, INPUT_QUEUE);
}

TEST(motion_waits_behind_the_keys_of_its_feeder_and_else_not_at_all)
{
	union xenkbd_in_event event;

	feeders_place(&feeders, &a, 1, 2, 0);
	feeders_key(&feeders, &a, BTN_LEFT, true);
	feeders_place(&feeders, &a, 30, 40, 0);
	feeders_key(&feeders, &a, BTN_LEFT, false);
	feeders_move(&feeders, &a, 1, 1, 0);
	assert_int_equal(known.x, 1);
	assert_true(next(&event));
	assert_int_equal(event.pos.abs_x, 1);
	assert_true(next(&event));
	assert_int_equal(event.key.keycode, BTN_LEFT);
	assert_true(next(&event));
	assert_int_equal(event.pos.abs_x, 30);
	assert_true(next(&event));
	assert_false(event.key.pressed);
	assert_true(next(&event));
	assert_int_equal(event.pos.abs_x, 31);
	assert_int_equal(event.pos.abs_y, 41);
	assert_false(next(&event));
	feeders_place(&feeders, &b, 5, 5, 0);
	assert_int_equal(known.x, 5);
}

TEST(one_that_leaves_lifts_its_contacts_at_once)
{
	tap(&a, KEY_A);
	assert_int_equal(feeder_touch(feeders_find(&feeders, &a), &known, 7, 1, 1), 0);
	assert_true(known.contacts[0].down);
	feeders_leave(&feeders, &a);
	assert_false(known.contacts[0].down);
	assert_null(feeders_find(&feeders, &a));
	assert_int_equal(feeders_key(&feeders, &a, KEY_A, true), -ENOENT);
	expect("a");
}

TEST(codes_that_the_guest_does_not_have_are_refused)
{
	assert_int_equal(feeders_key(&feeders, &a, 0, true), -EINVAL);
	assert_int_equal(feeders_key(&feeders, &a, KEY_MAX, true), -EINVAL);
	assert_int_equal(feeders_key(&feeders, &a, INPUT_KEYS, true), -EINVAL);
	assert_int_equal(feeders_key(&feeders, &a, UINT32_MAX, true), -EINVAL);
	assert_int_equal(feeders.n_waiting, 0);
}

/* -------- what is done with -------- */

static uint32_t taken_of_a, taken_of_b;

static void on_taken(const void *data, uint32_t count)
{
	*(data == &a ? &taken_of_a : &taken_of_b) = count;
}

static void count_a(void)
{
	feeders_count(&feeders, &a);
}

/* All that is in the state is with the guest. */
static void place_all(void)
{
	union xenkbd_in_event event;

	while (input_state_next(&known, 51, &event))
		;
	feeders_placed(&feeders);
	feeders_tell(&feeders);
}

static void listen_to_counts(void)
{
	taken_of_a = taken_of_b = 99;
	feeders.taken = on_taken;
}

TEST(what_waits_is_not_done_with)
{
	listen_to_counts();
	count_a();
	feeders_key(&feeders, &a, KEY_A, true);
	count_a();
	feeders_move(&feeders, &a, 1, 1, 0);
	count_a();
	feeders_key(&feeders, &a, KEY_A, false);
	count_a();
	feeders_move(&feeders, &a, 1, 1, 0);
	place_all();
	assert_int_equal(taken_of_a, 99);
	assert_true(feeders_next(&feeders));
	feeders_tell(&feeders);
	assert_int_equal(taken_of_a, 99);
	place_all();
	assert_int_equal(taken_of_a, 1);
	assert_true(feeders_next(&feeders));
	place_all();
	assert_int_equal(taken_of_a, 3);
	assert_true(feeders_next(&feeders));
	place_all();
	assert_int_equal(taken_of_a, 4);
	assert_int_equal(taken_of_b, 99);
}

TEST(what_is_ignored_or_does_not_wait_is_done_with_in_its_turn)
{
	listen_to_counts();
	for (unsigned i = 0; i < 5; i++) {
		count_a();
		feeders_move(&feeders, &a, 1, 1, 0);
	}
	place_all();
	assert_int_equal(taken_of_a, 5);
	count_a();
	feeders_key(&feeders, &a, KEY_A, true);
	count_a();
	feeders_key(&feeders, &a, INPUT_KEYS, true);
	/* It never becomes less. */
	place_all();
	assert_int_equal(taken_of_a, 5);
	assert_true(feeders_next(&feeders));
	place_all();
	assert_int_equal(taken_of_a, 7);
	count_a();
	feeders_reset(&feeders, &a);
	place_all();
	assert_int_equal(taken_of_a, 8);
}

TEST(one_that_comes_again_counts_anew)
{
	listen_to_counts();
	for (unsigned i = 0; i < 3; i++)
		count_a();
	place_all();
	assert_int_equal(taken_of_a, 3);
	feeders_leave(&feeders, &a);
	assert_int_equal(feeders_join(&feeders, &a), 0);
	count_a();
	place_all();
	assert_int_equal(taken_of_a, 1);
}
