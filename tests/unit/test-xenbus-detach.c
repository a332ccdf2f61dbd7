/* SPDX-License-Identifier: MIT */
/* The xenbus state machine when the toolstack takes a device away, or its domain is dead. */
#include <config.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

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
	world_detach(&w);
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
	world_detach(w);
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

TEST(what_is_left_of_a_dead_domain_is_forgotten_once_it_is_in_6)
{
	struct xenbus xb = {0};
	struct xenbus_facts f = {.present = true,
				 .online = true,
				 .be = XB_CONNECTED,
				 .fe = XB_CONNECTED,
				 .engine = ENGINE_RUNNING,
				 .now_ns = NS_PER_SEC};
	struct xenbus_step step = xenbus_decide(&xb, &f);

	assert_int_equal(step.write, XB_CLOSED);
	assert_int_equal(step.engine, ENGINE_STOP);
	assert_false(step.forget);
	f.be = XB_CLOSED;
	f.engine = ENGINE_STOPPING;
	assert_false(xenbus_decide(&xb, &f).forget);
	f.engine = ENGINE_NONE;
	assert_true(xenbus_decide(&xb, &f).forget);
	/* libxl tidies up at last. */
	f.online = false;
	f.be = XB_CLOSING;
	step = xenbus_decide(&xb, &f);
	assert_int_equal(step.write, XB_CLOSED);
	assert_false(step.forget);
}

TEST(a_device_that_comes_back_under_its_old_number_is_offered)
{
	struct world w;

	FOR_EACH_KIND(kind)
	{
		world_connect(&w, *kind);
		world_detach(&w);
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
