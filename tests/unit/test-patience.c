/* SPDX-License-Identifier: MIT */
/* The time that another party has: counted while the daemon runs, begun anew, stopped. */
#include <config.h>

#include <event2/event.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/patience.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

#define TIME_MS 100

static struct event_base *base;
static struct patience patience;
static unsigned n_over;

static void on_over(void *)
{
	n_over++;
}

static int setup(void **)
{
	base = event_base_new();
	n_over = 0;
	assert_int_equal(patience_init(&patience, base, on_over, NULL), 0);
	return 0;
}

static int teardown(void **)
{
	patience_finish(&patience);
	patience_finish(&patience);
	event_base_free(base);
	return 0;
}

static void turn(void)
{
	assert_true(event_base_loop(base, EVLOOP_ONCE) >= 0);
}

TEST(it_is_over_once_and_not_before_its_time)
{
	const uint64_t start_ns = now_ns();

	assert_false(patience_runs(&patience));
	assert_int_equal(patience_start(&patience, TIME_MS), 0);
	while (n_over == 0) {
		assert_true(patience_runs(&patience));
		turn();
	}
	/* The timers of the loop are a few milliseconds early or late, each. */
	assert_true(now_ns() - start_ns >= TIME_MS / 2 * NS_PER_MS);
	assert_false(patience_runs(&patience));
	assert_int_equal(event_base_loop(base, 0), 1); /* nothing is to come */
	assert_int_equal(n_over, 1);
}

TEST(the_time_for_which_the_daemon_stands_still_does_not_count)
{
	assert_int_equal(patience_start(&patience, TIME_MS), 0);
	for (int i = 0; i < 4; i++) {
		usleep(2 * TIME_MS * 1000);
		turn();
		assert_int_equal(n_over, 0);
	}
	turn();
	assert_int_equal(n_over, 1);
}

TEST(a_start_begins_anew)
{
	assert_int_equal(patience_start(&patience, TIME_MS), 0);
	for (int i = 0; i < 4; i++)
		turn();
	assert_int_equal(patience_start(&patience, TIME_MS), 0);
	for (int i = 0; i < 4; i++)
		turn();
	assert_int_equal(n_over, 0);
	turn();
	assert_int_equal(n_over, 1);
}

TEST(a_stop_ends_it_for_good)
{
	struct patience none = {0};

	assert_int_equal(patience_start(&patience, TIME_MS), 0);
	patience_stop(&patience);
	patience_stop(&patience);
	assert_false(patience_runs(&patience));
	assert_int_equal(event_base_loop(base, 0), 1);
	assert_int_equal(n_over, 0);
	patience_stop(&none);
	assert_false(patience_runs(&none));
	patience_finish(&none);
}
