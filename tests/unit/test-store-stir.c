/* SPDX-License-Identifier: MIT */
/*
 * A frontend that writes its state without end, or changes its rings: it causes no more reads than
 * its budget allows, and no important view is lost.
 */
#include <config.h>

#include <unistd.h>

#include "base/clock.h"
#include "store-rig.h"

static void stir(void)
{
	tell(FE "/state", "vsnd/3/0");
}

static void stir_without_end(void)
{
	const uint64_t start = now_ns();

	xs.fe_state = "3";
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	xs.n_asked = 0;
	for (int i = 0; i < 20000; i++) {
		stir();
		store_look_at_dirty(&knowledge);
	}
	/* A full budget, the tokens that came back, and the view that exceeds them. */
	assert_in_range(xs.n_asked, 300, 2048 + (now_ns() - start) * 200 / NS_PER_SEC + 20);
}

TEST(a_frontend_has_no_more_read_than_it_may)
{
	stir_without_end();
	assert_int_equal(xs.n_watches, 0);
}

TEST(the_last_state_is_seen_in_the_end)
{
	struct store_view view;

	stir_without_end();
	assert_true(take_view(&view));
	xs.fe_state = "5";
	stir();
	while (!store_look_at_dirty(&knowledge))
		usleep(1000);
	assert_true(take_view(&view));
	assert_int_equal(view.fe_state, XB_CLOSING);
	assert_int_equal(xs.n_watches, 1);
	assert_true(store_look_at_dirty(&knowledge));
}

TEST(the_toolstack_does_not_wait_for_what_a_frontend_did)
{
	struct store_view view;

	stir_without_end();
	assert_true(take_view(&view));
	assert_false(store_look_at_dirty(&knowledge));
	xs.be_state = "5";
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view));
	assert_int_equal(view.be_state, XB_CLOSING);
}

TEST(other_rings_are_told_of_once)
{
	struct parcel *parcel;
	struct store_view view;

	xs.fe_state = "3";
	tell(BE "/state", STORE_BASE_TOKEN);
	stir();
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view));
	stir();
	store_look_at_dirty(&knowledge);
	assert_null(STAILQ_FIRST(&mailbox.parcels)->view.config);
	assert_true(take_view(&view));
	xs.ring = "9";
	stir();
	store_look_at_dirty(&knowledge);
	/* It is not lost if another view comes before the loop has taken it. */
	stir();
	store_look_at_dirty(&knowledge);
	parcel = STAILQ_FIRST(&mailbox.parcels);
	assert_string_equal(tree_get(parcel->view.config, "0/ring-ref"), "9");
	assert_string_equal(parcel->view.domain_name, "x");
	xs.fe_state = "4";
	stir();
	store_look_at_dirty(&knowledge);
	assert_string_equal(tree_get(parcel->view.config, "0/ring-ref"), "9");
	/* But when the frontend has left, and read again when it is back. */
	xs.fe_state = "1";
	stir();
	store_look_at_dirty(&knowledge);
	assert_null(parcel->view.config);
	xs.fe_state = "3";
	stir();
	store_look_at_dirty(&knowledge);
	assert_string_equal(tree_get(parcel->view.config, "0/ring-ref"), "9");
}

static bool sees(const char *state)
{
	const struct parcel *parcel;

	xs.fe_state = state;
	store_look_at_dirty(&knowledge);
	parcel = STAILQ_FIRST(&mailbox.parcels);
	assert_non_null(parcel);
	return parcel->view.config;
}

/* From 3 to 4 it is one state; a frontend that publishes anew goes through others. */
TEST(rings_are_read_again_in_4_if_the_frontend_took_a_longer_way)
{
	struct store_view view;

	tell(BE "/state", STORE_BASE_TOKEN);
	stir();
	sees("3");
	assert_true(take_view(&view) && view.fe_wrote);
	xs.n_asked = 0;
	stir();
	assert_false(sees("4"));
	assert_true(take_view(&view) && view.fe_wrote);
	assert_int_equal(xs.n_asked, 1);
	stir();
	stir();
	assert_false(sees("4"));
	assert_true(take_view(&view));
	assert_int_equal(xs.n_asked, 3);
	xs.ring = "9";
	stir();
	assert_false(sees("4"));
	stir();
	stir();
	assert_true(sees("4"));
	assert_true(take_view(&view));
	tell(BE "/online", STORE_BASE_TOKEN);
	sees("4");
	assert_true(take_view(&view) && !view.fe_wrote);
}

TEST(other_rings_that_find_no_memory_are_told_of_later)
{
	struct store_view view;

	xs.fe_state = "3";
	stir();
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view));
	xs.ring = "9";
	stir();
	no_memory_for = sizeof(struct parcel);
	assert_false(store_look_at_dirty(&knowledge));
	no_memory_for = 0;
	assert_true(store_look_at_dirty(&knowledge));
	assert_non_null(STAILQ_FIRST(&mailbox.parcels)->view.config);
}
