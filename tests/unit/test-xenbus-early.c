/* SPDX-License-Identifier: MIT */
/* The xenbus state machine and keyboards, which publish before they are offered. */
#include <config.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

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

/* Linux 7.3 does this to some keyboards when it boots. */
TEST(a_keyboard_that_the_guest_has_lost_is_made_anew_within_seconds)
{
	struct world w;

	for (unsigned mapped = 0; mapped < 2; mapped++) {
		world_init(&w, KEYBOARD);
		world_run(&w, 1000);
		w.start_fails = !mapped;
		keyboard_lose(&w);
		world_run(&w, mapped ? 9900 : 900);
		assert_int_equal(w.renewals, 0);
		world_run(&w, 4000);
		assert_int_equal(w.renewals, 1);
		assert_connected(&w);
		world_run(&w, 60000);
		assert_int_equal(w.renewals, 1);
		assert_connected(&w);
	}
}

TEST(a_driver_that_lives_is_not_taken_for_lost)
{
	struct world w;

	world_init(&w, KEYBOARD);
	w.start_fails = true;
	for (unsigned i = 0; i < 20; i++) {
		frontend_load(&w);
		world_run(&w, 1000);
		assert_int_equal(w.f.fe, XB_CLOSED);
	}
	assert_int_equal(w.renewals, 0);
}

TEST(xl_detach_takes_a_keyboard_away)
{
	struct world w;

	world_connect(&w, KEYBOARD);
	world_detach(&w);
	world_run(&w, 100);
	assert_writes(&w, XB_CLOSED, 0);
	assert_int_equal(w.f.fe, XB_CLOSED);
	assert_int_equal(w.f.engine, ENGINE_NONE);
}
