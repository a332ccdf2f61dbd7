/* SPDX-License-Identifier: MIT */
/* The xenbus state machine against the stock frontends, libxl and restarts. */
#include <config.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

static const enum frontend_kind kinds[] = {SOUND, DISPLAY, DISPLAY_BE_ALLOC};

#define FOR_EACH_KIND(k)                                                                           \
	for (const enum frontend_kind *k = kinds; k < kinds + sizeof kinds / sizeof kinds[0]; k++)

static void assert_connected(const struct world *w)
{
	assert_int_equal(w->f.be, XB_CONNECTED);
	assert_int_equal(w->f.fe, XB_CONNECTED);
	assert_int_equal(w->f.engine, ENGINE_RUNNING);
}

/* -------- an ordinary life -------- */

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

/* -------- the toolstack takes it away -------- */

static void assert_detached(struct world *w)
{
	assert_writes(w, XB_CLOSED, 0);
	/* libxl has seen 6, and removes the directories. */
	w->f.present = false;
	w->f.be = XB_UNKNOWN;
	w->f.fe = XB_UNKNOWN;
	world_touch(w);
	world_run(w, 20000);
	assert_writes(w, 0);
	assert_int_equal(w->f.engine, ENGINE_NONE);
	assert_true(xenbus_decide(&w->xb, &w->f).forget);
}

TEST(xl_detach_sees_6_at_once_in_whatever_order_its_writes_are_seen)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		for (int order = 0; order < 3; order++) {
			world_connect(&w, *kind);
			w.f.online = order == 1;
			w.f.be = order == 0 ? w.f.be : XB_CLOSING;
			world_touch(&w);
			world_run(&w, 1);
			assert_int_equal(w.f.be, XB_CLOSED);
			w.f.online = false;
			if (order == 0) {
				w.f.be = XB_CLOSING;
				w.n_writes = 0;
			}
			world_touch(&w);
			world_run(&w, 3000);
			assert_detached(&w);
		}
	}
}

TEST(a_detached_device_stays_in_6_when_its_frontend_is_back_in_1)
{
	struct world w;

	world_connect(&w, SOUND);
	w.f.online = false;
	w.f.be = XB_CLOSING;
	world_touch(&w);
	world_run(&w, 5000);
	assert_int_equal(w.f.fe, XB_INITIALISING);
	assert_writes(&w, XB_CLOSED, 0);
}

/* Detach while a program in the guest holds the device. */
static void detach_held(struct world *w, bool idle)
{
	world_connect(w, SOUND);
	w->held = true;
	w->f.requests_due = !idle;
	w->f.online = false;
	w->f.be = XB_CLOSING;
	world_touch(w);
	world_run(w, 1);
	assert_writes(w, XB_CLOSED, 0);
	assert_int_equal(w->f.engine, ENGINE_RUNNING);
}

TEST(after_6_the_rings_are_served_until_the_frontend_has_left)
{
	struct world w;

	detach_held(&w, false);
	world_run(&w, 3000);
	assert_int_equal(w.f.engine, ENGINE_RUNNING);
	w.held = false;
	world_run(&w, 20);
	assert_int_equal(w.f.fe, XB_INITIALISING);
	assert_int_equal(w.f.engine, ENGINE_NONE);
}

TEST(after_6_an_idle_device_is_served_for_a_second)
{
	struct world w;

	detach_held(&w, true);
	world_run(&w, 900);
	assert_int_equal(w.f.engine, ENGINE_RUNNING);
	world_run(&w, 200);
	assert_int_equal(w.f.engine, ENGINE_NONE);
}

TEST(after_6_nobody_is_served_for_more_than_ten_seconds)
{
	struct world w;

	detach_held(&w, false);
	world_run(&w, 9900);
	assert_int_equal(w.f.engine, ENGINE_RUNNING);
	world_run(&w, 400);
	assert_int_equal(w.f.engine, ENGINE_NONE);
}

TEST(a_dead_domain_is_let_go_at_once)
{
	struct world w;

	for (int present = 0; present < 2; present++) {
		world_connect(&w, SOUND);
		w.f.requests_due = true;
		w.f.domain_alive = false;
		w.f.present = present;
		w.mode = ABSENT;
		world_touch(&w);
		world_run(&w, 0);
		assert_int_equal(w.f.engine, ENGINE_STOPPING);
		world_run(&w, 100);
		assert_int_equal(w.n_writes, present ? 1 : 0);
	}
}

TEST(a_device_that_comes_back_under_its_old_number_is_offered)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		world_connect(&w, *kind);
		w.f.online = false;
		w.f.be = XB_CLOSING;
		world_touch(&w);
		world_run(&w, 3000);
		assert_detached(&w);
		w.f.present = w.f.online = true;
		w.f.be = w.f.fe = XB_INITIALISING;
		frontend_load(&w);
		world_touch(&w);
		world_run(&w, 1000);
		assert_writes(&w, XB_INIT_WAIT, XB_CONNECTED, 0);
	}
}

/* -------- the daemon comes and goes -------- */

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

/* -------- keyboards, which publish before they are offered -------- */

TEST(a_keyboard_is_connected_whether_it_is_loaded_before_or_after_our_2)
{
	struct world w;

	for (unsigned loaded_first = 0; loaded_first < 2; loaded_first++) {
		world_init(&w, KEYBOARD);
		if (loaded_first)
			frontend_load(&w);
		world_run(&w, 1000);
		if (!loaded_first)
			frontend_load(&w);
		world_run(&w, 1000);
		assert_writes(&w, XB_INIT_WAIT, XB_CONNECTED, 0);
		assert_connected(&w);
		assert_int_equal(w.published, 1);
	}
}

TEST(a_keyboard_that_is_bound_again_finds_2_and_never_6)
{
	struct world w;

	world_connect(&w, KEYBOARD);
	for (unsigned i = 0; i < 5; i++) {
		keyboard_unbind(&w);
		world_run(&w, 100);
		assert_writes(&w, XB_INIT_WAIT, 0);
		assert_int_equal(w.f.engine, ENGINE_NONE);
		frontend_load(&w);
		world_run(&w, 300);
		assert_writes(&w, XB_CONNECTED, 0);
		assert_connected(&w);
		world_run(&w, 10000);
	}
}

TEST(a_guest_with_a_keyboard_shuts_down_on_our_5)
{
	struct world w;

	world_connect(&w, KEYBOARD);
	frontend_set_mode(&w, SHUTTING_DOWN);
	world_run(&w, 100);
	assert_true(w.saw_what_it_waited_for);
	assert_int_equal(w.f.fe, XB_CLOSED);
	assert_int_equal(w.f.engine, ENGINE_NONE);
}

TEST(a_kexec_with_a_keyboard_sees_5_and_6_and_2)
{
	struct world w;

	world_connect(&w, KEYBOARD);
	frontend_set_mode(&w, KEXEC_5);
	while (w.mode != ABSENT) {
		world_run(&w, 1);
		assert_true(w.waited_ns < NS_PER_SEC);
	}
	assert_writes(&w, XB_CLOSING, XB_CLOSED, XB_INIT_WAIT, 0);
	frontend_load(&w);
	world_run(&w, 1000);
	assert_writes(&w, XB_CONNECTED, 0);
	assert_connected(&w);
}

TEST(a_keyboard_in_6_after_our_5_is_offered_2_soon)
{
	struct world w;

	world_connect(&w, KEYBOARD);
	frontend_set_mode(&w, SHUTTING_DOWN);
	world_run(&w, 3000);
	assert_writes(&w, XB_CLOSING, XB_CLOSED, XB_INIT_WAIT, 0);
}

TEST(a_daemon_that_quits_leaves_a_keyboard_in_4_and_the_next_one_serves_it_without_a_word)
{
	struct world w;

	for (unsigned killed = 0; killed < 2; killed++) {
		world_connect(&w, KEYBOARD);
		w.f.quitting = !killed;
		world_touch(&w);
		world_run(&w, 100);
		assert_int_equal(w.f.engine, killed ? ENGINE_RUNNING : ENGINE_NONE);
		assert_writes(&w, 0);
		world_restart_daemon(&w);
		world_run(&w, 1000);
		assert_writes(&w, 0);
		assert_connected(&w);
		assert_int_equal(w.published, 1);
	}
}

TEST(a_daemon_that_quits_while_a_keyboard_connects_leaves_2_and_the_next_one_connects)
{
	struct world w;

	world_init(&w, KEYBOARD);
	frontend_load(&w);
	world_run(&w, 20);
	assert_int_equal(w.f.be, XB_INIT_WAIT);
	assert_int_equal(w.f.engine, ENGINE_RUNNING);
	w.f.quitting = true;
	world_touch(&w);
	world_run(&w, 20);
	assert_int_equal(w.f.engine, ENGINE_NONE);
	assert_writes(&w, XB_INIT_WAIT, 0);
	world_restart_daemon(&w);
	world_run(&w, 1000);
	assert_writes(&w, XB_CONNECTED, 0);
	assert_connected(&w);
}

/* The guest is in 4 again at once, and what it published may have been given away by then. */
TEST(a_keyboard_that_comes_back_from_a_suspend_is_connected_anew)
{
	struct world w;

	for (unsigned lost = 0; lost < 2; lost++) {
		world_connect(&w, KEYBOARD);
		for (unsigned i = 0; i < 12; i++) {
			keyboard_resume(&w);
			/* What is in use is not what was published. */
			w.f.engine = ENGINE_STOPPING;
			w.engine_due_ns = w.f.now_ns + 20 * NS_PER_MS;
			world_run(&w, 10);
			assert_int_equal(w.f.fe, XB_CONNECTED);
			w.f.has_config = !lost;
			world_run(&w, 1000);
			assert_connected(&w);
			world_run(&w, 10000);
		}
	}
}

TEST(a_keyboard_whose_page_cannot_be_mapped_is_told_6_and_has_to_wait)
{
	struct world w;

	world_connect(&w, KEYBOARD);
	w.start_fails = true;
	world_restart_daemon(&w);
	world_run(&w, 1000);
	assert_writes(&w, XB_CLOSED, XB_INIT_WAIT, 0);
	assert_int_equal(w.f.fe, XB_CLOSED);
	w.start_fails = false;
	frontend_load(&w);
	world_run(&w, 1000);
	assert_writes(&w, XB_CONNECTED, 0);
	assert_connected(&w);
}

TEST(xl_detach_takes_a_keyboard_away)
{
	struct world w;

	world_connect(&w, KEYBOARD);
	w.f.online = false;
	w.f.be = XB_CLOSING;
	world_touch(&w);
	world_run(&w, 100);
	assert_writes(&w, XB_CLOSED, 0);
	assert_int_equal(w.f.fe, XB_CLOSED);
	assert_int_equal(w.f.engine, ENGINE_NONE);
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
