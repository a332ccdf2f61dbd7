/* SPDX-License-Identifier: MIT */
/*
 * A guest and consumers that do anything in any order, from a fixed seed: requests to both rings,
 * claims and releases, jobs that take long, events that stay unread, and the end at a random
 * moment.  Linked with a stepped worker, and a second time with the daemon's own thread.
 *
 * Every request must be answered, every accepted flip must have one event, in order,
 * every frame must be one whole picture, and at the end nothing may be left.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "display-fake.h"
#include "test.h"

#define ROUNDS      40
#define OPS         400
#define CONNECTORS  2
#define CONSUMERS   6 /* the first one of each connector claims it, others watch */
#define COOKIES     6
#define GREFS       5
#define MEMORY_SIZE (400u * 300 * 4)

static struct rig rig;
static struct consumer consumers[CONSUMERS];
static bool there[CONSUMERS];
static uint64_t flips[CONNECTORS][FAKE_EVENTS];
static unsigned n_flips[CONNECTORS];
static unsigned n_frames_seen;
static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* Two sizes: one that is copied at once, and one on the worker. */
static struct xendispl_req create_op(uint64_t cookie)
{
	bool big = random_below(2);
	uint32_t w = big ? 400 : 101, h = big ? 300 : 33;

	return req_dbuf_create(cookie, w, h, 32, w * h * 4, 1 + random_below(GREFS));
}

static struct xendispl_req attach_op(uint64_t dbuf, uint64_t fb)
{
	bool big = random_below(2);

	return req_fb_attach(dbuf, 0x200 + fb, big ? 400 : 101, big ? 300 : 33, FAKE_XR24);
}

static struct xendispl_req random_buffer_op(void)
{
	uint64_t cookie = random_below(COOKIES);

	switch (random_below(10)) {
	case 0:
		return req_dbuf_destroy(cookie);
	case 1:
		return req_fb_detach(0x200 + cookie);
	case 2:
	case 3:
		return create_op(cookie);
	case 4:
		return req_dbuf_create(cookie, 1, 1, 32, 4, GREFS + 1);
	default:
		return attach_op(cookie, random_below(COOKIES));
	}
}

static struct xendispl_req random_connector_op(void)
{
	uint64_t cookie = 0x200 + random_below(COOKIES);

	switch (random_below(12)) {
	case 0:
		return req_set_config(0, 0, 0, 0, 0, 0);
	case 1:
	case 2:
	case 3:
		return req_set_config(cookie, random_below(120), random_below(40), 400, 300, 32);
	default:
		return req_pg_flip(cookie);
	}
}

/* Is it all of one colour?  Every buffer is. */
static void check_frame(const struct consumer *consumer)
{
	const uint8_t *row = consumer_row(consumer, 0);
	uint8_t colour = row[0];

	n_frames_seen++;
	assert_in_range(colour, 1, GREFS);
	for (uint32_t y = 0; y < consumer->frame.height_px;
	     y++, row += consumer->frame.stride_bytes)
		for (uint32_t x = 0; x < consumer->frame.width_px * 4; x++)
			if (row[x] != colour)
				fail_msg("a frame of two pictures");
}

static void guest_step(void)
{
	unsigned i = random_below(CONNECTORS);
	bool buffers = i == 0 && random_below(4) == 0;
	struct xendispl_req req = buffers ? random_buffer_op() : random_connector_op();
	unsigned n_rsp = fake.channels[i].n_rsp;

	if (fake.channels[i].ch->busy)
		return;
	fake_send(i, &req);
	if (req.operation != XENDISPL_OP_PG_FLIP)
		return;
	assert_int_equal(fake.channels[i].n_rsp, n_rsp + 1);
	if (fake.channels[i].rsp.status == 0)
		flips[i][n_flips[i]++] = req.op.pg_flip.fb_cookie;
}

static void consumer_step(void)
{
	unsigned i = random_below(CONSUMERS);
	struct consumer *consumer = &consumers[i];
	struct connector *conn = rig.connectors[i % CONNECTORS];
	unsigned n_frames = consumer->n_frames;

	if (!there[i]) {
		consumer_forget(consumer);
		assert_int_equal(i < CONNECTORS ? consumer_claim(consumer, conn)
						: consumer_watch(consumer, conn),
				 0);
		there[i] = true;
		return;
	}
	switch (random_below(12)) {
	case 0:
		connector_release(consumer->conn, consumer);
		there[i] = false;
		break;
	case 1:
	case 2:
	case 3:
		connector_done(consumer->conn, consumer, consumer->frame.serial);
		break;
	default:
		connector_ready(consumer->conn, consumer, random_below(2));
		break;
	}
	if (there[i] && consumer->n_frames != n_frames)
		check_frame(consumer);
}

static void any_step(void)
{
	unsigned n_frames[CONSUMERS];

	for (unsigned i = 0; i < CONSUMERS; i++)
		n_frames[i] = consumers[i].n_frames;
	switch (random_below(8)) {
	case 0:
	case 1:
	case 2:
		guest_step();
		break;
	case 3:
	case 4:
		consumer_step();
		break;
	case 5:
		fake_worker_run();
		break;
	case 6:
		fake_worker_done();
		break;
	default:
		if (random_below(8) == 0)
			fake_read_events(random_below(CONNECTORS));
		event_base_loop(rig.base, EVLOOP_NONBLOCK);
		break;
	}
	for (unsigned i = 0; i < CONSUMERS; i++)
		if (there[i] && consumers[i].n_frames > n_frames[i])
			check_frame(&consumers[i]);
}

static void begin(void)
{
	static const char *const two[] = {"400x300", "320x200", NULL};

	rig_setup(&rig, two);
	memset(there, 0, sizeof there);
	memset(n_flips, 0, sizeof n_flips);
	memset(consumers, 0, sizeof consumers);
	for (uint32_t gref = 1; gref <= GREFS; gref++)
		memset(fake_memory(gref, MEMORY_SIZE), (int)gref, MEMORY_SIZE);
	for (unsigned cookie = 1; cookie < COOKIES; cookie++) {
		struct xendispl_req create = create_op(cookie);
		struct xendispl_req attach = attach_op(cookie, cookie);

		fake_call(0, &create);
		fake_call(0, &attach);
	}
}

/* The guest reads on, and the events that are owed arrive. */
static void settle(void)
{
	fake_worker_drain();
	for (unsigned i = 0; i < CONNECTORS; i++) {
		assert_false(fake.channels[i].ch->busy);
		fake_read_events(i);
		while (fake.channels[i].n_events < n_flips[i]) {
			/* A picture may have been due again. */
			fake_worker_drain();
			assert_true(rig_timers(&rig) > 0);
			event_base_loop(rig.base, EVLOOP_ONCE);
			fake_read_events(i);
		}
		assert_int_equal(fake.channels[i].n_events, n_flips[i]);
		assert_memory_equal(fake.channels[i].events, flips[i],
				    n_flips[i] * sizeof flips[i][0]);
	}
}

static void end(void)
{
	rig_teardown(&rig);
	for (unsigned i = 0; i < CONSUMERS; i++)
		consumer_forget(&consumers[i]);
}

TEST_ALONE(loses_nothing_whatever_happens)
{
	unsigned n_events = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		seed = round + 1;
		begin();
		for (unsigned i = 0; i < OPS; i++)
			any_step();
		settle();
		n_events += n_flips[0] + n_flips[1];
		end();
	}
	/* The dice must not have missed the subject. */
	assert_true(n_frames_seen > 100);
	assert_true(n_events > 100);
}

TEST_ALONE(leaves_nothing_whenever_it_ends)
{
	for (unsigned round = 0; round < 2 * ROUNDS; round++) {
		unsigned n_ops;

		seed = 1000 + round;
		begin();
		n_ops = random_below(OPS);
		for (unsigned i = 0; i < n_ops; i++)
			any_step();
		end();
	}
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	/* Many requests are refused here: do not log that. */
	log_threshold = LOG_LEVEL_ERR;
	return test_run(NULL, NULL);
}
