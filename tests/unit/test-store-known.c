/* SPDX-License-Identifier: MIT */
/*
 * The store thread's knowledge of devices, and when it looks at them, mostly without the thread:
 * xenstored refuses watches, and memory is short.
 */
#include <config.h>

#include <event2/event.h>
#include <unistd.h>

#include "store-rig.h"

TEST(a_device_is_looked_at_when_something_happens)
{
	struct store_view view;

	tell(BE "/state", STORE_BASE_TOKEN);
	assert_true(store_look_at_dirty(&knowledge));
	assert_true(take_view(&view));
	assert_int_equal(view.fe_state, XB_INITIALISING);
	assert_int_equal(xs.n_watches, 1);
	store_sweep(&knowledge);
	assert_true(store_look_at_dirty(&knowledge));
	assert_false(take_view(&view));
	tell(FE "/state", "vsnd/3/0");
	assert_true(store_look_at_dirty(&knowledge));
	assert_true(take_view(&view));
}

TEST(a_frontend_that_cannot_be_watched_is_looked_at_by_every_sweep)
{
	struct store_view view;

	xs.no_watches = true;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view));
	for (int i = 0; i < 3; i++) {
		xs.fe_state = i % 2 ? "1" : "5";
		store_sweep(&knowledge);
		store_look_at_dirty(&knowledge);
		assert_true(take_view(&view));
		assert_int_equal(view.fe_state, i % 2 ? XB_INITIALISING : XB_CLOSING);
	}
	/* Until the watch can be set. */
	xs.no_watches = false;
	store_sweep(&knowledge);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view));
	store_sweep(&knowledge);
	store_look_at_dirty(&knowledge);
	assert_false(take_view(&view));
	assert_int_equal(xs.n_watches, 1);
}

/* The frontend may have left 3 and be back with other rings. */
TEST(what_an_unwatched_frontend_published_is_read_again)
{
	struct known *known;

	xs.no_watches = true;
	xs.fe_state = "3";
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	known = store_learn(&knowledge, &sound);
	assert_false(known->stirred);
	store_sweep(&knowledge);
	assert_true(known->stirred);
}

TEST(a_view_that_finds_no_memory_is_tried_again)
{
	struct store_view view;

	tell(BE "/state", STORE_BASE_TOKEN);
	store_learn(&knowledge, &sound)->written = true;
	no_memory_for = sizeof(struct parcel);
	assert_false(store_look_at_dirty(&knowledge));
	assert_false(store_look_at_dirty(&knowledge));
	assert_false(take_view(&view));
	no_memory_for = 0;
	assert_true(store_look_at_dirty(&knowledge));
	assert_true(take_view(&view));
}

/* The last view of a device that is gone, too. */
TEST(a_view_of_the_end_that_finds_no_memory_is_tried_again)
{
	static const struct device_id other = {&vdispl, 4, 0};
	struct store_view view;

	xs.alive = false;
	xs.no_watches = true;
	knowledge.own_domid = 1; /* its directories are empty */
	store_learn(&knowledge, &other);
	LIST_FIRST(&knowledge.devices)->watched = true;
	xs.n_watches = 1;
	no_memory_for = sizeof(struct parcel);
	assert_false(store_look_at_dirty(&knowledge));
	assert_false(LIST_EMPTY(&knowledge.devices));
	no_memory_for = 0;
	assert_true(store_look_at_dirty(&knowledge));
	assert_true(take_view(&view));
	assert_false(view.present || view.domain_alive);
	assert_true(LIST_EMPTY(&knowledge.devices));
	assert_int_equal(xs.n_watches, 0);
}

TEST(a_device_that_finds_no_memory_is_searched_for)
{
	struct store_view view;

	no_memory_for = sizeof(struct known);
	tell(BE "/state", STORE_BASE_TOKEN);
	assert_true(LIST_EMPTY(&knowledge.devices));
	assert_false(store_look_at_dirty(&knowledge));
	assert_false(take_view(&view));
	no_memory_for = 0;
	assert_true(store_look_at_dirty(&knowledge));
	assert_true(take_view(&view));
	assert_true(device_same_id(&view.id, &sound));
}

TEST(a_domain_that_dies_or_comes_back_is_looked_at_once)
{
	struct store_view view;

	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && view.domain_alive);
	xs.alive = false;
	tell("@releaseDomain", STORE_DOMAINS_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && !view.domain_alive);
	store_sweep(&knowledge);
	store_look_at_dirty(&knowledge);
	assert_false(take_view(&view));
	/* xenstored had lost the event. */
	xs.alive = true;
	store_sweep(&knowledge);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && view.domain_alive);
}

/* In a driver domain no event tells of it: only the nodes do. */
TEST(a_hidden_domain_lives_while_its_frontend_can_be_read)
{
	struct store_view view;

	xs.hidden = true;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && view.domain_alive && !view.domain_gone);
	xs.fe_state = NULL;
	tell(FE "/state", "vsnd/3/0");
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && !view.domain_alive);
	xs.fe_state = "1";
	tell(FE "/state", "vsnd/3/0");
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && view.domain_alive);
	/* The event is lost. */
	xs.fe_state = NULL;
	store_sweep(&knowledge);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && !view.domain_alive);
}

TEST(a_hidden_domain_is_gone_when_the_toolstack_has_taken_all_it_had)
{
	static const struct device_id other = {&vdispl, 3, 0};
	struct known *known;
	struct store_view view;

	xs.hidden = true;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && !view.domain_gone);
	/* A guest can do the same, and live on. */
	xs.fe_state = NULL;
	store_sweep(&knowledge);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && !view.domain_alive && !view.domain_gone);
	known = store_learn(&knowledge, &other);
	known->due = 0;
	known->kept = true;
	xs.be_state = NULL;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && !view.present && !view.domain_gone);
	known->kept = false;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	assert_true(take_view(&view) && view.domain_gone);
}

static void note_view(struct store_view *view, void *data)
{
	uint64_t *seq = data;

	*seq = view->write_seq;
}

/* The device waits for a view that shows the write, and does nothing else. */
TEST(a_state_that_finds_no_memory_is_written_later)
{
	struct event_base *base = event_base_new();
	struct store *real;
	uint64_t seen = 0;
	uint64_t seq;

	no_memory_for = sizeof(struct known);
	assert_int_equal(store_start(&real, base, kinds, note_view, &seen, false), 0);
	assert_int_equal(store_write_state(real, &sound, XB_CLOSED, NULL, &seq), 0);
	while (n_refused < 2)
		usleep(100);
	no_memory_for = 0;
	while (seen < seq)
		event_base_loop(base, EVLOOP_ONCE);
	store_stop(real);
	event_base_free(base);
}
