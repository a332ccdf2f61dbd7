/* SPDX-License-Identifier: MIT */
/* The xenbus state machine when daemons come and go, and with displays that are in 7 then. */
#include <config.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

TEST(a_new_daemon_starts_over_with_a_connected_frontend)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		world_connect(&w, *kind);
		world_restart_daemon(&w);
		world_run(&w, 1000);
		assert_connected(&w);
		/* A single 2: each further one would make the sound frontend tear down anew. */
		assert_int_equal(w.writes[0], XB_INIT_WAIT);
		assert_int_equal(w.writes[w.n_writes - 1], XB_CONNECTED);
		assert_int_equal(w.n_writes, *kind == DISPLAY_BE_ALLOC ? 3 : 2);
	}
}

TEST(a_new_daemon_that_can_go_on_writes_nothing)
{
	static const enum frontend_kind all[] = {SOUND, DISPLAY, DISPLAY_BE_ALLOC, KEYBOARD};
	struct xenbus_step step;
	struct world w;

	for (unsigned i = 0; i < 4; i++) {
		world_connect(&w, all[i]);
		world_restart_daemon(&w);
		w.f.resumable = true;
		step = xenbus_decide(&w.xb, &w.f);
		assert_int_equal(step.engine, ENGINE_RESUME);
		assert_int_equal(step.write, 0);
		w.f.resumable = false;
		w.f.engine = ENGINE_RUNNING;
		world_touch(&w);
		world_run(&w, 5000);
		assert_connected(&w);
		assert_writes(&w, 0);
	}
}

TEST(a_new_daemon_takes_over_in_the_middle_of_connecting)
{
	static const int be[] = {XB_INITIALISING, XB_INIT_WAIT, XB_CONNECTED, XB_CLOSED};
	struct world w;

	FOR_EACH_KIND(kind)
	{
		for (unsigned i = 0; i < sizeof be / sizeof be[0]; i++) {
			world_init(&w, *kind);
			world_run(&w, 10);
			frontend_load(&w);
			while (w.f.fe != XB_INITIALISED)
				world_run(&w, 1);
			world_restart_daemon(&w);
			w.f.be = be[i];
			w.unheard = 0;
			world_run(&w, 1000);
			assert_connected(&w);
		}
	}
}

TEST(a_daemon_that_quits_writes_2_once_and_serves_until_the_frontend_leaves)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		world_connect(&w, *kind);
		w.reaction_ms = 1500;
		w.f.quitting = true;
		world_touch(&w);
		world_run(&w, 1000);
		assert_int_equal(w.f.engine, ENGINE_RUNNING);
		world_run(&w, 1000);
		assert_int_equal(w.f.engine, ENGINE_NONE);
		assert_writes(&w, XB_INIT_WAIT, 0);
		/* The next daemon finds the frontend waiting, and connects without a new 2. */
		world_restart_daemon(&w);
		w.reaction_ms = 2;
		world_run(&w, 1000);
		assert_connected(&w);
		assert_int_equal(w.published, *kind == SOUND ? 2 : 2);
	}
}

TEST(a_daemon_that_quits_waits_five_seconds_at_most)
{
	struct world w;

	world_connect(&w, SOUND);
	w.held = true;
	w.f.quitting = true;
	world_touch(&w);
	world_run(&w, 4900);
	assert_int_equal(w.f.engine, ENGINE_RUNNING);
	world_run(&w, 400);
	assert_int_equal(w.f.engine, ENGINE_NONE);
	assert_writes(&w, XB_INIT_WAIT, 0);
	/* The frontend may be late: the next daemon waits for it. */
	world_restart_daemon(&w);
	world_run(&w, 10000);
	assert_writes(&w, 0);
	w.held = false;
	world_run(&w, 1000);
	assert_connected(&w);
}

TEST(a_daemon_that_quits_and_cannot_write_leaves_all_the_same)
{
	struct world w;

	world_connect(&w, SOUND);
	w.f.quitting = true;
	for (unsigned i = 0; i < 60 && w.f.engine == ENGINE_RUNNING; i++) {
		struct xenbus_step step = xenbus_decide(&w.xb, &w.f);

		if (step.engine == ENGINE_STOP)
			w.f.engine = ENGINE_STOPPING;
		w.f.now_ns += 100 * NS_PER_MS;
	}
	assert_int_equal(w.f.be, XB_CONNECTED);
	assert_int_equal(w.f.engine, ENGINE_STOPPING);
}

/* -------- 7 -------- */

TEST(a_display_in_7_is_nudged_once_it_is_back_in_1)
{
	struct world w;

	world_connect(&w, DISPLAY_BE_ALLOC);
	w.held = true;
	world_restart_daemon(&w);
	world_run(&w, 30000);
	assert_int_equal(w.f.fe, XB_RECONFIGURING);
	assert_writes(&w, XB_INIT_WAIT, 0);
	w.held = false;
	world_run(&w, 1000);
	assert_writes(&w, XB_INIT_WAIT, XB_CONNECTED, 0);
	assert_int_equal(w.nudges, 1);
}

TEST(a_display_that_left_7_while_no_daemon_ran_is_nudged_too)
{
	struct world w;

	world_connect(&w, DISPLAY_BE_ALLOC);
	w.held = true;
	w.f.quitting = true;
	world_touch(&w);
	world_run(&w, 100);
	assert_int_equal(w.f.fe, XB_RECONFIGURING);
	w.held = false;
	world_run(&w, 100);
	assert_int_equal(w.f.fe, XB_INITIALISING);
	assert_int_equal(w.f.be, XB_INIT_WAIT);
	world_restart_daemon(&w);
	world_run(&w, 1000);
	assert_connected(&w);
}

TEST(a_nudge_that_has_to_wait_is_not_lost)
{
	struct world w;

	world_connect(&w, DISPLAY_BE_ALLOC);
	w.held = true;
	world_restart_daemon(&w);
	/* After this many offers the next one has to wait. */
	w.xb.offers = 7;
	w.xb.first_offer_ns = w.xb.last_offer_ns = w.f.now_ns;
	world_run(&w, 10000);
	assert_int_equal(w.f.fe, XB_RECONFIGURING);
	w.held = false;
	world_run(&w, 20000);
	assert_connected(&w);
}

TEST(a_display_that_is_offered_in_1_needs_no_nudge)
{
	struct world w;

	world_connect(&w, DISPLAY);
	w.f.failed = true; /* the way to 6 */
	world_touch(&w);
	w.reaction_ms = 400;
	world_run(&w, 5000);
	assert_connected(&w);
	assert_int_equal(w.nudges, 0);
}
