/* SPDX-License-Identifier: MIT */
/* Channels: all are connected or none, and they are torn down from any state. */
#include <config.h>

#include <errno.h>

#include "channel-rig.h"
#include "machine-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

/* -------- connecting -------- */

TEST(all_channels_are_connected_together)
{
	connect_set();
	assert_int_equal(connect_rc, 0);
	assert_int_equal(mapped_pages(), 2 * CHANNELS);
	assert_int_equal(bound_ports(), 2 * CHANNELS);
	disconnect_set();
	assert_int_equal(n_connected, 1);
}

TEST(if_one_page_cannot_be_mapped_nothing_is)
{
	for (uint32_t i = 0; i < 2 * CHANNELS; i++) {
		n_connected = n_gone = 0;
		fail_call(CALL_MAP, i, EINVAL);
		connect_set();
		assert_int_equal(connect_rc, -EINVAL);
		assert_int_equal(mapped_pages(), 0);
		assert_int_equal(machine_calls(CALL_BIND), 0);
		disconnect_set();
		assert_int_equal(n_connected, 1);
	}
}

TEST(if_one_port_cannot_be_bound_none_is)
{
	for (uint32_t i = 0; i < 2 * CHANNELS; i++) {
		n_connected = n_gone = 0;
		fail_call(CALL_BIND, i, EINVAL);
		connect_set();
		assert_int_equal(connect_rc, -EINVAL);
		assert_int_equal(mapped_pages(), 0);
		assert_int_equal(bound_ports(), 0);
		disconnect_set();
		assert_int_equal(n_connected, 1);
	}
}

TEST(a_request_that_waited_for_us_is_served)
{
	post_request(1, 0x11);
	connect_set();
	wait_for(&n_requests, 1);
	assert_int_equal(slot(ring_page(1), 0)[4], 0xee);
	disconnect_set();
}

/* -------- disconnecting -------- */

TEST(a_set_may_be_disconnected_while_it_is_mapped)
{
	/* The worker waits for the machine. */
	machine_lock();
	channel_set_connect(&set, on_connected, on_broke);
	turn_loop(5);
	channel_set_disconnect(&set, on_gone);
	turn_loop(5);
	assert_int_equal(n_gone, 0);
	machine_unlock();
	wait_for(&n_gone, 1);
	assert_int_equal(n_connected, 0);
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(machine_calls(CALL_BIND), 0);
}

TEST(a_set_may_be_disconnected_while_a_failure_is_undone)
{
	for (int turns = 0; turns < 100; turns++) {
		n_connected = n_gone = 0;
		fail_call(CALL_MAP, 3, EINVAL);
		channel_set_connect(&set, on_connected, on_broke);
		/* Until the mapping is done, the unmapping is submitted, or later. */
		turn_loop(turns);
		channel_set_disconnect(&set, on_gone);
		wait_for(&n_gone, 1);
		assert_in_range(n_connected, 0, 1);
		assert_int_equal(mapped_pages(), 0);
	}
}

TEST(a_set_may_be_disconnected_the_moment_it_is_connected)
{
	tear_down_when_connected = true;
	channel_set_connect(&set, on_connected, on_broke);
	wait_for(&n_gone, 1);
	assert_int_equal(n_connected, 1);
}

TEST(a_set_may_be_disconnected_by_the_request_it_serves)
{
	for (int at_once = 0; at_once < 2; at_once++) {
		n_connected = n_gone = n_requests = 0;
		clear_pages();
		connect_set();
		answer_at_once = at_once;
		tear_down_in_request = true;
		post_request(0, 1);
		post_request(0, 2);
		post_request(1, 3);
		wait_for(&n_gone, 1);
		assert_int_equal(n_requests, 1);
		assert_int_equal(ring_page(0)[2], 0); /* no request was answered */
		tear_down_in_request = false;
	}
}

TEST(an_answer_after_the_end_goes_nowhere)
{
	connect_set();
	answer_at_once = false;
	post_request(2, 1);
	wait_for(&n_requests, 1);
	channel_set_disconnect(&set, on_gone);
	answer(&channels[2]);
	assert_int_equal(channel_event(&channels[2], last_request), -ENOTCONN);
	channel_skip_events(&channels[2]);
	channel_void_events(&channels[2]);
	wait_for(&n_gone, 1);
	assert_int_equal(ring_page(2)[2], 0);
}
