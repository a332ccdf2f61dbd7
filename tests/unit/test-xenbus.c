/* SPDX-License-Identifier: MIT */
/* The xenbus state machine and the stock frontends, from the first offer to a kexec. */
#include <config.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

TEST(a_device_is_offered_at_once_and_connected_once)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		world_init(&w, *kind);
		world_run(&w, 1);
		/* libxl waits for it, with or without a guest. */
		assert_writes(&w, XB_INIT_WAIT, 0);
		world_run(&w, 60000);
		frontend_load(&w);
		world_run(&w, 60000);
		assert_writes(&w, XB_CONNECTED, 0);
		assert_connected(&w);
		assert_int_equal(w.published, 1);
	}
}

TEST(a_running_guest_does_not_hide_our_2_from_the_toolstack)
{
	struct world w;
	uint64_t offered;

	world_init(&w, SOUND);
	frontend_load(&w);
	while (w.f.be != XB_INIT_WAIT)
		world_run(&w, 1);
	offered = w.f.now_ns;
	while (w.f.be == XB_INIT_WAIT)
		world_run(&w, 1);
	assert_int_equal(w.f.be, XB_CONNECTED);
	assert_in_range(w.f.now_ns - offered, 100 * NS_PER_MS - 2 * NS_PER_MS, 200 * NS_PER_MS);
}

/* Nobody but the frontend waits for an offer that is no answer to the toolstack. */
TEST(a_driver_that_comes_back_is_connected_at_once)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		uint64_t offered;

		world_connect(&w, *kind);
		frontend_set_mode(&w, UNLOADING);
		world_run(&w, 2000);
		assert_int_equal(w.f.be, XB_CLOSED);
		frontend_load(&w);
		while (w.f.be != XB_INIT_WAIT)
			world_run(&w, 1);
		offered = w.f.now_ns;
		while (w.f.be == XB_INIT_WAIT)
			world_run(&w, 1);
		assert_int_equal(w.f.be, XB_CONNECTED);
		assert_in_range(w.f.now_ns - offered, 0, 50 * NS_PER_MS);
	}
}

TEST(a_guest_that_shuts_down_sees_5_and_leaves_us_in_6)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		world_connect(&w, *kind);
		frontend_set_mode(&w, SHUTTING_DOWN);
		world_run(&w, 1000);
		assert_true(w.saw_what_it_waited_for);
		assert_writes(&w, XB_CLOSING, XB_CLOSED, 0);
		assert_int_equal(w.f.engine, ENGINE_NONE);
	}
}

TEST(a_frontend_that_unloads_sees_2_within_a_second)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		world_connect(&w, *kind);
		frontend_set_mode(&w, UNLOADING);
		world_run(&w, 2000);
		assert_true(w.saw_what_it_waited_for);
		assert_writes(&w, XB_CLOSING, XB_INIT_WAIT, XB_CLOSED, 0);
		frontend_load(&w);
		world_run(&w, 1000);
		assert_writes(&w, XB_INIT_WAIT, XB_CONNECTED, 0);
		assert_connected(&w);
	}
}

static void unload_in_use(struct world *w)
{
	world_connect(w, SOUND);
	w->held = true;
	w->f.engine_open = true;
	w->f.requests_due = true;
	frontend_set_mode(w, UNLOADING);
	world_run(w, 3000);
	assert_true(w->saw_what_it_waited_for);
	assert_writes(w, XB_CLOSING, XB_INIT_WAIT, 0);
	assert_int_equal(w->f.engine, ENGINE_RUNNING);
}

TEST(a_device_in_use_is_served_until_its_driver_has_closed_it)
{
	struct world w;

	unload_in_use(&w);
	w.held = false;
	w.f.engine_open = false;
	w.f.requests_due = false;
	world_run(&w, 20);
	assert_int_equal(w.f.fe, XB_CLOSED);
	assert_int_equal(w.f.engine, ENGINE_NONE);
	assert_writes(&w, XB_CLOSED, 0);
}

TEST(a_driver_that_does_not_close_is_served_for_ten_seconds)
{
	struct world w;

	unload_in_use(&w);
	world_run(&w, 6900);
	assert_int_equal(w.f.engine, ENGINE_RUNNING);
	world_run(&w, 500);
	assert_int_equal(w.f.engine, ENGINE_NONE);
}

TEST(a_frontend_that_comes_back_from_5_is_not_served_on_its_old_rings)
{
	struct world w;

	unload_in_use(&w);
	w.stops = 0;
	w.held = false;
	w.mode = LOADED;
	w.f.fe = XB_INITIALISED;
	world_touch(&w);
	world_run(&w, 200);
	assert_int_equal(w.stops, 1);
	assert_writes(&w, XB_CONNECTED, 0);
	assert_int_equal(w.f.engine, ENGINE_RUNNING);
}

TEST(a_kexec_sees_5_and_6_and_2)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		world_connect(&w, *kind);
		frontend_set_mode(&w, KEXEC_5);
		world_run(&w, 1000);
		assert_true(w.mode == ABSENT && w.saw_what_it_waited_for);
		assert_writes(&w, XB_CLOSING, XB_CLOSED, XB_INIT_WAIT, 0);
		frontend_load(&w);
		world_run(&w, 1000);
		assert_writes(&w, XB_CONNECTED, 0);
		assert_connected(&w);
	}
}

/* It published other rings, in state fe, and the old ones are let go. */
static void replace_rings(struct world *w, int fe)
{
	world_connect(w, SOUND);
	w->f.fe = fe;
	w->f.engine = ENGINE_NONE;
	w->f.has_config = w->f.replaced = true;
	world_touch(w);
	world_run(w, 100);
	assert_int_equal(w->f.engine, ENGINE_RUNNING);
	assert_writes(w, 0);
}

TEST(other_rings_behind_our_4_are_served_without_a_word)
{
	struct world w;

	replace_rings(&w, XB_CONNECTED);
	world_run(&w, 60000);
	assert_writes(&w, 0);
	replace_rings(&w, XB_INITIALISED);
	w.f.fe = XB_CONNECTED;
	world_touch(&w);
	world_run(&w, 60000);
	assert_connected(&w);
	assert_writes(&w, 0);
}

TEST(a_frontend_that_had_seen_our_4_before_it_published_other_rings_is_offered_again)
{
	struct world w;

	replace_rings(&w, XB_INITIALISED);
	world_run(&w, 1000);
	assert_writes(&w, 0);
	world_run(&w, 2000);
	assert_connected(&w);
	assert_writes(&w, XB_INIT_WAIT, XB_CONNECTED, 0);
	assert_int_equal(w.renewals, 0);
}
