/* SPDX-License-Identifier: MIT */
/* The xenbus state machine against frontends that fail, which are offered less and less. */
#include <config.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

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
