/* SPDX-License-Identifier: MIT */
/* The xenbus state machine against frontends that fail, and against facts without sense. */
#include <config.h>

#include <string.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

/* -------- frontends that fail -------- */

/* The times when 2 was written, from the n-th one on. */
static unsigned offers(const struct world *w, uint64_t *at_ns, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n_writes && n < max; i++)
		if (w->writes[i] == XB_INIT_WAIT)
			at_ns[n++] = w->written_ns[i];
	return n;
}

static void assert_backoff(const struct world *w)
{
	uint64_t at[32];
	unsigned n = offers(w, at, 32);

	/* 5 at once, then 1, 2, 4, 8, 16, 32, 64, 64 seconds between two. */
	assert_true(n >= 13);
	assert_true(at[4] - at[0] < 4 * NS_PER_SEC);
	for (unsigned i = 5; i < 13; i++) {
		unsigned shift = i - 5 < 6 ? i - 5 : 6;
		uint64_t gap = at[i] - at[i - 1];

		assert_in_range(gap, NS_PER_SEC << shift, (NS_PER_SEC << shift) + NS_PER_SEC);
	}
}

/* A frontend that fails in 2, after so long. */
static void load_failing(struct world *w, unsigned fails_in_ms)
{
	world_init(w, SOUND);
	w->broken = true;
	w->fails_in_ms = fails_in_ms;
	world_run(w, 1);
	frontend_load(w);
}

TEST(a_frontend_that_fails_at_every_offer_has_to_wait_longer_and_longer)
{
	struct world w;

	load_failing(&w, 3);
	world_run(&w, 220000);
	assert_backoff(&w);
	assert_int_equal(w.complaints, 1);
	/* A frontend that works again gets its device. */
	w.broken = false;
	world_run(&w, 70000);
	assert_int_equal(w.f.fe, XB_CONNECTED);
	assert_int_equal(w.f.be, XB_CONNECTED);
}

TEST(it_is_said_also_of_a_frontend_that_takes_its_time_to_fail)
{
	struct world w;

	/* Five offers in ten seconds, but by then the first second of waiting is over. */
	load_failing(&w, 1200);
	world_run(&w, 60000);
	assert_int_equal(w.complaints, 1);
}

TEST(a_driver_that_is_loaded_anew_need_not_wait_for_what_the_last_one_did)
{
	struct world w;

	load_failing(&w, 3);
	world_run(&w, 150000); /* the next wait is 64 seconds */
	w.broken = false;
	frontend_set_mode(&w, UNLOADING);
	world_run(&w, 1100);
	assert_int_equal(w.f.fe, XB_CLOSED);
	frontend_load(&w);
	world_run(&w, 1500);
	assert_int_equal(w.f.fe, XB_CONNECTED);
}

TEST(a_driver_that_comes_and_goes_is_offered_once_a_second)
{
	struct world w;
	uint64_t at[32];

	load_failing(&w, 3);
	world_run(&w, 20000);
	w.n_writes = 0;
	for (int i = 0; i < 100; i++) {
		w.f.fe = i % 2 ? XB_INITIALISING : XB_CLOSED;
		world_touch(&w);
		world_run(&w, 100);
	}
	assert_in_range(offers(&w, at, 32), 5, 11);
}

TEST(a_device_that_is_attached_anew_need_not_wait)
{
	struct world w;

	load_failing(&w, 3);
	world_run(&w, 150000);
	w.broken = false;
	w.f.be = XB_INITIALISING; /* removed and made again */
	frontend_load(&w);
	world_run(&w, 200);
	assert_int_equal(w.f.fe, XB_CONNECTED);
}

TEST(a_frontend_that_fails_too_fast_to_be_seen_is_not_given_up)
{
	struct world w;
	uint64_t at[32];

	load_failing(&w, 0);
	world_run(&w, 60000);
	assert_in_range(offers(&w, at, 32), 6, 20);
	w.broken = false;
	world_run(&w, 70000);
	assert_int_equal(w.f.fe, XB_CONNECTED);
	assert_int_equal(w.f.be, XB_CONNECTED);
}

TEST(a_frontend_whose_rings_cannot_be_mapped_has_to_wait_too)
{
	struct world w;

	world_init(&w, SOUND);
	w.start_fails = true;
	world_run(&w, 1);
	frontend_load(&w);
	world_run(&w, 220000);
	assert_backoff(&w);
	w.start_fails = false;
	world_run(&w, 70000);
	assert_int_equal(w.f.fe, XB_CONNECTED);
	assert_int_equal(w.f.be, XB_CONNECTED);
}

TEST(a_frontend_that_was_quiet_for_long_starts_with_a_clean_slate)
{
	struct world w;
	uint64_t at[32];

	load_failing(&w, 0);
	world_run(&w, 30000);
	w.broken = false;
	world_run(&w, 200000);
	assert_int_equal(w.f.fe, XB_CONNECTED);
	w.n_writes = 0;
	for (int i = 0; i < 2; i++) {
		frontend_set_mode(&w, UNLOADING);
		world_run(&w, 1000);
		frontend_load(&w);
		world_run(&w, 200);
		assert_int_equal(w.f.fe, XB_CONNECTED);
	}
	assert_int_equal(offers(&w, at, 32), 4);
}

TEST(a_broken_ring_leads_to_6_and_a_new_offer)
{
	struct world w;

	world_connect(&w, SOUND);
	w.f.failed = true;
	world_touch(&w);
	world_run(&w, 1000);
	assert_writes(&w, XB_CLOSED, XB_INIT_WAIT, XB_CONNECTED, 0);
}

/* While we are in 2, the frontend goes from 3 to 1 and back each time the engine has started. */
static unsigned starts_of_a_frontend_that_comes_and_goes(struct world *w, unsigned ms)
{
	unsigned starts = 0;

	while (ms-- > 0) {
		enum engine_state before = w->f.engine;

		if (w->f.be == XB_INIT_WAIT && w->f.engine == ENGINE_NONE)
			w->f.fe = XB_INITIALISED;
		else
			w->f.fe = XB_INITIALISING;
		world_touch(w);
		world_run(w, 1);
		starts += before == ENGINE_NONE && w->f.engine == ENGINE_STARTING;
	}
	return starts;
}

TEST(a_frontend_that_comes_and_goes_while_it_is_connected_has_to_wait_too)
{
	struct world w;

	world_init(&w, SOUND);
	/* Five offers are free, and five starts of each; then 1, 2, 4, 8, 16, 32 seconds pass. */
	assert_in_range(starts_of_a_frontend_that_comes_and_goes(&w, 60000), 5, 60);
	/* The frontend is not given up. */
	frontend_load(&w);
	world_run(&w, 140000);
	assert_int_equal(w.f.fe, XB_CONNECTED);
	assert_int_equal(w.f.be, XB_CONNECTED);
}

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
	w.f.online = false;
	w.f.be = XB_CLOSING;
	world_touch(&w);
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
	if (f->engine != ENGINE_NONE || !f->present || f->quitting)
		return false;
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
	if (step.engine == ENGINE_STOP && f->engine != ENGINE_STARTING &&
	    f->engine != ENGINE_RUNNING)
		fail_msg("stopped in %d", f->engine);
	if (step.write && !f->present)
		fail_msg("wrote %d where there is no directory", step.write);
	if (step.write && step.write == f->be &&
	    (step.write != XB_INIT_WAIT || f->fe != XB_INITIALISING) && !f->failed)
		fail_msg("wrote %d over %d, fe %d", step.write, f->be, f->fe);
	if (step.forget &&
	    ((f->present && (f->domain_alive || f->be != XB_CLOSED)) || f->engine != ENGINE_NONE))
		fail_msg("forgot what is still there");
	if (step.again_ns && step.again_ns <= f->now_ns)
		fail_msg("wants to be asked again in the past");
	if (step.write)
		f->be = step.write;
	if (step.write == XB_CLOSED)
		f->failed = false;
	if (step.engine == ENGINE_START)
		f->engine = ENGINE_STARTING;
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
