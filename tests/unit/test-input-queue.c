/* SPDX-License-Identifier: MIT */
/* The keys of one consumer that wait. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "input/queue.h"
#include "test.h"

static struct input_queue queue;
static struct queue_entry entry;

static int setup(void **)
{
	memset(&queue, 0, sizeof queue);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, NULL)

static void tap(unsigned code)
{
	assert_int_equal(queue_key(&queue, code, true), 0);
	assert_int_equal(queue_key(&queue, code, false), 0);
}

static void assert_next(unsigned code, bool pressed)
{
	assert_true(queue_next(&queue, &entry));
	assert_int_equal(entry.code, code);
	assert_int_equal(entry.pressed, pressed);
}

TEST(keys_come_out_as_they_went_in_again_and_again)
{
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 200; i++)
			tap(KEY_1 + i % 9);
		for (unsigned i = 0; i < 200; i++) {
			assert_next(KEY_1 + i % 9, true);
			assert_next(KEY_1 + i % 9, false);
		}
		assert_true(queue_is_empty(&queue));
		assert_false(queue_next(&queue, &entry));
	}
}

TEST(a_press_without_a_place_is_dropped_with_its_release)
{
	for (unsigned i = 0; i < INPUT_QUEUE / 2; i++)
		tap(KEY_A);
	assert_int_equal(queue_key(&queue, KEY_B, true), -ENOBUFS);
	assert_int_equal(queue_key(&queue, KEY_B, false), 0);
	assert_int_equal(queue.n, INPUT_QUEUE);
	assert_int_equal(queue_presses(&queue), INPUT_QUEUE / 2);
	while (queue_next(&queue, &entry))
		assert_int_equal(entry.code, KEY_A);
	tap(KEY_B);
	assert_next(KEY_B, true);
}

TEST(a_key_that_is_down_always_has_a_place_for_its_release)
{
	assert_int_equal(queue_key(&queue, KEY_LEFTSHIFT, true), 0);
	while (queue_key(&queue, KEY_A, true) == 0)
		queue_key(&queue, KEY_A, false);
	/* Repetitions take no place of a release. */
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(queue_key(&queue, KEY_LEFTSHIFT, true), 0);
	assert_int_equal(queue_key(&queue, KEY_LEFTSHIFT, false), 0);
	assert_true(queue.n <= INPUT_QUEUE);
	while (queue.n > 1)
		assert_true(queue_next(&queue, &entry));
	assert_next(KEY_LEFTSHIFT, false);
}

TEST(every_key_may_be_held_at_once)
{
	for (unsigned code = 1; code < INPUT_KEYS; code++) {
		assert_int_equal(queue_key(&queue, code, true), 0);
		assert_next(code, true);
	}
	queue_release_all(&queue);
	for (unsigned code = 1; code < INPUT_KEYS; code++)
		assert_next(code, false);
	assert_int_equal(queue.n_held, 0);
	assert_true(queue_is_empty(&queue));
}

TEST(repetitions_in_a_row_that_wait_are_one)
{
	for (unsigned i = 0; i < 100; i++)
		queue_key(&queue, KEY_A, true);
	assert_int_equal(queue.n, 1);
	assert_next(KEY_A, true);
	for (unsigned i = 0; i < 100; i++)
		queue_key(&queue, KEY_A, true);
	assert_int_equal(queue.n, 1);
}

TEST(a_release_of_what_is_not_held_is_nothing)
{
	assert_int_equal(queue_key(&queue, KEY_A, false), 0);
	assert_true(queue_is_empty(&queue));
}

TEST(a_click_is_where_the_pointer_was)
{
	queue_place(&queue, 10, 20, 0);
	queue_key(&queue, BTN_LEFT, true);
	queue_move(&queue, 5, -6, 1);
	queue_move(&queue, 1, 1, 1);
	queue_key(&queue, BTN_LEFT, false);
	queue_place(&queue, 30, 40, 0);
	queue_place(&queue, 50, 60, 0);
	queue_move(&queue, 7, 8, 9);
	assert_next(BTN_LEFT, true);
	assert_true(entry.before.placed);
	assert_int_equal(entry.before.x, 10);
	assert_int_equal(entry.before.y, 20);
	assert_next(BTN_LEFT, false);
	assert_false(entry.before.placed);
	assert_int_equal(entry.before.dx, 6);
	assert_int_equal(entry.before.dy, -5);
	assert_int_equal(entry.before.wheel, 2);
	assert_int_equal(queue.n, 0);
	assert_false(queue_is_empty(&queue));
	assert_next(0, false);
	assert_int_equal(entry.before.x, 50);
	assert_int_equal(entry.before.dx, 7);
	assert_int_equal(entry.before.wheel, 9);
	assert_true(queue_is_empty(&queue));
}

TEST(motion_of_any_size_adds_up_without_overflow)
{
	for (unsigned i = 0; i < 3; i++)
		queue_move(&queue, INT32_MAX, INT32_MIN, INT32_MIN);
	assert_next(0, false);
	assert_int_equal(entry.before.dx, 0x7fff);
	assert_int_equal(entry.before.dy, -0x7fff);
	assert_int_equal(entry.before.wheel, -0x7fff);
}
