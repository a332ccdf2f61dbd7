/* SPDX-License-Identifier: MIT */
/* The page of kbdif: counters that wrap, and counters that make no sense. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "test.h"
#include "xen/kbdif.h"
#include "xen/kbdpage.h"

static _Alignas(8) uint8_t page[4096];
static struct kbdpage kp;

static uint32_t *word(unsigned i)
{
	return (uint32_t *)(void *)page + i;
}

static int setup(void **)
{
	memset(page, 0, sizeof page);
	return kbdpage_init(&kp, page);
}

#define TEST(name) TEST_WITH(name, setup, NULL)

static union xenkbd_in_event key(uint32_t code)
{
	union xenkbd_in_event event;

	memset(&event, 0, sizeof event);
	event.key.type = XENKBD_TYPE_KEY;
	event.key.pressed = 1;
	event.key.keycode = code;
	return event;
}

TEST(an_event_is_seen_when_it_is_published)
{
	const union xenkbd_in_event event = key(30);

	assert_int_equal(kbdpage_space(&kp), 51);
	kbdpage_put(&kp, &event);
	assert_int_equal(*word(1), 0);
	kbdpage_publish(&kp);
	assert_int_equal(*word(1), 1);
	assert_int_equal(kbdpage_space(&kp), 50);
	/* Byte by byte as the header has it. */
	assert_int_equal(page[1024], 3);
	assert_int_equal(page[1025], 1);
	assert_int_equal(page[1028], 30);
}

TEST(the_page_is_full_after_51_events_and_no_other_byte_is_touched)
{
	const union xenkbd_in_event event = key(30);

	memset(page + 1024 + 51 * 40, 0xaa, 8);
	while (kbdpage_space(&kp) > 0)
		kbdpage_put(&kp, &event);
	kbdpage_publish(&kp);
	assert_int_equal(*word(1), 51);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(page[1024 + 51 * 40 + i], 0xaa);
	for (unsigned i = 16; i < 1024; i++)
		assert_int_equal(page[i], 0);
	*word(0) = 51;
	assert_int_equal(kbdpage_space(&kp), 51);
}

TEST(counters_go_on_where_an_earlier_connection_ended_and_wrap)
{
	const union xenkbd_in_event event = key(30);

	*word(0) = *word(1) = UINT32_MAX - 2;
	assert_int_equal(kbdpage_init(&kp, page), 0);
	for (unsigned i = 0; i < 6; i++)
		kbdpage_put(&kp, &event);
	kbdpage_publish(&kp);
	assert_int_equal(*word(1), 3);
	assert_int_equal(kbdpage_space(&kp), 45);
	/* 4294967295 % 51 is 0, and so is 0. */
	assert_int_equal(page[1024], 3);
	assert_int_equal(page[1024 + 40 * 50], 3);
	assert_int_equal(page[1024 + 40 * 2], 3);
	assert_int_equal(page[1024 + 40 * 3], 0);
}

TEST(a_counter_that_makes_no_sense_is_an_error)
{
	*word(0) = 1;
	assert_int_equal(kbdpage_space(&kp), -EPROTO);
	*word(0) = (uint32_t)-52;
	assert_int_equal(kbdpage_space(&kp), -EPROTO);
	*word(0) = (uint32_t)-51;
	assert_int_equal(kbdpage_space(&kp), 0);
	*word(0) = 7;
	assert_int_equal(kbdpage_init(&kp, page), -EPROTO);
}

TEST(a_page_that_was_cleared_takes_nothing_and_is_not_broken)
{
	const union xenkbd_in_event event = key(30);

	for (unsigned i = 0; i < 60; i++) {
		kbdpage_put(&kp, &event);
		kbdpage_publish(&kp);
		*word(0) = i + 1;
	}
	memset(page, 0, sizeof page);
	assert_int_equal(kbdpage_space(&kp), 0);
	*word(1) = 60;
	assert_int_equal(kbdpage_space(&kp), -EPROTO);
}

TEST(events_of_the_guest_are_taken_as_read)
{
	*word(3) = 25;
	assert_true(kbdpage_drain(&kp));
	assert_int_equal(*word(2), 25);
	assert_false(kbdpage_drain(&kp));
}

TEST(a_guest_that_has_read_events_has_done_something)
{
	const union xenkbd_in_event event = key(30);

	kbdpage_put(&kp, &event);
	kbdpage_publish(&kp);
	assert_false(kbdpage_drain(&kp));
	*word(0) = 1;
	assert_true(kbdpage_drain(&kp));
	assert_false(kbdpage_drain(&kp));
}
