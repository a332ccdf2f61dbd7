/* SPDX-License-Identifier: MIT */
/* Large pictures are copied by the worker: what may happen in the middle of a copy. */
#include <config.h>

#include <unistd.h>

#include "frames-rig.h"
#include "machine-rig.h"
#include "test.h"
#include "xenshbuf.h"

#define TEST(name)  TEST_WITH(name, setup, teardown)
#define ALONE(name) TEST_WITH(name, NULL, NULL)

/* Of a framebuffer of begin_copy(). */
#define PAGES xenshbuf_pages(800 * 600 * 4)

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

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
