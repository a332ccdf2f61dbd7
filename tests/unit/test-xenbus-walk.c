/* SPDX-License-Identifier: MIT */
/*
 * The xenbus state machine against frontends that change their state without a pause, and against
 * facts without sense.
 */
#include <config.h>

#include <string.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

/* -------- frontends without a pause -------- */

/* The frontend answers as fast as we do, which is the worst it can do. */
static unsigned writes_of_a_frontend_that_goes_through(struct world *w, const int *states,
						       unsigned n_states, unsigned ms)
{
	unsigned n_writes = 0;

	for (unsigned i = 0; i < ms; i++) {
		w->f.fe = states[i % n_states];
		world_touch(w);
		world_run(w, 1);
		n_writes += w->n_writes;
		w->n_writes = 0;
	}
	return n_writes;
}

TEST(a_frontend_that_changes_its_state_all_the_time_makes_us_write_little)
{
	static const int states[][3] = {{5, 6, 5}, {5, 6, 0}, {1, 5, 6}, {5, 1, 6},
					{4, 6, 5}, {3, 4, 6}, {4, 7, 4}, {3, 1, 4}};
	const size_t n = sizeof states / sizeof states[0];
	struct world w;

	for (size_t i = 0; i < 2 * n; i++) {
		world_connect(&w, i < n ? SOUND : KEYBOARD);
		w.mode = ABSENT;
		/* 32 writes are free, then there are five per second. */
		assert_in_range(writes_of_a_frontend_that_goes_through(&w, states[i % n], 3, 60000),
				1, 32 + 60 * 5 + 2);
		/* The frontend is heard all the same, and waits no longer than its offers
		 * demand. */
		if (w.kind == KEYBOARD) {
			/* Its driver does not come back from our 6. */
			keyboard_unbind(&w);
			world_run(&w, 70000);
			assert_int_equal(w.f.be, XB_INIT_WAIT);
		}
		frontend_load(&w);
		world_run(&w, 70000);
		assert_int_equal(w.f.fe, XB_CONNECTED);
		assert_int_equal(w.f.be, XB_CONNECTED);
	}
}

TEST(a_removal_does_not_wait_for_what_the_frontend_did)
{
	static const int states[] = {5, 6};
	struct world w;

	world_connect(&w, SOUND);
	w.mode = ABSENT;
	writes_of_a_frontend_that_goes_through(&w, states, 2, 1000);
	assert_true(w.xb.held_up);
	world_detach(&w);
	world_run(&w, 1);
	assert_int_equal(w.f.be, XB_CLOSED);
}

static void live_again(struct world *w)
{
	frontend_load(w);
	while (w->f.fe != XB_CONNECTED || w->f.be != XB_CONNECTED) {
		world_run(w, 1);
		assert_false(w->xb.held_up);
	}
	w->n_writes = 0;
}

/* The frontend does this without a pause. */
static void live_through(struct world *w, enum frontend_mode end)
{
	frontend_set_mode(w, end);
	while (w->mode != ABSENT && !(end == SHUTTING_DOWN && w->f.fe == XB_CLOSED)) {
		world_run(w, 1);
		assert_false(w->xb.held_up);
	}
	live_again(w);
}

TEST(no_honest_frontend_has_to_wait_for_our_writes)
{
	static const enum frontend_mode ends[] = {UNLOADING, SHUTTING_DOWN, KEXEC_5};
	struct world w;

	for (int i = 0; i < 9; i++) {
		world_connect(&w, kinds[i / 3]);
		for (int lives = 0; lives < 30; lives++)
			live_through(&w, ends[i % 3]);
	}
}

TEST(nor_has_a_keyboard)
{
	struct world w;

	world_connect(&w, KEYBOARD);
	for (int lives = 0; lives < 30; lives++)
		live_through(&w, KEXEC_5);
	for (int lives = 0; lives < 30; lives++) {
		keyboard_unbind(&w);
		world_run(&w, 20);
		live_again(&w);
	}
}

/* -------- facts that make no sense -------- */

static uint64_t seed = 0x9e3779b97f4a7c15ull;

static unsigned dice(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static void shake(struct xenbus_facts *f)
{
	f->now_ns += dice(50) * NS_PER_MS;
	switch (dice(16)) {
	case 0:
		f->present = dice(8) != 0;
		break;
	case 1:
		f->online = dice(4) != 0;
		break;
	case 2:
		f->domain_alive = dice(4) != 0;
		break;
	case 3: /* by the toolstack, or by xenstore-write */
		f->be = dice(2) ? XB_CLOSING : (int)dice(10);
		break;
	case 4:
		f->failed = f->engine == ENGINE_RUNNING;
		break;
	case 5:
		f->requests_due = dice(2);
		f->has_config = dice(2);
		f->replaced = dice(2);
		f->start_ns = dice(2) ? f->now_ns + NS_PER_SEC / 2 : 0;
		f->resumable = dice(4) == 0;
		f->engine_open = dice(2);
		break;
	case 6:
		f->quitting = dice(8) == 0;
		break;
	default:
		f->fe = (int)dice(10);
		break;
	}
	if (f->engine == ENGINE_STARTING && dice(4) == 0)
		f->engine = ENGINE_RUNNING;
	else if (f->engine == ENGINE_STOPPING && dice(4) == 0)
		f->engine = ENGINE_NONE;
}

static bool may_start(const struct xenbus_facts *f)
{
	if (f->engine != ENGINE_NONE || !f->present || f->quitting || f->now_ns < f->start_ns)
		return false;
	if (f->fe == XB_INITIALISED || (f->fe == XB_CONNECTED && f->be == XB_CONNECTED))
		if (f->be == XB_CONNECTED && f->replaced && f->has_config && !f->early)
			return true;
	if (f->be == XB_INIT_WAIT && f->fe == XB_INITIALISED)
		return true;
	return f->early && f->fe == XB_CONNECTED &&
	       (f->be == XB_INIT_WAIT || (f->be == XB_CONNECTED && f->has_config));
}

/* @return whether the step did anything. */
static bool apply(struct xenbus *xb, struct xenbus_facts *f)
{
	struct xenbus_step step = xenbus_decide(xb, f);

	if (step.engine == ENGINE_START && !may_start(f))
		fail_msg("started with be %d, fe %d, engine %d", f->be, f->fe, f->engine);
	if (step.engine == ENGINE_RESUME &&
	    (!f->resumable || f->engine != ENGINE_NONE || f->be != XB_CONNECTED ||
	     f->fe != XB_CONNECTED || step.write))
		fail_msg("resumed with be %d, fe %d, engine %d", f->be, f->fe, f->engine);
	if (step.engine == ENGINE_STOP && f->engine != ENGINE_STARTING &&
	    f->engine != ENGINE_RUNNING)
		fail_msg("stopped in %d", f->engine);
	if (step.write && !f->present)
		fail_msg("wrote %d where there is no directory", step.write);
	if (step.write && step.write == f->be &&
	    (step.write != XB_INIT_WAIT || f->fe != XB_INITIALISING) && !f->failed)
		fail_msg("wrote %d over %d, fe %d", step.write, f->be, f->fe);
	if (step.renew && (step.write != XB_INIT_WAIT || !f->early || f->fe != XB_INITIALISED))
		fail_msg("renewed with be %d, fe %d", f->be, f->fe);
	if (step.forget &&
	    ((f->present && (f->domain_alive || f->be != XB_CLOSED)) || f->engine != ENGINE_NONE))
		fail_msg("forgot what is still there");
	if (step.again_ns && step.again_ns <= f->now_ns)
		fail_msg("wants to be asked again in the past");
	if (step.write)
		f->be = step.write;
	if (step.write == XB_CLOSED)
		f->failed = false;
	if (step.engine == ENGINE_START || step.engine == ENGINE_RESUME)
		f->engine = ENGINE_STARTING;
	f->resumable = false;
	if (step.engine == ENGINE_STOP)
		f->engine = ENGINE_STOPPING;
	return step.write || step.engine != ENGINE_KEEP;
}

/* Without any event, nothing is done. */
static void assert_comes_to_rest(struct xenbus *xb, struct xenbus_facts *f)
{
	unsigned n = 0;

	/* Finer steps than the time a closing frontend is given, or it would escape the backoff. */
	for (int i = 0; i < 800; i++) {
		f->now_ns += NS_PER_SEC / 4;
		if (f->engine == ENGINE_STARTING)
			f->engine = ENGINE_RUNNING;
		else if (f->engine == ENGINE_STOPPING)
			f->engine = ENGINE_NONE;
		while (apply(xb, f))
			assert_true(++n < 48);
	}
	if (!f->present || !f->online || !f->domain_alive)
		assert_int_equal(f->engine, ENGINE_NONE);
}

static void walk(bool early)
{
	struct xenbus xb = {0};
	struct xenbus_facts f = {
		.present = true, .online = true, .early = early, .now_ns = NS_PER_SEC};

	for (int i = 0; i < 1000000; i++) {
		shake(&f);
		apply(&xb, &f);
		if (i % 5000 == 0)
			assert_comes_to_rest(&xb, &f);
		if (i % 20000 == 0) {
			memset(&xb, 0, sizeof xb);
			f.engine = ENGINE_NONE;
		}
	}
}

TEST(a_million_random_facts_break_no_promise)
{
	walk(false);
}

TEST(nor_do_a_million_about_a_frontend_that_publishes_early)
{
	walk(true);
}
