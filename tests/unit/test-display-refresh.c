/* SPDX-License-Identifier: MIT */
/*
 * How fast a guest may go that flips as soon as it is told of the flip before.  Time is only ever a
 * lower bound here: a busy machine may be late, but nothing may be early.
 */
#include <config.h>

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "display-one.h"
#include "display/screen.h"
#include "test.h"

static void assert_in_order(unsigned n)
{
	assert_int_equal(n_events(), n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(fake.channels[0].events[i], rig_fb(1 + i % 3));
}

/* A configured connector with the framebuffers 1 to 3. */
static int setup(void **)
{
	static const char *const one[] = {"800x600", NULL};

	rig_setup(&rig, one);
	for (unsigned i = 1; i <= 3; i++)
		rig_make_fb(i, 100, 100);
	assert_int_equal(call(req_set_config(rig_fb(1), 0, 0, 100, 100, 32)), 0);
	consumer = (struct consumer){0};
	return 0;
}

/* Forget the event of the last refresh. */
static void wait_for_refresh(void)
{
	while (now_ns() < rig.connectors[0]->flips.free_ns)
		usleep(1000);
}

/* Which refresh it is. */
static uint64_t refresh_of(uint64_t ns, unsigned hz)
{
	return ns / (NS_PER_SEC / hz);
}

/* Flip, and flip again as soon as there is an event for it, that often; in how many refreshes? */
static uint64_t render(unsigned n, unsigned hz)
{
	uint64_t began;

	wait_for_refresh();
	began = refresh_of(now_ns(), hz);
	for (unsigned i = 0; i < n; i++) {
		unsigned n_before = n_events();

		flip(1 + i % 3);
		rig_wait_events(&rig, 0, n_before + 1);
		fake_read_events(0);
	}
	return refresh_of(now_ns(), hz) - began;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

/* A consumer that records has shown a frame as soon as it has it. */
TEST(sends_one_event_in_a_refresh_however_fast_the_consumer_is)
{
	consumer.eager = true;
	claim();
	connector_ready(consumer.conn, &consumer, false);
	assert_true(render(20, FLIPS_REFRESH_HZ) >= 19);
	assert_int_equal(consumer.n_frames, 21);
}

TEST(refreshes_as_often_as_the_consumer_says_and_as_long_as_it_is_there)
{
	consumer.eager = true;
	claim();
	connector_ready(consumer.conn, &consumer, false);
	assert_int_equal(connector_refresh(consumer.conn, NS_PER_SEC / 500), 0);
	assert_int_equal(rig.connectors[0]->flips.period_ns, NS_PER_SEC / 500);
	assert_true(render(100, 500) >= 99);
	assert_int_equal(connector_refresh(consumer.conn, NS_PER_SEC / 25), 0);
	assert_true(render(5, 25) >= 4);
	/* None that would keep the guest from drawing for longer than a hold does, or none at all.
	 */
	assert_int_equal(connector_refresh(consumer.conn, NS_PER_SEC / 25 + 1), -EINVAL);
	assert_int_equal(connector_refresh(consumer.conn, 1000 * 1000 - 1), -EINVAL);
	assert_int_equal(rig.connectors[0]->flips.period_ns, NS_PER_SEC / 25);
	assert_int_equal(connector_refresh(consumer.conn, 0), 0);
	assert_int_equal(rig.connectors[0]->flips.period_ns, NS_PER_SEC / FLIPS_REFRESH_HZ);
	assert_int_equal(connector_refresh(consumer.conn, NS_PER_SEC / 500), 0);
	connector_release(consumer.conn, &consumer);
	assert_int_equal(rig.connectors[0]->flips.period_ns, NS_PER_SEC / FLIPS_REFRESH_HZ);
	assert_int_equal(connector_refresh(rig.connectors[0], NS_PER_SEC / 500), -EINVAL);
}

/* A flip that is done later than a refresh after the one before costs no timer and no delay. */
TEST(sends_the_event_of_a_late_flip_at_once)
{
	claim();
	connector_ready(consumer.conn, &consumer, false);
	connector_done(consumer.conn, &consumer, 1);
	for (unsigned i = 0; i < 3; i++) {
		flip(1 + i % 3);
		connector_ready(consumer.conn, &consumer, false);
		wait_for_refresh();
		connector_done(consumer.conn, &consumer, i + 2);
		assert_int_equal(n_events(), i + 1);
		assert_int_equal(rig_timers(&rig), 0);
	}
}

/* A guest that does not wait for events gets them all the same, one after the other. */
TEST(owes_no_more_than_it_pays_in_time)
{
	unsigned n = 0;

	consumer.eager = true;
	claim();
	connector_ready(consumer.conn, &consumer, false);
	while (n < 1000 && call(req_pg_flip(rig_fb(1 + n % 3))) == 0)
		n++;
	assert_true(n >= FLIPS_MAX_OWED && n < 1000);
	rig_wait_events(&rig, 0, n);
	assert_in_order(n);
	assert_int_equal(rig_timers(&rig), 0);
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
