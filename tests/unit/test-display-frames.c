/* SPDX-License-Identifier: MIT */
/* The frames of a consumer: the newest picture, once, when it is ready for it. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "display/flips.h"
#include "frames-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(gives_the_present_picture_to_who_comes_late)
{
	rig_make_fb(1, 800, 600);
	show(1);
	claim();
	assert_int_equal(consumer.n_frames, 0);
	ready();
	assert_int_equal(consumer.n_frames, 1);
	assert_int_equal(consumer.frame.width_px, 800);
	assert_int_equal(consumer.frame.height_px, 600);
	assert_int_equal(consumer.n_blanks, 0);
	assert_shows(1, 800, 600, 0, 0);
}

TEST(gives_every_flip_to_who_keeps_up)
{
	for (unsigned i = 1; i <= 3; i++)
		rig_make_fb(i, 101, 67);
	show(1);
	claim();
	ready();
	for (unsigned i = 0; i < FLIPS_MAX_OWED; i++) {
		flip(1 + i % 3);
		next();
		assert_int_equal(consumer.n_frames, i + 2);
		assert_shows(1 + i % 3, 101, 67, 0, 0);
	}
	assert_int_equal(consumer.n_buffers, 2);
}

TEST(gives_only_the_newest_to_who_is_slow)
{
	for (unsigned i = 1; i <= 3; i++)
		rig_make_fb(i, 100, 100);
	show(1);
	claim();
	ready();
	flip(2);
	flip(3);
	connector_ready(consumer.conn, &consumer, false);
	assert_int_equal(consumer.n_frames, 1);
	connector_done(consumer.conn, &consumer, 1);
	assert_int_equal(consumer.n_frames, 2);
	assert_shows(3, 100, 100, 0, 0);
}

TEST(never_gives_a_frame_to_who_is_not_ready)
{
	rig_make_fb(1, 100, 100);
	claim();
	show(1);
	flip(1);
	assert_int_equal(consumer.n_frames, 0);
	ready();
	flip(1);
	connector_done(consumer.conn, &consumer, 1);
	assert_int_equal(consumer.n_frames, 1);
}

TEST(gives_the_first_picture_to_who_was_there_before)
{
	claim();
	ready();
	assert_int_equal(consumer.n_frames, 0);
	assert_int_equal(consumer.n_blanks, 1);
	ready();
	assert_int_equal(consumer.n_blanks, 1);
	rig_make_fb(1, 800, 600);
	show(1);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_shows(1, 800, 600, 0, 0);
}

/* -------- the same picture again -------- */

/* Ask again too early for the same picture, and so have to wait. */
static void ask_too_soon(void)
{
	unsigned n_frames;

	do {
		n_frames = consumer.n_frames;
		connector_done(consumer.conn, &consumer, consumer.frame.serial);
		connector_ready(consumer.conn, &consumer, true);
		fake_worker_drain();
	} while (consumer.n_frames > n_frames);
}

TEST(gives_a_frame_once_unless_asked_again)
{
	rig_make_fb(1, 100, 100);
	show(1);
	claim();
	ready();
	next();
	ready();
	assert_int_equal(consumer.n_frames, 1);
	/* The guest draws into the framebuffer that it shows, and sends nothing. */
	rig_pixels(1, 100, 100)[5] = 0xdeadbeef;
	connector_ready(consumer.conn, &consumer, true);
	wait_frames(2);
	assert_shows(1, 100, 100, 0, 0);
	/* A second copy has to wait until the first has been shown. */
	connector_ready(consumer.conn, &consumer, true);
	assert_int_equal(rig_timers(&rig), 0);
	assert_int_equal(consumer.n_frames, 2);
	connector_done(consumer.conn, &consumer, 2);
	wait_frames(3);
}

TEST(copies_the_same_no_more_than_120_times_a_second)
{
	/* Small ones are copied by the loop, large ones by the worker. */
	static const uint32_t sizes[][2] = {{100, 100}, {800, 600}};

	claim();
	for (unsigned i = 0; i < 2; i++) {
		const unsigned n_before = consumer.n_frames;
		uint64_t began, took;
		unsigned n_frames;

		rig_make_fb(i, sizes[i][0], sizes[i][1]);
		show(i);
		began = now_ns();
		do {
			connector_ready(consumer.conn, &consumer, true);
			fake_worker_drain();
			assert_true(event_base_loop(rig.base, EVLOOP_NONBLOCK) >= 0);
			connector_done(consumer.conn, &consumer, consumer.frame.serial);
			took = now_ns() - began;
		} while (took < 50 * NS_PER_MS);
		/* However long that really was.  The first is a new picture. */
		n_frames = consumer.n_frames;
		assert_in_range(n_frames - n_before, 1, 2 + took / (NS_PER_SEC / 120));
		/* The consumer does not wait for ever. */
		connector_ready(consumer.conn, &consumer, true);
		fake_worker_drain();
		wait_frames(n_frames + 1);
		connector_done(consumer.conn, &consumer, consumer.frame.serial);
	}
}

TEST(gives_a_flip_at_once_to_who_has_just_asked_again)
{
	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 100, 100);
	show(1);
	claim();
	ready();
	for (unsigned i = 0; i < 10; i++) {
		unsigned n_frames;

		ask_too_soon();
		n_frames = consumer.n_frames;
		flip(1 + i % 2);
		assert_int_equal(consumer.n_frames, n_frames + 1);
		assert_shows(1 + i % 2, 100, 100, 0, 0);
	}
}

TEST(forgets_who_asked_again_and_left)
{
	rig_make_fb(1, 100, 100);
	show(1);
	claim();
	ready();
	ask_too_soon();
	assert_int_equal(rig_timers(&rig), 1);
	connector_release(consumer.conn, &consumer);
	assert_int_equal(rig_timers(&rig), 0);
}

TEST(has_nothing_again_for_who_waits_while_nothing_is_shown)
{
	unsigned n_frames;

	rig_make_fb(1, 100, 100);
	show(1);
	claim();
	ready();
	ask_too_soon();
	n_frames = consumer.n_frames;
	reset();
	while (rig_timers(&rig) > 0)
		assert_true(event_base_loop(rig.base, EVLOOP_ONCE) >= 0);
	assert_int_equal(consumer.n_frames, n_frames);
	assert_int_equal(consumer.n_blanks, 1);
	/* It still waits. */
	show(1);
	assert_int_equal(consumer.n_frames, n_frames + 1);
}

/* -------- claims -------- */

TEST(is_claimed_by_one_at_a_time)
{
	struct consumer second = {0};

	claim();
	assert_int_equal(consumer_claim(&second, rig.connectors[0]), -EBUSY);
	connector_release(consumer.conn, &consumer);
	connector_release(consumer.conn, &consumer);
	assert_int_equal(consumer_claim(&second, rig.connectors[0]), 0);
	connector_release(second.conn, &second);
	/* Requests of a consumer without a claim. */
	connector_ready(second.conn, &second, true);
	connector_done(second.conn, &second, 1);
}

TEST(starts_every_claim_with_fresh_memory)
{
	struct consumer second = {0};
	const uint8_t *old;

	rig_make_fb(1, 100, 100);
	show(1);
	claim();
	ready();
	old = consumer_row(&consumer, 0);
	assert_int_equal(old[3], 1);
	connector_release(consumer.conn, &consumer);
	memset(rig_pixels(1, 100, 100), 0x77, 40000);
	assert_int_equal(consumer_claim(&second, rig.connectors[0]), 0);
	connector_ready(second.conn, &second, false);
	assert_int_equal(second.n_frames, 1);
	assert_int_equal(second.frame.serial, 1);
	assert_int_equal(second.n_buffers, 1);
	assert_int_equal(consumer_row(&second, 0)[3], 0x77);
	assert_int_equal(old[3], 1);
	connector_release(second.conn, &second);
	consumer_forget(&second);
}

TEST(survives_a_consumer_that_gives_up_while_it_is_told)
{
	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 800, 600);
	show(1);
	for (unsigned i = 0; i < 4; i++) {
		if (i == 2)
			show(2);
		claim();
		consumer.release_in_buffer = i % 2;
		consumer.release_in_frame = true;
		ready();
		assert_int_equal(consumer.n_frames, i % 2 ? 0 : 1);
		consumer_forget(&consumer);
	}
	claim();
	ready();
	assert_int_equal(consumer.n_frames, 1);
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
