/* SPDX-License-Identifier: MIT */
/* An input device from its connection to its end; mapping, ports and the worker are fakes. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <linux/input-event-codes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/engine.h"
#include "config/policy.h"
#include "input-one.h"
#include "input/feeder.h"
#include "input/input.h"
#include "report/log.h"
#include "test.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/kbdif.h"
#include "xen/store-features.h"
#include "xen/tree.h"
#include "xen/worker.h"
#include "xen/xen.h"

#define TEST(name) TEST_WITH(name, input_setup, input_teardown)

TEST(what_cannot_be_connected_leaves_nothing)
{
	map_rc = -EFAULT;
	assert_int_equal(create(), 0);
	while (submitted)
		work();
	assert_int_equal(connected_rc, -EFAULT);
	assert_null(input);
	leave();
	assert_int_equal(n_removed, 0);
}

TEST(a_port_that_is_none_and_a_counter_without_sense_unmap_the_page)
{
	for (unsigned i = 0; i < 2; i++) {
		begin_anew();
		bind_rc = i == 0 ? -EINVAL : 0;
		*word(0) = i == 0 ? 0 : 7;
		assert_int_equal(create(), 0);
		while (submitted)
			work();
		assert_int_equal(n_mapped, 0);
		assert_int_equal(connected_rc, i == 0 ? -EINVAL : -EPROTO);
		leave();
	}
}

TEST(a_device_may_end_at_any_time)
{
	for (unsigned jobs = 0; jobs < 3; jobs++) {
		begin_anew();
		map_rc = jobs == 2 ? -EFAULT : 0;
		assert_int_equal(create(), 0);
		for (unsigned i = 0; i < jobs && submitted; i++)
			work();
		leave();
		assert_int_equal(n_removed, jobs == 1);
	}
}

TEST(sixteen_feed_a_device_and_a_place_that_is_left_is_free)
{
	char feeders[INPUT_MAX_FEEDERS + 1];

	connect_it();
	for (unsigned i = 0; i < INPUT_MAX_FEEDERS; i++)
		assert_int_equal(input_join(input, &feeders[i]), 0);
	assert_int_equal(input_join(input, &feeders[INPUT_MAX_FEEDERS]), -EUSERS);
	for (unsigned i = 0; i < INPUT_MAX_FEEDERS; i++)
		input_key(input, &feeders[i], KEY_A, true);
	assert_int_equal(read_keys(true), 1);
	for (unsigned i = 0; i < INPUT_MAX_FEEDERS - 1; i++)
		input_leave(input, &feeders[i]);
	assert_int_equal(read_keys(false), 0);
	assert_int_equal(input_join(input, &feeders[INPUT_MAX_FEEDERS]), 0);
	input_leave(input, &feeders[INPUT_MAX_FEEDERS - 1]);
	assert_int_equal(read_keys(false), 1);
	/* Feeders that are there at the end, and one that has left, cost nothing. */
	input_leave(input, &feeders[0]);
	input_key(input, &feeders[0], KEY_A, true);
	assert_int_equal(read_keys(true), 0);
	leave();
}

TEST(what_is_held_at_the_end_is_released)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	input_key(input, page, KEY_A, true);
	assert_int_equal(read_keys(true), 1);
	engine->ops->disconnect(engine);
	assert_int_equal(n_removed, 1);
	assert_int_equal(read_keys(false), 1);
	work();
	assert_int_equal(n_gone, 1);
}

TEST(a_page_that_is_broken_at_the_end_is_no_news)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	input_key(input, page, KEY_A, true);
	*word(0) = 0xdeadbeef;
	leave();
	assert_int_equal(n_broke, 0);
}

TEST(a_counter_without_sense_is_told_once_and_nothing_is_written)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	*word(0) = 0xdeadbeef;
	for (unsigned i = 0; i < 3; i++) {
		input_key(input, page, KEY_A, true);
		input_flush(input);
		raise_event();
	}
	assert_int_equal(n_broke, 1);
	assert_int_equal(*word(1), 0);
	leave();
}

TEST(an_event_that_brings_nothing_costs_more)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	assert_int_equal(raise_event(), 0);
	input_key(input, page, KEY_A, true);
	read_keys(true);
	assert_int_equal(raise_event(), 1);
	assert_int_equal(raise_event(), 0);
	*word(3) = 5;
	assert_int_equal(raise_event(), 1);
	leave();
}

TEST(a_guest_is_told_once_in_a_millisecond_and_of_the_last_too)
{
	uint64_t began;

	connect_it();
	assert_int_equal(input_join(input, page), 0);
	began = now_ns();
	for (unsigned i = 0; i < 40; i++) {
		input_move(input, page, 1, 1, 0);
		input_key(input, page, KEY_A, i % 20 == 0);
		input_flush(input);
	}
	assert_in_range(n_notified, 1, 1 + (now_ns() - began) / NS_PER_MS);
	read_keys(true);
	n_notified = 0;
	usleep(1500);
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(n_notified, 1);
	/* Then nothing is left to do. */
	assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	leave();
}

TEST(a_page_that_was_served_before_has_every_key_released)
{
	unsigned ups = 0;

	*word(0) = *word(1) = 1000;
	connect_it();
	for (unsigned i = 0; i < 1000 && *word(0) != *word(1); i++) {
		ups += read_keys(false);
		raise_event();
	}
	assert_int_equal(ups, 239 + 8 + 415);
	leave();
}

TEST(a_guest_has_as_many_devices_as_the_file_says)
{
	guest.policy.max_inputs = 0;
	assert_int_equal(create(), -E2BIG);
}
