/* SPDX-License-Identifier: MIT */
/* What a device writes, when it is over, and what its engine is told. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "device-rig.h"

TEST(nothing_is_decided_while_a_write_has_not_come_back)
{
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.n_writes, 1);
	store.view.write_seq = 0; /* a view from before */
	store.view.be_state = XB_INITIALISING;
	show(XB_INITIALISING, NULL);
	show(XB_CLOSING, NULL);
	assert_int_equal(store.n_writes, 1);
}

TEST(a_state_that_cannot_be_written_is_not_tried_again_at_once)
{
	store.full = true;
	for (unsigned i = 0; i < 1000; i++)
		show(XB_CLOSED, NULL);
	assert_in_range(store.n_writes, 1, 8);
	/* The write is tried again without any view, and done as soon as possible. */
	store.full = false;
	event_base_loop(base, EVLOOP_ONCE);
	show(XB_CLOSED, NULL);
	assert_int_equal(store.view.be_state, XB_CLOSED);
}

TEST(an_error_that_could_not_be_written_is_not_lost)
{
	unsigned n_writes;

	show(XB_INITIALISING, NULL);
	card.create_rc = -EINVAL;
	store.full = true;
	show(XB_INITIALISED, "8");
	assert_int_equal(store.last, XB_CLOSED);
	n_writes = store.n_writes;
	card.create_rc = 0;
	store.full = false;
	show(XB_INITIALISED, "8");
	assert_int_equal(store.n_writes, n_writes);
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(store.n_writes, n_writes + 1);
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Invalid argument");
	assert_int_equal(card.n_created, 0);
}

TEST(a_toolstack_that_removes_a_device_does_not_wait_for_a_retry)
{
	store.full = true;
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISING, NULL);
	store.full = false;
	store.view.online = false;
	store.view.be_state = XB_CLOSING;
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.view.be_state, XB_CLOSED);
}

TEST(a_device_that_quits_without_a_store_is_let_go_without_a_word)
{
	connect_device();
	device_quit(device);
	/* No view follows. */
	assert_true(device_waits_for_store(device) && device_running(device));
	device_abandon(device);
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_false(device_running(device));
	/* Late views change nothing. */
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_created, 1);
	assert_int_equal(store.n_writes, 3);
}

TEST(a_device_is_forgotten_when_nothing_is_left_of_it)
{
	connect_device();
	store.view.present = false;
	store.view.domain_alive = false;
	show(XB_UNKNOWN, NULL);
	assert_true(device_running(device) && !device_forgotten(device));
	n_changed = 0;
	work(0);
	assert_true(!device_running(device) && device_forgotten(device));
	assert_true(n_changed > 0);
	assert_int_equal(store.n_writes, 2);
}

TEST(a_device_that_quits_tells_when_it_has)
{
	connect_device();
	device_quit(device);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_CONNECTED, NULL);
	assert_int_equal(card.n_disconnected, 0);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_false(device_running(device));
	assert_int_equal(store.n_writes, 3);
}

TEST(an_engine_is_told_who_the_guest_is_and_what_it_may)
{
	policy_add_guest(&policy, "other")->policy.max_mapped_pages = 1;
	policy_add_guest(&policy, "12345678-abcd-4abc-8def-123456789abc")->policy.be_alloc = true;
	strcpy(store.view.domain_name, "guest");
	strcpy(store.view.domain_uuid, "12345678-abcd-4abc-8def-123456789abc");
	connect_device();
	assert_int_equal(card.guest.domid, 3);
	assert_string_equal(card.guest.name, "guest");
	assert_string_equal(card.guest.uuid, "12345678-abcd-4abc-8def-123456789abc");
	assert_true(card.guest.policy.be_alloc);
	assert_int_equal(card.guest.policy.max_mapped_pages, POLICY_MAPPED_PAGES);
	assert_int_equal(card.guest.policy.max_streams, POLICY_STREAMS);
	assert_int_equal(device_channels(device), 2);
}

TEST(what_other_cards_have_is_not_there_for_this_one)
{
	n_others = 30;
	connect_device();
	assert_int_equal(card.guest.policy.max_streams, POLICY_STREAMS - 30);
	assert_int_equal(card.guest.policy.max_connectors, POLICY_CONNECTORS);
}

TEST(there_are_never_fewer_than_none)
{
	n_others = 33;
	connect_device();
	assert_int_equal(card.guest.policy.max_streams, 0);
}
