/* SPDX-License-Identifier: MIT */
/* Channels: requests one at a time, events, and frontends that break the rules. */
#include <config.h>

#include <errno.h>

#include "channel-rig.h"
#include "machine-rig.h"
#include "test.h"
#include "xen/tree.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

/* -------- serving -------- */

TEST(requests_are_served_one_at_a_time)
{
	connect_set();
	answer_at_once = false;
	for (uint8_t i = 1; i <= 5; i++)
		post_request(0, i);
	for (int i = 1; i <= 5; i++) {
		wait_for(&n_requests, i);
		turn_loop(5);
		assert_int_equal(n_requests, i);
		assert_int_equal(last_request[0], i);
		answer(&channels[0]);
		assert_int_equal(ring_page(0)[2], i);
	}
	turn_loop(5);
	assert_int_equal(n_requests, 5);
	disconnect_set();
}

TEST(a_busy_channel_does_not_hold_up_the_others)
{
	connect_set();
	answer_at_once = false;
	post_request(0, 1);
	wait_for(&n_requests, 1);
	post_request(1, 2);
	wait_for(&n_requests, 2);
	assert_int_equal(last_request[0], 2);
	disconnect_set();
}

TEST(requests_that_move_much_let_others_have_their_turn)
{
	connect_set();
	charged_bytes = 4u << 20;
	post_request(0, 1);
	post_request(0, 2);
	post_request(1, 3);
	wait_for(&n_requests, 3);
	/* Without charges it would have been 1, 2, 3. */
	assert_int_equal(last_request[0], 2);
	disconnect_set();
}

TEST(the_frontend_is_notified_if_it_wants_to_be)
{
	connect_set();
	ring_page(0)[3] = 2; /* rsp_event: at the second response */
	post_request(0, 1);
	wait_for(&n_requests, 1);
	assert_false(machine_port_take(ring_port(0)));
	post_request(0, 2);
	wait_for(&n_requests, 2);
	assert_true(machine_port_take(ring_port(0)));
	assert_int_equal(machine_calls(CALL_NOTIFY), 1);
	disconnect_set();
}

TEST(request_after_request_goes_round_the_ring)
{
	uint32_t *page = ring_page(0);

	connect_set();
	for (uint32_t i = 0; i < 2000; i++) {
		post_request(0, (uint8_t)i);
		wait_for(&n_requests, (int)i + 1);
		assert_int_equal(page[2], i + 1);
	}
	disconnect_set();
}

/* -------- frontends that break the rules -------- */

TEST(a_broken_ring_is_reported_once_and_never_touched_again)
{
	connect_set();
	for (unsigned i = 0; i < CHANNELS; i++) {
		ring_page(i)[0] = 33;
		event_page(i)[0] = 77; /* in_cons */
		machine_port_notify(GUEST, ring_port(i));
	}
	wait_for(&n_broke, 1);
	turn_loop(5);
	for (unsigned i = 0; i < CHANNELS; i++) {
		assert_int_equal(channel_event(&channels[i], last_request), -ENOTCONN);
		ring_page(i)[0] = 1;
		machine_port_notify(GUEST, ring_port(i));
	}
	turn_loop(5);
	assert_int_equal(n_broke, 1);
	assert_int_equal(n_requests, 0);
	disconnect_set();
}

TEST(a_broken_event_page_is_found_when_an_event_is_due)
{
	uint8_t event[64] = {0};

	connect_set();
	event_page(1)[0] = 1u << 31;
	assert_int_equal(channel_event(&channels[1], event), -ENOTCONN);
	assert_int_equal(n_broke, 1);
	assert_int_equal(channel_event(&channels[1], event), -ENOTCONN);
	assert_int_equal(channel_event(&channels[0], event), 0);
	assert_int_equal(n_broke, 1);
	disconnect_set();
}

TEST(a_set_may_break_while_it_is_served_and_then_answers_nothing)
{
	connect_set();
	answer_at_once = false;
	post_request(0, 1);
	wait_for(&n_requests, 1);
	event_page(0)[0] = 99;
	assert_int_equal(channel_event(&channels[0], last_request), -ENOTCONN);
	answer(&channels[0]);
	assert_int_equal(ring_page(0)[2], 0);
	disconnect_set();
}

/* -------- events -------- */

TEST(events_are_counted_and_notified_until_the_page_is_full)
{
	uint8_t event[64] = {0};

	connect_set();
	for (int i = 0; i < 63; i++)
		assert_int_equal(channel_event(&channels[0], event), 0);
	assert_int_equal(channel_event(&channels[0], event), -EAGAIN);
	assert_true(machine_port_take(event_port(0)));
	assert_int_equal(machine_calls(CALL_NOTIFY), 63);
	assert_int_equal(event_page(0)[1], 63);
	event_page(0)[0] = 63;
	n_room = 0;
	machine_port_notify(GUEST, event_port(0));
	wait_for(&n_room, 1);
	assert_int_equal(channel_event(&channels[0], event), 0);
	channel_void_events(&channels[0]);
	assert_int_equal(slot(event_page(0), 0)[2], 0xff);
	disconnect_set();
}

/* -------- what the frontend publishes -------- */

TEST(the_four_nodes_of_a_channel_are_read)
{
	static const char *const nodes[] = {"0/req-ring-ref", "0/req-event-channel",
					    "0/evt-ring-ref", "0/evt-event-channel"};
	struct channel_refs refs;
	struct tree *tree;

	for (int missing = -1; missing < 4; missing++) {
		assert_int_equal(tree_create(&tree), 0);
		for (int i = 0; i < 4; i++) {
			const char value[] = {(char)('1' + i), '\0'};

			if (i != missing)
				assert_int_equal(tree_add(tree, nodes[i], value), 0);
		}
		assert_int_equal(channel_refs_read(tree, "0", "req-", &refs),
				 missing < 0 ? 0 : -ENOENT);
		if (missing < 0)
			assert_true(refs.ring_ref == 1 && refs.ring_port == 2 &&
				    refs.event_ref == 3 && refs.event_port == 4);
		tree_destroy(tree);
	}
}
