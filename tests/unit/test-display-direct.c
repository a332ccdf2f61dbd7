/* SPDX-License-Identifier: MIT */
/*
 * Consumers that may have the guest's memory itself: nothing is copied for them, the guest waits
 * for them as for others, and gets its memory back on request.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "display-fake.h"
#include "display/farewell.h"
#include "display/lending.h"
#include "display/screen.h"
#include "machine-rig.h"
#include "test.h"

#define W     320
#define H     240
#define PAGES (W * H * 4 / 4096)

static struct rig rig;
static struct consumer consumer, watcher;

static int call(struct xendispl_req req)
{
	return fake_call(0, &req);
}

static void flip(unsigned fb)
{
	rig_next_refresh(&rig);
	assert_int_equal(call(req_pg_flip(rig_fb(fb))), 0);
}

static void show(unsigned fb)
{
	assert_int_equal(call(req_set_config(rig_fb(fb), 0, 0, W, H, 32)), 0);
}

static int setup(void **)
{
	static const char *const one[] = {"800x600", NULL};

	rig_setup(&rig, one);
	consumer = (struct consumer){.ways = XENAV_WAY_COPY | XENAV_WAY_DIRECT};
	watcher = (struct consumer){.ways = XENAV_WAY_COPY | XENAV_WAY_DIRECT};
	return 0;
}

static int teardown(void **)
{
	rig_teardown(&rig);
	consumer_forget(&consumer);
	consumer_forget(&watcher);
	return 0;
}

static void claim(void)
{
	assert_int_equal(consumer_claim(&consumer, rig.connectors[0]), 0);
}

static void ready_of(struct consumer *who)
{
	connector_ready(who->conn, who, false);
	fake_worker_drain();
}

static void ready(void)
{
	ready_of(&consumer);
}

static void done(void)
{
	connector_done(consumer.conn, &consumer, consumer.frame.serial);
}

/* One framebuffer, that the consumer has been given. */
static void begin(void)
{
	rig_make_fb(1, W, H);
	show(1);
	claim();
	ready();
	assert_int_equal(consumer.n_frames, 1);
}

static uint64_t copied_bytes(void)
{
	return rig.connectors[0]->viewers.env.copied_bytes;
}

static void assert_shows(const struct consumer *who, unsigned n)
{
	const uint32_t *pixels = rig_pixels(n, W, H);

	assert_int_equal(who->frame.width_px, W);
	assert_int_equal(who->frame.height_px, H);
	for (uint32_t row = 0; row < H; row++)
		assert_memory_equal(consumer_row(who, row), pixels + row * W, W * 4);
}

/* Send a request that is not answered until a consumer releases a buffer. */
static unsigned send_destroy(unsigned n)
{
	const struct xendispl_req req = req_dbuf_destroy(0x100 + n);
	const unsigned n_rsp = fake.channels[0].n_rsp;

	fake_send(0, &req);
	fake_worker_drain();
	return n_rsp;
}

static bool answered(unsigned n_rsp)
{
	fake_worker_drain();
	return fake.channels[0].n_rsp > n_rsp;
}

static void wait_answer(unsigned n_rsp)
{
	while (!answered(n_rsp)) {
		assert_true(rig_timers(&rig) > 0);
		assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
	}
	assert_int_equal(fake.channels[0].rsp.status, 0);
}

static void let_go(void)
{
	const uint32_t index = consumer.gone;

	consumer.stubborn = false;
	assert_int_equal(connector_freed(consumer.conn, &consumer, index), 0);
}

/* -------- giving -------- */

#define TEST(name) TEST_WITH(name, setup, teardown)

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

static void start_with_dmabufs(void)
{
	fake.dmabufs_available = true;
	consumer.ways = watcher.ways = XENAV_WAYS;
	begin();
}

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

TEST(destroys_a_buffer_when_its_dmabuf_is_released)
{
	const struct xendispl_req req = req_dbuf_destroy(0x101);
	unsigned n_rsp;

	start_with_dmabufs();
	fake.dmabuf_busy = 3;
	n_rsp = fake.channels[0].n_rsp;
	fake_send(0, &req);
	/* The consumer has released the buffer at once; its driver has not. */
	for (unsigned i = 0; i < 3; i++) {
		assert_true(fake_worker_run());
		assert_true(fake_worker_done());
		assert_int_equal(fake.channels[0].n_rsp, n_rsp);
		assert_int_equal(mapped_pages(), PAGES);
	}
	assert_true(answered(n_rsp));
	assert_int_equal(fake.channels[0].rsp.status, 0);
	assert_int_equal(mapped_pages(), 0);
}

TEST(does_not_wait_for_a_driver_that_keeps_a_dmabuf)
{
	start_with_dmabufs();
	fake.dmabuf_busy = UINT32_MAX;
	assert_int_equal(call(req_dbuf_destroy(0x101)), 0);
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(fake.n_dmabufs, 0);
}

TEST(ends_while_a_dmabuf_is_waited_for)
{
	struct xendispl_req req = req_dbuf_destroy(0x101);

	start_with_dmabufs();
	fake.dmabuf_busy = 3;
	fake_send(0, &req);
	assert_true(fake_worker_run());
	rig_disconnect(&rig);
	/* The dma-buf that is waited for still ends with a call of the display. */
	fake_worker_drain();
	assert_int_equal(rig.n_gone, 1);
	assert_int_equal(mapped_pages(), 0);
}

/* -------- taking back -------- */

TEST(destroys_a_buffer_when_everybody_has_let_go)
{
	unsigned n_rsp;

	begin();
	assert_int_equal(consumer_watch(&watcher, rig.connectors[0]), 0);
	ready_of(&watcher);
	consumer.stubborn = true;
	n_rsp = send_destroy(1);
	assert_int_equal(consumer.n_gone, 1);
	assert_int_equal(watcher.n_gone, 1);
	assert_false(answered(n_rsp));
	assert_int_equal(mapped_pages(), PAGES);
	let_go();
	assert_true(answered(n_rsp));
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(consumer.n_late, 0);
	assert_int_equal(rig_timers(&rig), 0);
}

TEST(does_not_wait_for_a_consumer_that_keeps_a_buffer)
{
	uint64_t since;
	unsigned n_rsp;

	begin();
	consumer.stubborn = true;
	since = now_ns();
	n_rsp = send_destroy(1);
	wait_answer(n_rsp);
	assert_true(now_ns() - since >= (FAREWELL_MS - 2) * NS_PER_MS);
	assert_int_equal(consumer.n_late, 1);
	assert_int_equal(mapped_pages(), 0);
}

TEST(does_not_wait_for_a_consumer_that_leaves)
{
	unsigned n_rsp;

	begin();
	consumer.stubborn = true;
	n_rsp = send_destroy(1);
	assert_false(answered(n_rsp));
	connector_release(consumer.conn, &consumer);
	assert_true(answered(n_rsp));
	assert_int_equal(consumer.n_late, 0);
}

TEST(survives_a_consumer_that_leaves_when_it_is_found_out)
{
	unsigned n_rsp;

	begin();
	consumer.stubborn = true;
	consumer.release_when_late = true;
	n_rsp = send_destroy(1);
	wait_answer(n_rsp);
	assert_int_equal(consumer.n_late, 1);
}

TEST(makes_a_buffer_again_when_the_one_before_is_let_go)
{
	struct xendispl_req create = req_dbuf_create(0x101, W, H, 32, W * H * 4, 2);
	unsigned n_rsp;

	begin();
	rig_pixels(1, W, H);
	fake_memory(2, (size_t)W * H * 4);
	consumer.stubborn = true;
	n_rsp = fake.channels[0].n_rsp;
	fake_send(0, &create);
	assert_false(answered(n_rsp));
	let_go();
	assert_true(answered(n_rsp));
	assert_int_equal(fake.channels[0].rsp.status, 0);
}

TEST(gives_nothing_of_a_buffer_that_goes_while_it_is_lent)
{
	const struct xendispl_req req = req_dbuf_destroy(0x101);

	rig_make_fb(1, W, H);
	show(1);
	claim();
	connector_ready(consumer.conn, &consumer, false);
	/* The worker has made the descriptor; the loop has not been told yet. */
	assert_true(fake_worker_run());
	fake_send(0, &req);
	fake_worker_drain();
	assert_int_equal(fake.channels[0].rsp.status, 0);
	assert_int_equal(consumer.n_buffers, 0);
	assert_int_equal(consumer.n_frames, 0);
	assert_int_equal(mapped_pages(), 0);
	/* Another buffer is not affected. */
	rig_make_fb(2, W, H);
	show(2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_shows(&consumer, 2);
}

TEST(outlives_a_consumer_that_leaves_while_it_is_lent_to)
{
	rig_make_fb(1, W, H);
	show(1);
	claim();
	connector_ready(consumer.conn, &consumer, false);
	assert_true(fake_worker_run());
	connector_release(consumer.conn, &consumer);
	fake_worker_drain();
	assert_int_equal(consumer.n_buffers, 0);
	consumer.release_in_buffer = true;
	claim();
	consumer.release_in_buffer = true;
	ready();
	assert_int_equal(consumer.n_buffers, 1);
	assert_int_equal(consumer.n_frames, 0);
	consumer_forget(&consumer);
	claim();
	consumer.release_in_frame = true;
	ready();
	assert_int_equal(consumer.n_frames, 1);
}

TEST(goes_when_everybody_has_let_go)
{
	begin();
	consumer.stubborn = true;
	rig_disconnect(&rig);
	fake_worker_drain();
	/* Our own mappings do not wait. */
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(consumer.n_gone, 1);
	assert_int_equal(rig.n_connectors, 1);
	assert_int_equal(rig.n_gone, 0);
	ready();
	done();
	let_go();
	fake_worker_drain();
	assert_int_equal(rig.n_connectors, 0);
	assert_int_equal(rig.n_gone, 1);
}

TEST(goes_without_a_consumer_that_keeps_a_buffer)
{
	begin();
	consumer.stubborn = true;
	send_destroy(1);
	rig_disconnect(&rig);
	while (rig.n_gone == 0) {
		assert_true(rig_timers(&rig) > 0 || !fake_worker_idle());
		if (fake_worker_idle())
			assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
		fake_worker_drain();
	}
	assert_int_equal(consumer.n_late, 1);
}

int main(void)
{
	alarm(60);
	return test_run(NULL, NULL);
}
