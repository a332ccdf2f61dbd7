/* SPDX-License-Identifier: MIT */
/* daemon/input/keeping.c: what a guest knows of its keys, across a restart. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/engine.h"
#include "fdstore-rig.h"
#include "input-one.h"
#include "input/keeping.h"
#include "journal/journal.h"
#include "report/log.h"
#include "test.h"
#include "xen/kbdif.h"

static char a, b;

/* -------- the end of a process -------- */

static int setup(void **state)
{
	fdstore_rig_reserve();
	fdstore_rig_setup(state);
	assert_int_equal(journal_open(&xen.journal), 0);
	return input_setup(state);
}

static int teardown(void **state)
{
	input_teardown(state);
	journal_close(xen.journal);
	xen.journal = NULL;
	fdstore_rig_teardown(state);
	fdstore_rig_unreserve();
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

static void swap(size_t size_bytes, void *bytes, bool back)
{
	const int fd = fdstore_rig_fd("journal");
	ssize_t n = back ? pwrite(fd, bytes, size_bytes, 0) : pread(fd, bytes, size_bytes, 0);

	assert_int_equal(n, size_bytes);
}

/* The page and the journal are as the process left them that is gone now. */
static void kill_it(void)
{
	const off_t size = lseek(fdstore_rig_fd("journal"), 0, SEEK_END);
	uint8_t *journal = malloc((size_t)size);
	uint8_t left[sizeof page];

	assert_non_null(journal);
	memcpy(left, page, sizeof page);
	swap((size_t)size, journal, false);
	leave();
	journal_close(xen.journal);
	xen.journal = NULL;
	swap((size_t)size, journal, true);
	memcpy(page, left, sizeof page);
	free(journal);
}

static void start_again(void)
{
	fdstore_rig_restart();
	assert_int_equal(journal_open(&xen.journal), 0);
	n_connected = n_gone = n_removed = n_notified = 0;
	input = NULL;
	resumes = true;
	assert_int_equal(create(), 0);
	while (submitted)
		work();
}

static void restart(void)
{
	kill_it();
	start_again();
	assert_int_equal(connected_rc, 0);
	assert_int_equal(n_connected, 1);
	assert_non_null(input);
}

/* Let the time go by after which what nobody holds is released. */
static void wait_for_event(void)
{
	const uint32_t prod = *word(1);

	while (*word(1) == prod)
		assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
}

static void type(const void *who, uint32_t code, bool pressed)
{
	input_key(input, who, code, pressed);
	input_flush(input);
}

/* The guest reads. @return the last event. */
static const union xenkbd_in_event *read_last(void)
{
	assert_true(*word(0) != *word(1));
	*word(0) = *word(1);
	return &XENKBD_IN_RING_REF(page, *word(1) - 1);
}

/* -------- events -------- */

TEST(events_go_on_where_they_were_and_the_guest_is_told)
{
	connect_it();
	input_join(input, &a);
	type(&a, KEY_A, true);
	assert_int_equal(read_keys(true), 1);
	assert_int_equal(*word(1), 1);
	restart();
	assert_int_equal(*word(1), 1);
	assert_int_equal(n_notified, 1);
	input_join(input, &b);
	type(&b, KEY_B, true);
	assert_int_equal(*word(1), 2);
	leave();
}

TEST(events_that_were_placed_but_not_shown_are_shown_once)
{
	connect_it();
	input_join(input, &a);
	type(&a, KEY_A, true);
	type(&a, KEY_A, false);
	/* Killed before the store to in_prod. */
	*word(1) = 0;
	restart();
	assert_int_equal(*word(1), 2);
	assert_int_equal(read_keys(false), 1);
	assert_int_equal(*word(1), 2);
	leave();
}

TEST(a_page_that_does_not_fit_is_not_resumed)
{
	static const uint32_t wrong[] = {1, 0xffffffcc, 0x80000000};
	static const struct journal_key device = {.kind = JOURNAL_INPUT, .domid = 3};

	for (unsigned i = 0; i < 3; i++) {
		connect_it();
		kill_it();
		*word(0) = wrong[i];
		start_again();
		assert_int_equal(connected_rc, -EPROTO);
		leave();
		resumes = false;
		n_connected = n_gone = 0;
		*word(0) = *word(1) = 0;
		journal_forget(xen.journal, &device);
	}
}

/* -------- keys -------- */

TEST(a_key_that_is_pressed_again_stays_down_without_a_word)
{
	connect_it();
	input_join(input, &a);
	type(&a, KEY_LEFTSHIFT, true);
	assert_int_equal(read_keys(true), 1);
	for (unsigned i = 0; i < 3; i++) {
		restart();
		input_join(input, &b);
		type(&b, KEY_LEFTSHIFT, true);
		assert_int_equal(*word(0), *word(1));
	}
	type(&b, KEY_LEFTSHIFT, false);
	assert_int_equal(read_keys(false), 1);
	leave();
}

TEST(a_key_that_nobody_presses_again_is_released)
{
	connect_it();
	input_join(input, &a);
	type(&a, KEY_LEFTSHIFT, true);
	type(&a, KEY_A, true);
	assert_int_equal(read_keys(true), 2);
	restart();
	input_join(input, &a);
	type(&a, KEY_A, true);
	wait_for_event();
	assert_int_equal(*word(1) - *word(0), 1);
	assert_int_equal(read_last()->key.keycode, KEY_LEFTSHIFT);
	leave();
}

TEST(a_release_that_waited_is_not_lost)
{
	connect_it();
	input_join(input, &a);
	type(&a, KEY_A, true);
	/* The guest reads nothing any more, and the last event with room presses B. */
	for (unsigned i = 0; i < 100; i++)
		type(&a, KEY_B, i % 2 == 0);
	type(&a, KEY_A, false);
	restart();
	assert_int_equal(read_last()->key.pressed, 1);
	input_join(input, &a);
	wait_for_event();
	assert_int_equal(read_keys(false), 2);
	leave();
}

TEST(keys_that_may_be_down_since_before_are_released_after_a_restart_too)
{
	unsigned n = 0;

	*word(0) = *word(1) = 1;
	connect_it();
	n = read_keys(false);
	restart();
	for (unsigned i = 0; i < 60; i++) {
		if (*word(0) == *word(1))
			wait_for_event();
		n += read_keys(false);
		raise_event();
		if (n >= 239 + 415 + 8)
			break;
	}
	assert_true(n >= 239 + 415 + 8);
	leave();
}

/* -------- contacts and the pointer -------- */

/* Place what waits for a millisecond to be over. */
static void input_send_now(void)
{
	input_reset(input, NULL);
}

static unsigned touch_contacts(void)
{
	struct input_info info;

	input_get_info(input, &info);
	return info.caps->contacts;
}

TEST(a_contact_goes_on_or_is_lifted)
{
	const union xenkbd_in_event *event;

	with_touch = true;
	connect_it();
	input_join(input, &a);
	input_touch(input, &a, 7, (struct input_point){10, 10});
	input_touch(input, &a, 8, (struct input_point){20, 20});
	input_flush(input);
	*word(0) = *word(1);
	restart();
	input_join(input, &a);
	input_touch(input, &a, 7, (struct input_point){11, 11});
	input_flush(input);
	assert_int_equal(*word(1) - *word(0), 2);
	event = &XENKBD_IN_RING_REF(page, *word(0));
	assert_int_equal(event->mtouch.event_type, XENKBD_MT_EV_MOTION);
	assert_int_equal(event->mtouch.contact_id, 0);
	*word(0) = *word(1);
	wait_for_event();
	event = &XENKBD_IN_RING_REF(page, *word(0));
	assert_int_equal(event->mtouch.event_type, XENKBD_MT_EV_UP);
	assert_int_equal(event->mtouch.contact_id, 1);
	leave();
}

static void touch(const void *who, uint32_t id, int32_t at)
{
	input_touch(input, who, id, (struct input_point){at, at});
	input_flush(input);
}

/* @return the next event that the guest has not read, which it reads. */
static const struct xenkbd_mtouch *read_touch(void)
{
	assert_true(*word(0) != *word(1));
	return &XENKBD_IN_RING_REF(page, (*word(0))++).mtouch;
}

static void expect_touch(uint8_t event_type, uint8_t contact, int32_t at)
{
	const struct xenkbd_mtouch *event = read_touch();

	assert_int_equal(event->event_type, event_type);
	assert_int_equal(event->contact_id, contact);
	if (at >= 0)
		assert_int_equal(event->u.pos.abs_x, at);
}

/* Fingers do not change places when their consumer tells of them in another order. */
TEST(contacts_that_are_told_again_are_those_of_before)
{
	with_touch = true;
	connect_it();
	input_join(input, &a);
	touch(&a, 7, 10);
	touch(&a, 8, 20);
	input_send_now();
	*word(0) = *word(1);
	restart();
	input_join(input, &b);
	touch(&b, 8, 20);
	input_send_now();
	expect_touch(XENKBD_MT_EV_MOTION, 1, 20);
	expect_touch(XENKBD_MT_EV_SYN, 0, -1);
	touch(&b, 7, 10);
	input_send_now();
	expect_touch(XENKBD_MT_EV_MOTION, 0, 10);
	expect_touch(XENKBD_MT_EV_SYN, 0, -1);
	input_lift(input, &b, 8);
	input_send_now();
	expect_touch(XENKBD_MT_EV_UP, 1, -1);
	expect_touch(XENKBD_MT_EV_SYN, 0, -1);
	assert_int_equal(*word(0), *word(1));
	leave();
}

/* The guest sees the finger of before go. */
TEST(another_contact_takes_the_place_of_one_that_is_not_told_again)
{
	with_touch = true;
	connect_it();
	input_join(input, &a);
	for (uint32_t id = 0; id < touch_contacts(); id++)
		touch(&a, id, 10);
	input_send_now();
	*word(0) = *word(1);
	restart();
	input_join(input, &b);
	touch(&b, 99, 30);
	input_send_now();
	expect_touch(XENKBD_MT_EV_UP, 0, -1);
	expect_touch(XENKBD_MT_EV_DOWN, 0, 30);
	expect_touch(XENKBD_MT_EV_SYN, 0, -1);
	assert_int_equal(*word(0), *word(1));
	leave();
}

TEST(the_pointer_is_where_it_was)
{
	connect_it();
	input_join(input, &a);
	input_place(input, &a, (struct input_point){100, 50}, 0);
	input_flush(input);
	*word(0) = *word(1);
	restart();
	input_join(input, &a);
	input_move(input, &a, 5, -5, 0);
	input_flush(input);
	assert_int_equal(read_last()->pos.abs_x, 105);
	assert_int_equal(XENKBD_IN_RING_REF(page, *word(1) - 1).pos.abs_y, 45);
	leave();
}

/* -------- records -------- */

static const struct input_caps caps = {
	.keyboard = true,
	.pointer = true,
	.width = 800,
	.height = 600,
	.touch = true,
	.contacts = 2,
};

TEST(records_that_do_not_fit_the_device_are_refused)
{
	struct kept_input sound = {.contacts = 3, .x = 800, .y = 600, .unsynced = 1};
	struct kept_input kept = sound;

	input_keys_set(&sound.down, KEY_A);
	assert_int_equal(kept_input_check(&sound, &caps), 0);
	kept = sound;
	input_keys_set(&kept.down, 240);
	assert_int_equal(kept_input_check(&kept, &caps), -EINVAL);
	kept = sound;
	kept.contacts = 4;
	assert_int_equal(kept_input_check(&kept, &caps), -EINVAL);
	kept = sound;
	kept.unsynced = 2;
	assert_int_equal(kept_input_check(&kept, &caps), -EINVAL);
	for (unsigned i = 0; i < 4; i++) {
		kept = sound;
		*(i % 2 ? &kept.x : &kept.y) = i < 2 ? -1 : 801;
		assert_int_equal(kept_input_check(&kept, &caps), -EINVAL);
	}
}

TEST(a_state_and_its_record_are_the_same)
{
	struct input_state before, again;
	struct kept_input kept, copy;

	input_state_init(&before, &caps);
	input_keys_set(&before.sent, KEY_A);
	input_keys_set(&before.stale, KEY_B);
	before.contacts[1].sent = true;
	before.contacts[1].tag = 77;
	before.x = 3;
	before.y = 4;
	before.unsynced = true;
	kept_input_take(&kept, &before, 0xfffffff0, 2);
	assert_int_equal(kept_input_check(&kept, &caps), 0);
	assert_int_equal(kept.prod, 0xfffffff0);
	input_state_init(&again, &caps);
	input_state_recall(&again, &kept.down, kept.contacts, kept.tags, kept.unsynced);
	again.x = kept.x;
	again.y = kept.y;
	kept_input_take(&copy, &again, 0xfffffff0, 2);
	assert_memory_equal(&kept, &copy, sizeof kept);
}

TEST(a_device_without_its_record_or_with_two_is_not_resumed)
{
	const struct kept_input kept = {.prod = 0};

	for (unsigned i = 0; i < 2; i++) {
		const struct journal_key device = {.kind = JOURNAL_INPUT, .domid = 3};

		connect_it();
		if (i == 0)
			journal_forget(xen.journal, &device);
		else
			keeping_input_begin(xen.journal, 3, 0, &kept);
		kill_it();
		start_again();
		assert_int_equal(connected_rc, i == 0 ? -ENOENT : -EINVAL);
		assert_null(input);
		leave();
		resumes = false;
		n_connected = n_gone = 0;
		journal_forget(xen.journal, &device);
	}
}
