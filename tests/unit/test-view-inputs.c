/* SPDX-License-Identifier: MIT */
/* Which input device gets what, with the calls of libxenav for input replaced by notes of them. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "view/inputs.h"

struct xenav_input {
	struct xenav_input_info info;
	const struct xenav_connector *connector; /* that it belongs to */
	int full;                                /* the queue takes nothing */
};

static int some_connector, other_connector;

#define LEFT  ((const struct xenav_connector *)(const void *)&some_connector)
#define RIGHT ((const struct xenav_connector *)(const void *)&other_connector)

static char notes[512];

#define NOTE(...) snprintf(notes + strlen(notes), sizeof notes - strlen(notes), __VA_ARGS__)

static void expect_notes(const char *wanted)
{
	assert_string_equal(notes, wanted);
	*notes = 0;
}

/* -------- libxenav -------- */

int xenav_input_feed(struct xenav_input *)
{
	return 0;
}

const struct xenav_input_info *xenav_input_get_info(const struct xenav_input *in)
{
	return &in->info;
}

int xenav_input_belongs(const struct xenav_input *in, const struct xenav_connector *c)
{
	return in->connector == c;
}

static int queue(const struct xenav_input *in)
{
	return in->full ? -EAGAIN : 0;
}

int xenav_input_key(struct xenav_input *in, uint32_t code, int pressed)
{
	NOTE("%u key %u %d; ", (unsigned)in->info.devid, (unsigned)code, pressed);
	return queue(in);
}

int xenav_input_motion(struct xenav_input *in, int32_t dx, int32_t dy, int32_t wheel)
{
	NOTE("%u motion %d %d %d; ", (unsigned)in->info.devid, dx, dy, wheel);
	return queue(in);
}

int xenav_input_position(struct xenav_input *in, const struct xenav_connector *c, int32_t x,
			 int32_t y, int32_t wheel)
{
	assert_true(c == in->connector);
	NOTE("%u position %d %d %d; ", (unsigned)in->info.devid, x, y, wheel);
	return queue(in);
}

int xenav_input_touch(struct xenav_input *in, uint32_t contact, const struct xenav_connector *c,
		      int32_t x, int32_t y)
{
	assert_true(c == in->connector);
	NOTE("%u touch %u %d %d; ", (unsigned)in->info.devid, (unsigned)contact, x, y);
	return queue(in);
}

int xenav_input_touch_end(struct xenav_input *in, uint32_t contact)
{
	NOTE("%u end %u; ", (unsigned)in->info.devid, (unsigned)contact);
	return queue(in);
}

int xenav_input_reset(struct xenav_input *in)
{
	NOTE("%u reset; ", (unsigned)in->info.devid);
	return 0;
}

int xenav_input_flush(struct xenav_input *in)
{
	NOTE("%u flush; ", (unsigned)in->info.devid);
	return 0;
}

/* -------- devices -------- */

static struct inputs inputs;
static struct xenav_input left, right, panel;

static int setup(void **)
{
	left = (struct xenav_input){.connector = LEFT};
	left.info.devid = 1;
	left.info.caps = XENAV_INPUT_KEYBOARD | XENAV_INPUT_POINTER | XENAV_INPUT_ABSOLUTE;
	right = (struct xenav_input){.connector = RIGHT};
	right.info.devid = 2;
	right.info.caps = XENAV_INPUT_KEYBOARD | XENAV_INPUT_POINTER;
	panel = (struct xenav_input){.connector = LEFT};
	panel.info.devid = 3;
	panel.info.caps = XENAV_INPUT_TOUCH;
	LIST_INIT(&inputs.list);
	inputs_add(&inputs, &left);
	inputs_add(&inputs, &right);
	inputs_add(&inputs, &panel);
	inputs_set_ready(&inputs, &left, true);
	inputs_set_ready(&inputs, &right, true);
	inputs_set_ready(&inputs, &panel, true);
	*notes = 0;
	return 0;
}

static int teardown(void **)
{
	inputs_clear(&inputs);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(a_key_goes_to_the_keyboard_of_the_screen)
{
	inputs_key(&inputs, LEFT, KEY_A, true);
	inputs_key(&inputs, RIGHT, KEY_B, false);
	inputs_key(&inputs, LEFT, BTN_LEFT, true);
	inputs_key(&inputs, LEFT, 0, true);
	inputs_key(&inputs, NULL, KEY_A, true);
	expect_notes("1 key 30 1; 2 key 48 0; 1 key 272 1; ");
	assert_int_equal(inputs_pointer(&inputs, LEFT) & XENAV_INPUT_ABSOLUTE,
			 XENAV_INPUT_ABSOLUTE);
	assert_int_equal(inputs_pointer(&inputs, RIGHT) & XENAV_INPUT_ABSOLUTE, 0);
	assert_int_equal(inputs_pointer(&inputs, NULL), 0);
}

TEST(a_device_that_cannot_be_fed_gets_nothing)
{
	inputs_set_ready(&inputs, &left, false);
	inputs_key(&inputs, LEFT, KEY_A, true);
	inputs_position(&inputs, LEFT, 1, 2, 0);
	assert_int_equal(inputs_pointer(&inputs, LEFT), 0);
	inputs_remove(&inputs, &panel);
	inputs_touch(&inputs, LEFT, 1, 1, 1);
	assert_false(inputs_has_touch(&inputs, LEFT));
	expect_notes("");
}

TEST(what_was_queued_is_sent_once)
{
	inputs_motion(&inputs, RIGHT, 1, 2, 3);
	assert_true(inputs_flush(&inputs));
	assert_false(inputs_flush(&inputs));
	expect_notes("2 motion 1 2 3; 2 flush; ");
}

/* A release may be among what is lost. */
TEST(everything_is_released_after_an_event_was_lost)
{
	left.full = 1;
	inputs_key(&inputs, LEFT, KEY_A, false);
	left.full = 0;
	assert_true(inputs_flush(&inputs));
	assert_false(inputs_flush(&inputs));
	expect_notes("1 key 30 0; 1 reset; 1 flush; ");
}

TEST(fingers_have_contacts_of_their_own)
{
	assert_true(inputs_has_touch(&inputs, LEFT));
	assert_false(inputs_has_touch(&inputs, RIGHT));
	inputs_touch(&inputs, LEFT, INT64_MAX, 1, 2);
	inputs_touch(&inputs, LEFT, -7, 3, 4);
	inputs_touch(&inputs, LEFT, INT64_MAX, 5, 6);
	inputs_touch_end(&inputs, LEFT, INT64_MAX);
	inputs_touch(&inputs, LEFT, 9, 7, 8);
	inputs_touch_end(&inputs, LEFT, 1234);
	expect_notes("3 touch 0 1 2; 3 touch 1 3 4; 3 touch 0 5 6; 3 end 0; 3 touch 0 7 8; ");
	/* All are gone. */
	inputs_reset(&inputs);
	*notes = 0;
	inputs_touch_end(&inputs, LEFT, -7);
	inputs_touch(&inputs, LEFT, -7, 1, 1);
	expect_notes("3 touch 0 1 1; ");
}

TEST(a_finger_more_than_there_are_contacts_is_left_out)
{
	for (int64_t finger = 0; finger < 16; finger++)
		inputs_touch(&inputs, LEFT, finger, 0, 0);
	*notes = 0;
	inputs_touch(&inputs, LEFT, 16, 0, 0);
	inputs_touch_end(&inputs, LEFT, 16);
	expect_notes("");
}
