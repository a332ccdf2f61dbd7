/* SPDX-License-Identifier: MIT */
/*
 * Consumers that may have the guest's memory itself: nothing is copied for them unless it cannot be
 * lent, and the guest waits for them as for others.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "direct-rig.h"
#include "display/lending.h"
#include "display/screen.h"
#include "machine-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

static uint64_t copied_bytes(void)
{
	return rig.connectors[0]->viewers.env.copied_bytes;
}

/* -------- giving -------- */

TEST(gives_the_memory_itself_and_copies_nothing)
{
	begin();
	assert_false(consumer.copied);
	assert_int_equal(consumer.frame.stride_bytes, W * 4);
	assert_shows(&consumer, 1);
	rig_pixels(1, W, H)[5] = 0x12345678;
	assert_shows(&consumer, 1);
	assert_int_equal(copied_bytes(), 0);
	assert_int_equal(rig.connectors[0]->viewers.env.n_frames[1], 1);
}

TEST(gives_each_buffer_once_and_frames_in_it_often)
{
	rig_make_fb(2, W, H);
	rig_make_fb(3, W, H);
	begin();
	for (unsigned i = 0; i < 30; i++) {
		flip(1 + (i + 1) % 3);
		done();
		ready();
		assert_int_equal(consumer.n_frames, i + 2);
		assert_shows(&consumer, 1 + (i + 1) % 3);
	}
	assert_int_equal(consumer.n_buffers, 3);
	assert_int_equal(machine_calls(CALL_SLOT), 3);
	assert_int_equal(copied_bytes(), 0);
}

TEST(gives_the_part_that_set_config_names)
{
	rig_make_fb(1, W, H);
	assert_int_equal(call(req_set_config(rig_fb(1), 10, 20, 100, 50, 32)), 0);
	claim();
	ready();
	assert_int_equal(consumer.frame.width_px, 100);
	assert_int_equal(consumer.frame.height_px, 50);
	assert_int_equal(consumer.frame.offset_bytes, (20 * W + 10) * 4);
	assert_memory_equal(consumer_row(&consumer, 49), rig_pixels(1, W, H) + 69 * W + 10, 400);
}

TEST(gives_the_same_again_without_making_anything)
{
	begin();
	done();
	connector_ready(consumer.conn, &consumer, true);
	while (consumer.n_frames < 2)
		assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
	assert_int_equal(consumer.n_buffers, 1);
	assert_shows(&consumer, 1);
}

TEST(holds_the_event_until_the_frame_before_is_let_go)
{
	const unsigned before = fake.channels[0].n_events;
	uint64_t since;

	rig_make_fb(2, W, H);
	begin();
	done();
	ready();
	flip(2);
	fake_worker_drain();
	/* Number 2 is out, and 1 may still be on the screen: the guest must not draw into it. */
	assert_int_equal(consumer.n_frames, 2);
	assert_int_equal(fake.channels[0].n_events, before);
	done();
	assert_int_equal(fake.channels[0].n_events, before + 1);
	/* A consumer that stalls does not stall the guest. */
	ready();
	since = now_ns();
	flip(1);
	fake_worker_drain();
	rig_wait_events(&rig, 0, before + 2);
	assert_true(now_ns() - since >= (FLIPS_HOLD_MS - 2) * NS_PER_MS);
}

TEST(lends_to_watchers_too_each_a_descriptor_of_its_own)
{
	begin();
	assert_int_equal(consumer_watch(&watcher, rig.connectors[0]), 0);
	ready_of(&watcher);
	assert_int_equal(watcher.n_frames, 1);
	assert_false(watcher.copied);
	assert_shows(&watcher, 1);
	assert_int_equal(machine_calls(CALL_SLOT), 2);
	assert_int_equal(copied_bytes(), 0);
}

TEST(copies_for_one_and_lends_to_the_other)
{
	watcher.ways = XENAV_WAY_COPY;
	begin();
	assert_int_equal(consumer_watch(&watcher, rig.connectors[0]), 0);
	ready_of(&watcher);
	assert_true(watcher.copied);
	assert_false(consumer.copied);
	assert_int_equal(copied_bytes(), W * H * 4);
	assert_int_equal(machine_calls(CALL_SLOT), 1);
}

TEST(starts_every_claim_with_fresh_descriptors)
{
	begin();
	connector_release(consumer.conn, &consumer);
	consumer_forget(&consumer);
	claim();
	ready();
	assert_shows(&consumer, 1);
	assert_int_equal(machine_calls(CALL_SLOT), 2);
}

TEST(gives_more_buffers_than_there_are_indices_in_turn)
{
	const unsigned n = HANDOUTS + 6;

	for (unsigned i = 2; i <= n; i++)
		rig_make_fb(i, W, H);
	begin();
	for (unsigned i = 0; i < 3 * n; i++) {
		flip(1 + (i + 1) % n);
		done();
		ready();
		assert_int_equal(consumer.n_frames, i + 2);
		assert_shows(&consumer, 1 + (i + 1) % n);
	}
	assert_true(consumer.n_gone > 0);
	assert_int_equal(copied_bytes(), 0);
}

TEST(copies_when_nothing_comes_back)
{
	const unsigned n = HANDOUTS + 6;

	for (unsigned i = 2; i <= n; i++)
		rig_make_fb(i, W, H);
	begin();
	consumer.stubborn = true;
	for (unsigned i = 0; i < 2 * n; i++) {
		flip(1 + (i + 1) % n);
		done();
		ready();
		assert_int_equal(consumer.n_frames, i + 2);
		assert_shows(&consumer, 1 + (i + 1) % n);
	}
	assert_int_equal(consumer.n_gone, 1);
	assert_true(copied_bytes() > 0);
	assert_int_equal(consumer.n_late, 0);
	connector_release(consumer.conn, &consumer);
}

/* -------- what cannot be lent -------- */

TEST(copies_what_cannot_be_lent)
{
	machine_order(CALL_SLOT, GUEST, 0, UINT32_MAX, EMFILE, 0);
	begin();
	assert_true(consumer.copied);
	assert_shows(&consumer, 1);
	machine_order_nothing();
	/* The engine does not try again for this buffer, but for another one. */
	rig_make_fb(2, W, H);
	flip(1);
	done();
	ready();
	assert_true(consumer.copied);
	flip(2);
	done();
	ready();
	assert_false(consumer.copied);
	assert_shows(&consumer, 2);
}

TEST(copies_what_the_consumer_cannot_use)
{
	begin();
	assert_int_equal(connector_freed(consumer.conn, &consumer, consumer.frame.buffer), 0);
	fake_worker_drain();
	/* Without having said done or ready. */
	assert_int_equal(consumer.n_frames, 2);
	assert_true(consumer.copied);
	assert_shows(&consumer, 1);
}

TEST(shows_nothing_to_who_takes_no_copies_if_there_is_no_other_way)
{
	consumer.ways = XENAV_WAY_DIRECT;
	machine_order(CALL_SLOT, GUEST, 0, UINT32_MAX, EMFILE, 0);
	rig_make_fb(1, W, H);
	show(1);
	claim();
	ready();
	assert_int_equal(consumer.n_frames, 0);
	machine_order_nothing();
	rig_make_fb(2, W, H);
	flip(2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_false(consumer.copied);
}

TEST(takes_back_only_what_was_given)
{
	begin();
	for (uint32_t i = 0; i < 40; i++)
		if (i != consumer.frame.buffer)
			assert_int_equal(connector_freed(consumer.conn, &consumer, i), -EINVAL);
	assert_int_equal(connector_freed(consumer.conn, &consumer, UINT32_MAX), -EINVAL);
	assert_int_equal(connector_freed(consumer.conn, &watcher, 2), -EINVAL);
	assert_int_equal(connector_freed(consumer.conn, &consumer, consumer.frame.buffer), 0);
	assert_int_equal(connector_freed(consumer.conn, &consumer, 2), -EINVAL);
}

/* -------- dma-bufs -------- */

TEST(gives_one_dmabuf_of_a_buffer_to_all_who_can_import_it)
{
	start_with_dmabufs();
	assert_int_equal(consumer.buffer_ways[consumer.frame.buffer], XENAV_WAY_DMABUF);
	assert_shows(&consumer, 1);
	assert_int_equal(consumer_watch(&watcher, rig.connectors[0]), 0);
	ready_of(&watcher);
	assert_int_equal(watcher.buffer_ways[watcher.frame.buffer], XENAV_WAY_DMABUF);
	assert_int_equal(fake.n_exports, 1);
	assert_int_equal(machine_calls(CALL_SLOT), 0);
	assert_int_equal(copied_bytes(), 0);
	assert_int_equal(rig.connectors[0]->viewers.env.n_frames[2], 2);
}

TEST(goes_another_way_where_there_can_be_no_dmabuf)
{
	/* A kernel that cannot at all, and one that cannot in this domain or with this buffer. */
	consumer.ways = XENAV_WAYS;
	begin();
	assert_int_equal(consumer.buffer_ways[consumer.frame.buffer], XENAV_WAY_DIRECT);
	assert_int_equal(fake.n_exports, 0);
	fake.dmabufs_available = true;
	fake.dmabuf_rc = -EINVAL;
	rig_make_fb(2, W, H);
	flip(2);
	done();
	ready();
	assert_int_equal(consumer.buffer_ways[consumer.frame.buffer], XENAV_WAY_DIRECT);
	assert_shows(&consumer, 2);
	/* The same for a consumer that takes only a dma-buf or a copy. */
	watcher.ways = XENAV_WAY_COPY | XENAV_WAY_DMABUF;
	assert_int_equal(consumer_watch(&watcher, rig.connectors[0]), 0);
	ready_of(&watcher);
	assert_true(watcher.copied);
	assert_shows(&watcher, 2);
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
