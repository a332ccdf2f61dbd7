/* SPDX-License-Identifier: MIT */
/*
 * Page flips: one event for each, in order, in time, and never while a framebuffer is read.  Time
 * is only ever a lower bound here: a busy machine may be late, but nothing may be early.
 */
#include <config.h>

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/engine.h"
#include "display-one.h"
#include "display/screen.h"
#include "test.h"

#define BIG_W 800
#define BIG_H 600 /* more than 256 KiB: copied on the worker */

/* A configured connector with the framebuffers 1 to 3. */
static int setup_with(uint32_t w, uint32_t h)
{
	static const char *const two[] = {"800x600", "640x480", NULL};

	rig_setup(&rig, two);
	for (unsigned i = 1; i <= 3; i++)
		rig_make_fb(i, w, h);
	assert_int_equal(call(req_set_config(rig_fb(1), 0, 0, w, h, 32)), 0);
	consumer = (struct consumer){0};
	return 0;
}

static int setup_small(void **)
{
	return setup_with(100, 100);
}

static int setup_big(void **)
{
	return setup_with(BIG_W, BIG_H);
}

#define SMALL(name) TEST_WITH(name, setup_small, teardown)

SMALL(completes_a_flip_at_the_next_tick)
{
	assert_int_equal(rig_timers(&rig), 0);
	flip(2);
	assert_int_equal(n_events(), 0);
	assert_int_equal(rig_timers(&rig), 1);
	rig_wait_events(&rig, 0, 1);
	assert_int_equal(fake.channels[0].events[0], rig_fb(2));
	/* No timer runs when there is nothing to do. */
	assert_int_equal(rig_timers(&rig), 0);
}

SMALL(sends_no_event_for_set_config)
{
	assert_int_equal(call(req_set_config(rig_fb(2), 0, 0, 100, 100, 32)), 0);
	assert_int_equal(call(req_set_config(0, 0, 0, 0, 0, 0)), 0);
	assert_int_equal(rig_timers(&rig), 0);
	assert_int_equal(n_events(), 0);
}

SMALL(is_no_faster_than_60_hz_without_a_consumer)
{
	uint64_t began = now_ns();

	for (unsigned i = 0; i < 10; i++) {
		flip(1 + i % 3);
		rig_wait_events(&rig, 0, i + 1);
		assert_int_equal(fake.channels[0].events[i], rig_fb(1 + i % 3));
	}
	/* Ten ticks are nine periods apart. */
	assert_true(now_ns() - began > 9 * (NS_PER_SEC / 60));
}

SMALL(completes_a_superseded_flip_at_once)
{
	flip(2);
	flip(3);
	assert_int_equal(n_events(), 1);
	assert_int_equal(fake.channels[0].events[0], rig_fb(2));
	rig_wait_events(&rig, 0, 2);
	assert_int_equal(fake.channels[0].events[1], rig_fb(3));
}

SMALL(completes_a_flip_when_nothing_is_shown_any_more)
{
	flip(2);
	assert_int_equal(call(req_set_config(0, 0, 0, 0, 0, 0)), 0);
	assert_int_equal(n_events(), 1);
	assert_int_equal(rig_timers(&rig), 0);
}

SMALL(completes_a_flip_when_its_framebuffer_goes)
{
	flip(2);
	assert_int_equal(call(req_fb_detach(rig_fb(2))), 0);
	assert_int_equal(n_events(), 1);
	rig_next_refresh(&rig);
	flip(3);
	assert_int_equal(call(req_dbuf_destroy(0x103)), 0);
	assert_int_equal(n_events(), 2);
	assert_int_equal(fake.channels[0].events[1], rig_fb(3));
}

SMALL(keeps_connectors_apart)
{
	struct xendispl_req config = req_set_config(rig_fb(1), 0, 0, 100, 100, 32);
	struct xendispl_req other = req_pg_flip(rig_fb(3));

	assert_int_equal(fake_call(1, &config), 0);
	flip(2);
	assert_int_equal(fake_call(1, &other), 0);
	rig_wait_events(&rig, 0, 1);
	rig_wait_events(&rig, 1, 1);
	assert_int_equal(fake.channels[0].events[0], rig_fb(2));
	assert_int_equal(fake.channels[1].events[0], rig_fb(3));
}

/* -------- a full event page -------- */

static void fill_event_page(void)
{
	/* Quicker than the refresh allows. */
	flips_refresh(&rig.connectors[0]->flips, NS_PER_MS);
	for (unsigned i = 0; i < EVENT_PAGE_SLOTS; i++) {
		flip(1 + i % 3);
		rig_wait_events(&rig, 0, i + 1);
	}
	flip(1);
	assert_int_equal(fake.channels[0].n_unread, EVENT_PAGE_SLOTS);
}

static void assert_in_order(unsigned n)
{
	assert_int_equal(n_events(), n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(fake.channels[0].events[i], rig_fb(1 + i % 3));
}

SMALL(keeps_what_a_full_event_page_has_no_room_for)
{
	unsigned n = EVENT_PAGE_SLOTS + 1;

	fill_event_page();
	/* One is pending, so one less can be owed. */
	for (unsigned i = 0; i < FLIPS_MAX_OWED - 1; i++, n++)
		flip(1 + n % 3);
	assert_int_equal(call(req_pg_flip(rig_fb(1))), -EBUSY);
	assert_int_equal(n_events(), EVENT_PAGE_SLOTS);
	fake_read_events(0);
	rig_wait_events(&rig, 0, n);
	assert_in_order(n);
	flip(1 + n % 3);
	rig_wait_events(&rig, 0, n + 1);
	assert_in_order(n + 1);
}

SMALL(retries_when_the_guest_forgets_to_say_that_it_has_read)
{
	unsigned n = EVENT_PAGE_SLOTS + 3;

	fill_event_page();
	flip(1 + (n - 2) % 3);
	flip(1 + (n - 1) % 3);
	/* Nothing is pending now, all events are owed. */
	assert_int_equal(call(req_set_config(0, 0, 0, 0, 0, 0)), 0);
	assert_int_equal(rig_timers(&rig), 1);
	assert_int_equal(n_events(), EVENT_PAGE_SLOTS);
	fake.channels[0].n_unread = 0; /* without a signal */
	rig_wait_events(&rig, 0, n);
	assert_in_order(n);
	assert_int_equal(rig_timers(&rig), 0);
}

SMALL(refuses_flips_of_a_guest_that_never_reads_and_recovers)
{
	unsigned n = EVENT_PAGE_SLOTS + 1;

	fill_event_page();
	while (n < 1000 && call(req_pg_flip(rig_fb(1 + n % 3))) == 0)
		n++;
	assert_int_equal(n, EVENT_PAGE_SLOTS + FLIPS_MAX_OWED);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(call(req_pg_flip(rig_fb(1))), -EBUSY);
	fake_read_events(0);
	rig_wait_events(&rig, 0, n);
	assert_in_order(n);
}

/* -------- with a consumer -------- */

SMALL(completes_a_flip_when_the_consumer_has_shown_it)
{
	claim();
	connector_ready(consumer.conn, &consumer, false);
	assert_int_equal(consumer.n_frames, 1);
	flip(2);
	/* The frame that it has to show first is not the one of the flip. */
	connector_done(consumer.conn, &consumer, 1);
	assert_int_equal(n_events(), 0);
	connector_ready(consumer.conn, &consumer, false);
	assert_int_equal(consumer.n_frames, 2);
	assert_int_equal(n_events(), 0);
	connector_done(consumer.conn, &consumer, 1);
	connector_done(consumer.conn, &consumer, 3);
	connector_done(consumer.conn, &consumer, 0);
	assert_int_equal(n_events(), 0);
	connector_done(consumer.conn, &consumer, 2);
	assert_int_equal(n_events(), 1);
	assert_int_equal(rig_timers(&rig), 0);
	connector_done(consumer.conn, &consumer, 2);
	assert_int_equal(n_events(), 1);
}

SMALL(holds_the_guest_for_40_ms_at_most)
{
	uint64_t began = now_ns();

	claim();
	flip(2);
	rig_wait_events(&rig, 0, 1);
	assert_true(now_ns() - began > 38 * NS_PER_MS);
	/* A consumer that comes late still gets the frame. */
	connector_ready(consumer.conn, &consumer, false);
	assert_int_equal(consumer.n_frames, 1);
	connector_done(consumer.conn, &consumer, 1);
	assert_int_equal(n_events(), 1);
}

SMALL(sends_one_event_per_flip_to_a_consumer_that_keeps_up)
{
	consumer.eager = true;
	claim();
	connector_ready(consumer.conn, &consumer, false);
	for (unsigned i = 0; i < 20; i++) {
		flip(1 + i % 3);
		assert_int_equal(consumer.n_frames, i + 2);
		rig_wait_events(&rig, 0, i + 1);
	}
	assert_in_order(20);
	assert_int_equal(rig_timers(&rig), 0);
}

SMALL(goes_back_to_60_hz_when_the_consumer_goes)
{
	claim();
	flip(2);
	connector_release(consumer.conn, &consumer);
	rig_wait_events(&rig, 0, 1);
	flip(3);
	rig_wait_events(&rig, 0, 2);
}

#define BIG(name) TEST_WITH(name, setup_big, teardown)

BIG(never_completes_a_flip_while_a_framebuffer_is_copied)
{
	claim();
	connector_ready(consumer.conn, &consumer, false);
	assert_false(fake_worker_idle());
	/* The copy of framebuffer 1 is on the worker; all of this is superseded or late. */
	flip(2);
	flip(3);
	while (rig_timers(&rig) > 0)
		assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
	assert_int_equal(n_events(), 0);
	assert_true(fake_worker_run());
	assert_int_equal(n_events(), 0);
	assert_true(fake_worker_done());
	assert_int_equal(n_events(), 1);
	rig_wait_events(&rig, 0, 2);
	assert_int_equal(fake.channels[0].events[0], rig_fb(2));
	assert_int_equal(fake.channels[0].events[1], rig_fb(3));
	assert_int_equal(consumer.n_frames, 1);
}

BIG(holds_events_back_for_a_copy_whose_claim_has_ended)
{
	struct consumer second = {0};

	claim();
	connector_ready(consumer.conn, &consumer, false);
	assert_true(fake_worker_run());
	connector_release(consumer.conn, &consumer);
	flip(2);
	flip(3);
	assert_int_equal(consumer_claim(&second, rig.connectors[0]), 0);
	connector_ready(second.conn, &second, false);
	assert_int_equal(n_events(), 0);
	/* The first copy, which has no use, is done: the second begins. */
	assert_true(fake_worker_done());
	assert_int_equal(n_events(), 1);
	assert_int_equal(consumer.n_frames, 0);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 0);
	assert_int_equal(second.n_frames, 1);
	assert_int_equal(n_events(), 1);
	connector_done(second.conn, &second, 1);
	rig_wait_events(&rig, 0, 2);
	connector_release(second.conn, &second);
	consumer_forget(&second);
}

BIG(does_not_hold_back_other_connectors)
{
	struct xendispl_req config = req_set_config(rig_fb(1), 0, 0, 100, 100, 32);
	struct xendispl_req other = req_pg_flip(rig_fb(3));

	claim();
	connector_ready(consumer.conn, &consumer, false);
	assert_false(fake_worker_idle());
	assert_int_equal(fake_call(1, &config), 0);
	assert_int_equal(fake_call(1, &other), 0);
	rig_wait_events(&rig, 1, 1);
	assert_false(fake_worker_idle());
}

static void end_flips(void)
{
	rig.engine->ops->end_flips(rig.engine);
}

SMALL(completes_what_waits_and_sends_nothing_more_once_the_frontend_lets_go)
{
	struct xendispl_req late;

	flip(2);
	assert_int_equal(n_events(), 0);
	end_flips();
	assert_int_equal(n_events(), 1);
	late = req_pg_flip(rig_fb(3));
	assert_int_equal(fake_call(0, &late), -ENODEV);
	end_flips();
	assert_int_equal(n_events(), 1);
	assert_int_equal(rig_timers(&rig), 0);
}

BIG(completes_what_is_held_back_once_the_frontend_lets_go)
{
	claim();
	connector_ready(consumer.conn, &consumer, false);
	flip(2);
	flip(3);
	assert_int_equal(n_events(), 0);
	end_flips();
	assert_int_equal(n_events(), 2);
	assert_true(fake_worker_run());
	assert_true(fake_worker_done());
	assert_int_equal(n_events(), 2);
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
