/* SPDX-License-Identifier: MIT */
/* Consumers that watch a connector: they see its picture, and nothing waits for them. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "display-fake.h"
#include "display/screen.h"
#include "test.h"

#define N_WATCHERS (XENAV_MAX_WATCHERS + 1)

/* Copied on the loop, and on the worker. */
enum { SMALL_W = 64, SMALL_H = 48, BIG_W = 800, BIG_H = 600 };

static struct rig rig;
static struct consumer driver;
static struct consumer watchers[N_WATCHERS];

static void flip(unsigned fb)
{
	struct xendispl_req req = req_pg_flip(rig_fb(fb));

	rig_next_refresh(&rig);
	fake_send(0, &req);
	assert_int_equal(fake.channels[0].rsp.status, 0);
}

static unsigned n_events(void)
{
	return fake.channels[0].n_events;
}

static void set_config(uint64_t fb, uint32_t w, uint32_t h)
{
	struct xendispl_req req = req_set_config(fb, 0, 0, w, h, fb ? 32 : 0);

	fake_send(0, &req);
	assert_int_equal(fake.channels[0].rsp.status, 0);
}

static int setup_with(uint32_t w, uint32_t h)
{
	static const char *const one[] = {"800x600", NULL};

	rig_setup(&rig, one);
	for (unsigned i = 1; i <= 3; i++)
		rig_make_fb(i, w, h);
	set_config(rig_fb(1), w, h);
	memset(&driver, 0, sizeof driver);
	memset(watchers, 0, sizeof watchers);
	return 0;
}

static int setup_small(void **)
{
	return setup_with(SMALL_W, SMALL_H);
}

static int setup_big(void **)
{
	return setup_with(BIG_W, BIG_H);
}

static int teardown(void **)
{
	rig_teardown(&rig);
	consumer_forget(&driver);
	for (unsigned i = 0; i < N_WATCHERS; i++)
		consumer_forget(&watchers[i]);
	return 0;
}

static void claim(void)
{
	assert_int_equal(consumer_claim(&driver, rig.connectors[0]), 0);
}

static void watch(unsigned i)
{
	assert_int_equal(consumer_watch(&watchers[i], rig.connectors[0]), 0);
}

static void ready(struct consumer *consumer)
{
	connector_ready(consumer->conn, consumer, false);
}

static void done(struct consumer *consumer)
{
	connector_done(consumer->conn, consumer, consumer->frame.serial);
}

static void leave(struct consumer *consumer)
{
	connector_release(consumer->conn, consumer);
}

/* One step of the worker: a job is run and done. */
static void step(void)
{
	assert_true(fake_worker_run());
	assert_true(fake_worker_done());
}

static void assert_shows(const struct consumer *consumer, unsigned fb)
{
	const struct connector_frame *frame = &consumer->frame;
	const uint32_t *pixels = rig_pixels(fb, frame->width_px, frame->height_px);

	for (uint32_t y = 0; y < frame->height_px; y++)
		assert_memory_equal(consumer_row(consumer, y), pixels + y * frame->width_px,
				    frame->width_px * 4);
}

#define SMALL(name) TEST_WITH(name, setup_small, teardown)
#define BIG(name)   TEST_WITH(name, setup_big, teardown)

SMALL(each_sees_the_newest_frame_when_it_is_ready)
{
	watch(0);
	claim();
	watch(1);
	ready(&watchers[0]);
	assert_int_equal(watchers[0].n_frames, 1);
	assert_shows(&watchers[0], 1);
	flip(2);
	ready(&driver);
	assert_shows(&driver, 2);
	flip(3);
	ready(&watchers[1]);
	assert_shows(&watchers[1], 3);
	/* A frame that is not done is not overtaken, and does not concern others. */
	ready(&watchers[0]);
	assert_int_equal(watchers[0].n_frames, 1);
	assert_shows(&watchers[0], 1);
	done(&watchers[0]);
	assert_shows(&watchers[0], 3);
	assert_int_equal(watchers[0].frame.serial, 2);
	assert_int_equal(driver.n_frames, 1);
	assert_int_equal(watchers[1].n_frames, 1);
}

BIG(nothing_is_copied_for_who_does_not_ask)
{
	watch(0);
	for (unsigned i = 0; i < 10; i++)
		flip(1 + i % 3);
	assert_true(fake_worker_idle());
	assert_int_equal(watchers[0].n_frames + watchers[0].n_buffers, 0);
}

SMALL(flips_complete_without_watchers_alone)
{
	const struct flips *flips = &rig.connectors[0]->flips;

	watch(0);
	ready(&watchers[0]);
	for (unsigned i = 1; i <= 6; i++) {
		flip(1 + i % 3);
		/* In the next refresh, and not after a hold of 40 ms. */
		assert_true(!flips->pending ||
			    flips->due_ns <= now_ns() + NS_PER_SEC / FLIPS_REFRESH_HZ);
		rig_wait_events(&rig, 0, i);
	}
	assert_int_equal(watchers[0].n_frames, 1);
}

SMALL(flips_complete_when_the_claimant_says_so_and_not_before)
{
	claim();
	watch(0);
	flip(2);
	ready(&watchers[0]);
	ready(&driver);
	assert_int_equal(watchers[0].n_frames, 1);
	done(&watchers[0]);
	assert_int_equal(n_events(), 0);
	done(&driver);
	assert_int_equal(n_events(), 1);
	/* A watcher that keeps its frame for ever holds up nothing. */
	flip(3);
	ready(&watchers[0]);
	ready(&driver);
	done(&driver);
	assert_int_equal(n_events(), 2);
}

BIG(flips_complete_while_a_watcher_s_frame_is_copied)
{
	watch(0);
	ready(&watchers[0]);
	assert_false(fake_worker_idle());
	flip(2);
	rig_wait_events(&rig, 0, 1);
	assert_int_equal(watchers[0].n_frames, 0);
	step();
	assert_int_equal(watchers[0].n_frames, 1);
	/* The guest may have drawn into that frame; the next is whole. */
	done(&watchers[0]);
	ready(&watchers[0]);
	step();
	assert_int_equal(watchers[0].n_frames, 2);
	assert_shows(&watchers[0], 2);
}

BIG(the_claimant_waits_for_one_watcher_at_most)
{
	claim();
	for (unsigned i = 0; i < 4; i++) {
		watch(i);
		ready(&watchers[i]);
	}
	ready(&driver);
	step();
	assert_int_equal(watchers[0].n_frames, 1);
	assert_int_equal(driver.n_frames, 0);
	step();
	assert_int_equal(driver.n_frames, 1);
	/* When all wait for the next frame, this watcher comes first. */
	fake_worker_drain();
	for (unsigned i = 0; i < 4; i++) {
		done(&watchers[i]);
		ready(&watchers[i]);
	}
	done(&driver);
	ready(&driver);
	flip(2);
	step();
	assert_int_equal(driver.n_frames, 2);
	fake_worker_drain();
	for (unsigned i = 0; i < 4; i++)
		assert_shows(&watchers[i], 2);
}

BIG(watchers_take_turns)
{
	for (unsigned i = 0; i < 4; i++) {
		watchers[i].eager = true;
		watch(i);
		ready(&watchers[i]);
	}
	/* There is a new picture, and the first watchers are ready for it before the last had any.
	 */
	for (unsigned i = 0; i < 40; i++) {
		flip(1 + i % 3);
		step();
	}
	for (unsigned i = 0; i < 4; i++)
		assert_in_range(watchers[i].n_frames, 9, 11);
	fake_worker_drain();
}

BIG(one_that_goes_during_its_copy_makes_room_for_the_next)
{
	watch(0);
	watch(1);
	ready(&watchers[0]);
	ready(&watchers[1]);
	assert_true(fake_worker_run());
	leave(&watchers[0]);
	assert_true(fake_worker_done());
	assert_int_equal(watchers[0].n_frames, 0);
	step();
	assert_int_equal(watchers[1].n_frames, 1);
	assert_shows(&watchers[1], 1);
}

BIG(a_device_can_end_during_a_watcher_s_copy)
{
	watch(0);
	watch(1);
	ready(&watchers[0]);
	ready(&watchers[1]);
	assert_true(fake_worker_run());
	rig_disconnect(&rig);
	fake_worker_drain();
	assert_int_equal(watchers[0].n_frames + watchers[1].n_frames, 0);
}

SMALL(all_are_told_when_nothing_is_shown)
{
	claim();
	watch(0);
	watch(1);
	set_config(0, 0, 0);
	assert_int_equal(driver.n_blanks, 1);
	assert_int_equal(watchers[0].n_blanks, 1);
	assert_int_equal(watchers[1].n_blanks, 1);
	/* The same for one that asks afterwards. */
	watch(2);
	ready(&watchers[2]);
	assert_int_equal(watchers[2].n_blanks, 1);
}

SMALL(they_come_and_go_in_any_order)
{
	static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct consumer *who[3] = {&watchers[0], &watchers[1], &driver};
	unsigned n_flips = 0;

	for (unsigned i = 0; i < 36; i++) {
		for (unsigned j = 0; j < 3; j++) {
			struct consumer *consumer = who[orders[i / 6][j]];

			consumer_forget(consumer);
			if (consumer == &driver)
				claim();
			else
				watch(orders[i / 6][j]);
			ready(consumer);
			assert_int_equal(consumer->n_frames, 1);
			assert_shows(consumer, 1 + n_flips % 3);
			done(consumer);
		}
		flip(1 + ++n_flips % 3);
		for (unsigned j = 0; j < 3; j++) {
			ready(who[orders[i % 6][j]]);
			assert_shows(who[orders[i % 6][j]], 1 + n_flips % 3);
			leave(who[orders[i % 6][j]]);
		}
	}
	rig_wait_events(&rig, 0, n_flips);
}

SMALL(there_is_room_for_so_many_and_for_the_claim)
{
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++)
		watch(i);
	assert_int_equal(consumer_watch(&watchers[XENAV_MAX_WATCHERS], rig.connectors[0]), -EUSERS);
	claim();
	leave(&watchers[2]);
	watch(XENAV_MAX_WATCHERS);
	flip(2);
	ready(&watchers[XENAV_MAX_WATCHERS]);
	assert_shows(&watchers[XENAV_MAX_WATCHERS], 2);
}

SMALL(anyone_may_leave_while_being_told)
{
	claim();
	for (unsigned i = 0; i < 3; i++) {
		watch(i);
		watchers[i].release_in_buffer = i == 0;
		watchers[i].release_in_frame = i == 1;
		set_config(0, 0, 0);
		ready(&watchers[i]);
		set_config(rig_fb(1), SMALL_W, SMALL_H);
	}
	assert_int_equal(watchers[0].n_frames, 0);
	assert_int_equal(watchers[1].n_frames, 1);
	assert_int_equal(watchers[2].n_frames, 1);
	ready(&driver);
	assert_int_equal(driver.n_frames, 1);
	assert_int_equal(
		connector_claim(rig.connectors[0], XENAV_MODE_WATCH, NULL, XENAV_WAY_COPY, NULL),
		0);
	connector_release(rig.connectors[0], NULL);
}

/* Ask until the watcher has to wait for the same picture. */
static void ask_again_too_soon(struct consumer *w)
{
	unsigned n_frames;

	do {
		done(w);
		n_frames = w->n_frames;
		connector_ready(w->conn, w, true);
		fake_worker_drain();
	} while (w->n_frames != n_frames);
}

static void assert_the_same_is_not_copied_more_often(void)
{
	struct consumer *w = &watchers[0];
	uint64_t began, took;
	unsigned n_frames;

	watch(0);
	began = now_ns();
	do {
		connector_ready(w->conn, w, true);
		fake_worker_drain();
		assert_true(event_base_loop(rig.base, EVLOOP_NONBLOCK) >= 0);
		done(w);
		took = now_ns() - began;
	} while (took < 50 * NS_PER_MS || w->n_frames < 2);
	assert_in_range(w->n_frames, 2, 2 + took / (NS_PER_SEC / 120));
	/* A flip is another picture, and comes at once. */
	ask_again_too_soon(w);
	n_frames = w->n_frames;
	flip(2);
	fake_worker_drain();
	assert_int_equal(w->n_frames, n_frames + 1);
	done(w);
	rig_wait_events(&rig, 0, 1);
	/* A watcher that goes leaves no timer behind. */
	ask_again_too_soon(w);
	assert_int_equal(rig_timers(&rig), 1);
	leave(w);
	assert_int_equal(rig_timers(&rig), 0);
}

SMALL(the_same_is_copied_no_more_than_120_times_a_second_for_a_watcher)
{
	assert_the_same_is_not_copied_more_often();
}

BIG(the_same_large_frame_is_copied_no_more_than_120_times_a_second_for_a_watcher)
{
	assert_the_same_is_not_copied_more_often();
}
