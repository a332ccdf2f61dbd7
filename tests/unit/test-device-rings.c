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

TEST(rings_that_cannot_be_connected_lead_to_6)
{
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	work(-EINVAL);
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Invalid argument");
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

/* The frontend has seen neither our 4 nor lost its rings to anybody but itself. */
TEST(rings_that_change_after_our_4_are_connected_anew)
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
	work(0);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_created, 2);
	work(0);
	expect_connected();
	show(XB_CONNECTED, NULL);
	assert_int_equal(store.n_writes, 4);
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
