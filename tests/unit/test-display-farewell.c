/* SPDX-License-Identifier: MIT */
/*
 * The guest gets the memory back that consumers have been lent: when they have let go of it, and
 * soon also when they, or the driver of a dma-buf, keep it.
 */
#include <config.h>

#include <unistd.h>

#include "base/clock.h"
#include "direct-rig.h"
#include "display/farewell.h"
#include "machine-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

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

/* -------- what consumers have -------- */

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
	/* The clock of libevent has a grain of up to 10 ms. */
	assert_true(now_ns() - since >= (FAREWELL_MS - 10) * NS_PER_MS);
	assert_int_equal(consumer.n_late, 1);
	assert_int_equal(mapped_pages(), 0);
}

TEST(waits_longer_when_the_daemon_cannot_run)
{
	unsigned n_rsp;

	begin();
	consumer.stubborn = true;
	n_rsp = send_destroy(1);
	usleep((FAREWELL_MS + 50) * 1000);
	assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
	assert_false(answered(n_rsp));
	let_go();
	assert_true(answered(n_rsp));
	assert_int_equal(consumer.n_late, 0);
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

/* -------- dma-bufs -------- */

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

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
