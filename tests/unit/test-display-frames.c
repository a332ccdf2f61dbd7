/* SPDX-License-Identifier: MIT */
/*
 * The frames of a consumer: the newest picture, once, exactly, when it is ready for it, and nothing
 * of an older one.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "display-one.h"
#include "machine-rig.h"
#include "test.h"
#include "xenshbuf.h"

static void show(unsigned fb)
{
	assert_int_equal(call(req_set_config(rig_fb(fb), 0, 0, 4096, 4096, 32)), 0);
}

static void reset(void)
{
	assert_int_equal(call(req_set_config(0, 0, 0, 0, 0, 0)), 0);
}

static int setup(void **)
{
	static const char *const one[] = {"800x600", NULL};

	rig_setup(&rig, one);
	consumer = (struct consumer){0};
	return 0;
}

static void ready(void)
{
	connector_ready(consumer.conn, &consumer, false);
	fake_worker_drain();
}

/* The last frame is done, and the next wanted. */
static void next(void)
{
	connector_done(consumer.conn, &consumer, consumer.frame.serial);
	ready();
}

/* Does the last frame show the framebuffer n of rig_make_fb(), from (x, y) on? */
static void assert_shows(unsigned n, uint32_t fb_w, uint32_t fb_h, uint32_t x, uint32_t y)
{
	const struct connector_frame *frame = &consumer.frame;
	const uint32_t *pixels = rig_pixels(n, fb_w, fb_h);

	assert_int_equal(frame->fourcc, FAKE_XR24);
	for (uint32_t row = 0; row < frame->height_px; row++)
		assert_memory_equal(consumer_row(&consumer, row), pixels + (y + row) * fb_w + x,
				    frame->width_px * 4);
}

/* Wait until there have been so many frames. */
static void wait_frames(unsigned n_frames)
{
	while (consumer.n_frames < n_frames) {
		assert_true(rig_timers(&rig) > 0);
		assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
		fake_worker_drain();
	}
	assert_int_equal(consumer.n_frames, n_frames);
}

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
	for (unsigned i = 0; i < 30; i++) {
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

TEST(copies_odd_strides_exactly)
{
	static const struct {
		uint32_t w, h, bpp, fourcc;
	} cases[] = {
		{101, 7, 16, FAKE_RG16},   {33, 5, 24, FAKE_RG24},  {1, 1, 24, FAKE_RG24},
		{799, 599, 16, FAKE_RG16}, {799, 3, 24, FAKE_RG24}, {17, 9, 32, FAKE_XR24},
	};

	claim();
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint32_t row = cases[i].w * cases[i].bpp / 8;
		uint8_t *guest = fake_memory(10 + i, row * cases[i].h);

		for (uint32_t b = 0; b < row * cases[i].h; b++)
			guest[b] = (uint8_t)(b ^ b >> 7 ^ i);
		assert_int_equal(call(req_dbuf_create(1 + i, cases[i].w, cases[i].h, cases[i].bpp,
						      row * cases[i].h, 10 + i)),
				 0);
		assert_int_equal(
			call(req_fb_attach(1 + i, 1 + i, cases[i].w, cases[i].h, cases[i].fourcc)),
			0);
		assert_int_equal(
			call(req_set_config(1 + i, 0, 0, cases[i].w, cases[i].h, cases[i].bpp)), 0);
		next();
		assert_int_equal(consumer.n_frames, i + 1);
		assert_int_equal(consumer.frame.fourcc, cases[i].fourcc);
		assert_int_equal(consumer.frame.width_px, cases[i].w);
		for (uint32_t y = 0; y < cases[i].h; y++) {
			const uint8_t *out = consumer_row(&consumer, y);

			assert_memory_equal(out, guest + y * row, row);
			for (uint32_t b = row; b < consumer.frame.stride_bytes; b++)
				assert_int_equal(out[b], 0);
		}
	}
}

TEST(shows_the_part_that_set_config_names)
{
	rig_make_fb(1, 1000, 700);
	claim();
	assert_int_equal(call(req_set_config(rig_fb(1), 0, 0, 1000, 700, 32)), 0);
	next();
	assert_int_equal(consumer.frame.width_px, 800);
	assert_int_equal(consumer.frame.height_px, 600);
	assert_shows(1, 1000, 700, 0, 0);
	assert_int_equal(call(req_set_config(rig_fb(1), 800, 100, 1000, 700, 32)), 0);
	next();
	assert_int_equal(consumer.frame.width_px, 200);
	assert_int_equal(consumer.frame.height_px, 600);
	assert_shows(1, 1000, 700, 800, 100);
	assert_int_equal(call(req_set_config(rig_fb(1), 3, 4, 5, 6, 32)), 0);
	next();
	assert_int_equal(consumer.frame.width_px, 5);
	assert_int_equal(consumer.frame.height_px, 6);
	assert_shows(1, 1000, 700, 3, 4);
	/* A flip keeps the place. */
	rig_make_fb(2, 8, 8);
	flip(2);
	next();
	assert_int_equal(consumer.frame.width_px, 5);
	assert_int_equal(consumer.frame.height_px, 4);
	assert_shows(2, 8, 8, 3, 4);
}

TEST(makes_a_new_buffer_when_the_picture_changes_its_size)
{
	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 800, 600);
	show(1);
	claim();
	ready();
	flip(1);
	next();
	assert_int_equal(consumer.n_buffers, 2);
	flip(2);
	next();
	assert_int_equal(consumer.n_buffers, 3);
	assert_shows(2, 800, 600, 0, 0);
	flip(2);
	next();
	flip(2);
	next();
	assert_int_equal(consumer.n_buffers, 4);
	/* A smaller one, to see that nothing of the larger stays behind. */
	flip(1);
	next();
	assert_int_equal(consumer.n_buffers, 5);
	assert_true(consumer.map_bytes[consumer.frame.buffer] < 100 * 448 + 4096);
	assert_shows(1, 100, 100, 0, 0);
}

TEST(leaves_a_frame_alone_until_the_next_is_shown)
{
	const uint8_t *first;

	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 100, 100);
	show(1);
	claim();
	ready();
	first = consumer_row(&consumer, 0);
	flip(2);
	next();
	/* Frame 2 is out: frame 1 stays as it was, whatever the guest and the consumer do. */
	flip(1);
	memset(rig_pixels(1, 100, 100), 0xff, 40000);
	flip(2);
	connector_ready(consumer.conn, &consumer, true);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 2);
	assert_int_equal(first[3], 1);
	connector_done(consumer.conn, &consumer, 2);
	assert_int_equal(consumer.n_frames, 3);
	assert_int_equal(first[3], 2);
}

TEST(tells_when_nothing_is_shown)
{
	rig_make_fb(1, 100, 100);
	show(1);
	claim();
	ready();
	reset();
	assert_int_equal(consumer.n_blanks, 1);
	reset();
	assert_int_equal(consumer.n_blanks, 1);
	next();
	assert_int_equal(consumer.n_frames, 1);
	show(1);
	assert_int_equal(consumer.n_frames, 2);
	assert_int_equal(call(req_fb_detach(rig_fb(1))), 0);
	assert_int_equal(consumer.n_blanks, 2);
}

TEST(shows_nothing_of_a_buffer_that_is_destroyed)
{
	rig_make_fb(1, 800, 600);
	rig_make_fb(2, 800, 600);
	claim();
	show(1);
	ready();
	assert_int_equal(call(req_dbuf_destroy(0x101)), 0);
	assert_int_equal(consumer.n_blanks, 1);
	connector_done(consumer.conn, &consumer, 1);
	connector_ready(consumer.conn, &consumer, true);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	flip(2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 2);
	assert_shows(2, 800, 600, 0, 0);
}

/* -------- copies on the worker, and what may happen meanwhile -------- */

static void begin_copy(void)
{
	for (unsigned i = 1; i <= 2; i++)
		rig_make_fb(i, 800, 600);
	show(1);
	claim();
	connector_ready(consumer.conn, &consumer, false);
	assert_false(fake_worker_idle());
	assert_int_equal(consumer.n_frames, 0);
}

/* Of a framebuffer of begin_copy(). */
#define PAGES xenshbuf_pages(800 * 600 * 4)

TEST(finishes_a_copy_before_its_buffer_is_unmapped)
{
	struct xendispl_req destroy = req_dbuf_destroy(0x101);

	begin_copy();
	fake_send(0, &destroy);
	assert_true(fake_worker_run());  /* the copy */
	assert_false(fake_worker_run()); /* nothing else before it is done */
	assert_int_equal(mapped_pages(), 2 * PAGES);
	assert_true(fake_worker_done());
	assert_true(fake_worker_run()); /* the unmapping */
	assert_int_equal(mapped_pages(), PAGES);
	fake_worker_drain();
	assert_int_equal(fake.channels[0].rsp.status, 0);
	/* The copied picture is not shown any more. */
	assert_int_equal(consumer.n_frames, 0);
	assert_int_equal(consumer.n_blanks, 1);
	flip(2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_shows(2, 800, 600, 0, 0);
}

TEST(discards_a_copy_when_nothing_is_shown_any_more)
{
	begin_copy();
	reset();
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 0);
	assert_int_equal(consumer.n_blanks, 1);
	show(2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_shows(2, 800, 600, 0, 0);
}

TEST(starts_over_when_a_copy_was_discarded_and_another_is_shown)
{
	begin_copy();
	reset();
	show(2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_int_equal(consumer.frame.serial, 1);
	assert_shows(2, 800, 600, 0, 0);
}

TEST(gives_a_copy_that_was_overtaken_and_then_the_newest)
{
	begin_copy();
	flip(2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_shows(1, 800, 600, 0, 0);
	next();
	assert_int_equal(consumer.n_frames, 2);
	assert_shows(2, 800, 600, 0, 0);
}

TEST(takes_one_frame_at_a_time)
{
	begin_copy();
	connector_ready(consumer.conn, &consumer, true);
	connector_ready(consumer.conn, &consumer, true);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	connector_done(consumer.conn, &consumer, 1);
	fake_worker_drain();
	wait_frames(2);
	connector_done(consumer.conn, &consumer, 2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 2);
}

TEST(outlives_a_consumer_that_dies_in_the_middle_of_a_copy)
{
	struct consumer second = {0};

	begin_copy();
	connector_release(consumer.conn, &consumer);
	assert_int_equal(consumer_claim(&second, rig.connectors[0]), 0);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 0);
	assert_int_equal(consumer.n_buffers, 0);
	assert_int_equal(second.n_frames, 0);
	assert_int_equal(second.n_buffers, 0);
	connector_ready(second.conn, &second, false);
	fake_worker_drain();
	assert_int_equal(second.n_frames, 1);
	assert_int_equal(second.frame.serial, 1);
	assert_int_equal(second.n_buffers, 1);
	connector_release(second.conn, &second);
	consumer_forget(&second);
}

#define ALONE(name) TEST_WITH(name, NULL, NULL)

ALONE(can_be_ended_in_the_middle_of_a_copy)
{
	static const char *const one[] = {"800x600", NULL};

	for (unsigned steps = 0; steps < 2; steps++) {
		rig_setup(&rig, one);
		begin_copy();
		if (steps == 1)
			assert_true(fake_worker_run());
		rig_disconnect(&rig);
		assert_int_equal(rig.n_connectors, 0);
		rig_teardown(&rig);
		assert_int_equal(consumer.n_frames, 0);
		assert_int_equal(consumer.n_blanks, 0);
		consumer_forget(&consumer);
	}
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
	alarm(30);
	return test_run(NULL, NULL);
}
