/* SPDX-License-Identifier: MIT */
/* A device whose rings change, break, or cannot be connected. */
#include <config.h>

#include <errno.h>
#include <stdio.h>

#include "device-rig.h"

static void turn_loop(void)
{
	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

TEST(a_frontend_that_breaks_its_ring_is_left_from_the_loop)
{
	connect_device();
	/* The caller of broke() is using the card. */
	card.engine.events->broke(card.engine.data);
	assert_int_equal(card.n_disconnected, 0);
	turn_loop();
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Protocol error");
	/* The frontend may try again. */
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_created, 2);
}

TEST(a_card_with_an_open_stream_is_kept_while_its_frontend_closes)
{
	connect_device();
	card.open = true;
	show(XB_CLOSING, "8");
	assert_int_equal(store.last, XB_CLOSING);
	assert_int_equal(card.n_disconnected, 0);
	show(XB_CLOSED, "8");
	assert_int_equal(card.n_disconnected, 1);
}

/* The rings of the first publication cannot be mapped. */
static void have_rings_refused(void)
{
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	work(-EINVAL);
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	turn_loop();
	assert_int_equal(card.n_created, 1);
	assert_int_equal(store.last, XB_INIT_WAIT);
}

static void await_timer(void)
{
	event_base_loop(base, EVLOOP_ONCE);
}

TEST(rings_that_are_refused_twice_lead_to_6)
{
	have_rings_refused();
	await_timer();
	assert_int_equal(card.n_created, 2);
	work(-EINVAL);
	work(0);
	assert_int_equal(card.n_disconnected, 2);
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Invalid argument");
}

TEST(rings_that_are_refused_once_are_tried_again)
{
	have_rings_refused();
	show(XB_INITIALISED, "8"); /* not because of the frontend */
	assert_int_equal(card.n_created, 1);
	await_timer();
	work(0);
	expect_connected();
	assert_int_equal(store.n_writes, 2);
}

/* Numbers of grants that have ended are used again. */
TEST(a_frontend_that_writes_after_a_refusal_is_connected_at_once)
{
	have_rings_refused();
	for (unsigned i = 0; i < 2; i++) {
		store.view.fe_wrote = true;
		show(XB_INITIALISED, "8");
		store.view.fe_wrote = false;
		assert_int_equal(card.n_created, 2 + i);
		work(-EINVAL);
		work(0);
		assert_int_equal(store.last, XB_INIT_WAIT);
	}
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	assert_int_equal(card.n_created, 4);
	work(0);
	expect_connected();
	assert_int_equal(store.n_writes, 2);
}

TEST(a_frontend_that_writes_and_is_refused_for_ever_is_told_6)
{
	have_rings_refused();
	store.view.fe_wrote = true;
	for (unsigned i = 0; i < 100 && store.last != XB_CLOSED; i++) {
		show(XB_INITIALISED, "8");
		work(-EINVAL);
		work(0);
	}
	assert_int_equal(store.last, XB_CLOSED);
	assert_int_equal(card.n_created, 5);
}

TEST(a_guest_that_was_refused_keeps_its_name)
{
	snprintf(store.view.domain_name, sizeof store.view.domain_name, "win");
	have_rings_refused();
	store.view.domain_name[0] = '\0';
	show(XB_INITIALISED, NULL);
	await_timer();
	assert_int_equal(card.n_created, 2);
	assert_string_equal(card.guest.name, "win");
}

TEST(a_configuration_that_makes_no_sense_leads_to_6)
{
	card.create_rc = -EINVAL;
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	assert_false(device_running(device));
	assert_int_equal(store.last, XB_CLOSED);
}

TEST(a_configuration_that_cannot_be_read_leads_to_6)
{
	show(XB_INITIALISING, NULL);
	store.view.config_rc = -E2BIG;
	show(XB_INITIALISED, NULL);
	assert_false(device_running(device));
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Argument list too long");
}

TEST(rings_that_change_while_they_are_connected_are_connected_anew)
{
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	show(XB_INITIALISED, "8"); /* the same once more */
	assert_int_equal(card.n_disconnected, 0);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_int_equal(card.n_created, 2);
	work(0);
	expect_connected();
	assert_int_equal(store.n_writes, 2);
}

/* The frontend had seen our 2 twice when it came to our 4, and no program has used it yet. */
TEST(rings_that_change_after_our_4_are_connected_anew_without_a_word)
{
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	work(0);
	expect_connected();
	show(XB_INITIALISED, NULL);
	show(XB_INITIALISED, "8");
	assert_int_equal(card.n_disconnected, 0);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_disconnected, 1);
	show(XB_CONNECTED, NULL);
	work(0);
	assert_int_equal(card.n_created, 2);
	work(0);
	assert_int_equal(store.n_writes, 2);
}

TEST(rings_that_changed_before_the_frontend_s_4_are_connected_anew_without_a_word)
{
	connect_device();
	show(XB_CONNECTED, "9");
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_int_equal(card.n_created, 2);
	/* And again once they are refused. */
	work(-EINVAL);
	work(0);
	show(XB_CONNECTED, NULL);
	await_timer();
	assert_int_equal(card.n_created, 3);
	work(0);
	assert_int_equal(store.n_writes, 2);
}

static void go_back_to_1_behind_our_4(void)
{
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	work(0);
	expect_connected();
	show(XB_INITIALISING, NULL);
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	turn_loop();
	assert_int_equal(store.n_writes, 2);
}

TEST(a_frontend_that_publishes_anew_behind_our_4_needs_no_other_offer)
{
	go_back_to_1_behind_our_4();
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_created, 2);
	work(0);
	show(XB_CONNECTED, NULL);
	assert_int_equal(store.n_writes, 2);
}

TEST(a_frontend_that_stays_in_1_behind_our_4_is_offered_soon)
{
	go_back_to_1_behind_our_4();
	await_timer();
	assert_int_equal(store.last, XB_INIT_WAIT);
	assert_int_equal(store.n_writes, 3);
}

TEST(a_driver_that_has_seen_our_4_and_comes_back_is_offered_at_once)
{
	connect_device();
	show(XB_INITIALISING, NULL);
	work(0);
	assert_int_equal(store.last, XB_INIT_WAIT);
}

TEST(rings_that_change_in_4_for_ever_lead_to_another_offer)
{
	char gref[8];

	connect_device();
	for (unsigned i = 0; i < 100 && store.last == XB_CONNECTED; i++) {
		snprintf(gref, sizeof gref, "%u", 9 + i);
		show(XB_CONNECTED, gref);
		work(0);
	}
	assert_int_equal(store.last, XB_INIT_WAIT);
	assert_int_equal(card.n_created, 5);
}

TEST(rings_that_change_for_ever_are_connected_five_times_an_offer)
{
	char gref[8] = "8";

	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, gref);
	for (unsigned i = 0; i < 100 && store.last != XB_CLOSED; i++) {
		snprintf(gref, sizeof gref, "%u", 9 + i);
		show(XB_INITIALISED, gref);
		work(0);
	}
	assert_int_equal(store.last, XB_CLOSED);
	assert_int_equal(card.n_created, 5);
	assert_false(device_running(device));
	/* The next offer is served like any other. */
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_INITIALISED, "200");
	assert_int_equal(card.n_created, 6);
}
