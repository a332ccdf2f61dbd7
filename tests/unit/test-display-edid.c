/* SPDX-License-Identifier: MIT */
/*
 * GET_EDID: the EDID that a guest gets, the daemon's or the consumer's own, and the buffer that it
 * is written to.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "buffer/gbuf.h"
#include "config/policy.h"
#include "display-fake.h"
#include "display/edid.h"
#include "machine-rig.h"
#include "test.h"
#include "xenav-proto.h"

#define FIRST  0
#define SECOND 1
#define LARGE  2

#define SIZE XENDISPL_EDID_MAX_SIZE
#define GREF 50

/* What the domain may have mapped. */
#define MAPPED_PAGES 4096

static struct rig rig;
static struct consumer consumer;

static int setup(void **)
{
	static const char *const three[] = {"800x600", "640x480", "5120x2880", NULL};

	rig_policy.max_mapped_pages = MAPPED_PAGES;
	rig_setup(&rig, three);
	consumer = (struct consumer){0};
	memset(fake_memory(GREF, SIZE), 0x5a, SIZE);
	return 0;
}

static int teardown(void **)
{
	rig_teardown(&rig);
	consumer_forget(&consumer);
	return 0;
}

static int call(unsigned connector, struct xendispl_req req)
{
	return fake_call(connector, &req);
}

static uint8_t *guest(void)
{
	return fake_memory(GREF, SIZE);
}

/* Ask, and find exactly this EDID and nothing behind it. */
static void expect_edid(unsigned connector, const uint8_t *edid, size_t n)
{
	uint8_t *memory = guest();

	memset(memory, 0x5a, SIZE);
	assert_int_equal(call(connector, req_get_edid(SIZE, GREF)), 0);
	assert_int_equal(fake.channels[connector].rsp.op.get_edid.edid_sz, n);
	assert_memory_equal(memory, edid, n);
	for (size_t i = n; i < SIZE; i++)
		assert_int_equal(memory[i], 0x5a);
	assert_int_equal(mapped_pages(), 0);
}

static void expect_made(unsigned connector, uint32_t width, uint32_t height, size_t n)
{
	const char name[2] = {(char)('0' + connector), '\0'};
	const struct edid_monitor monitor = {width, height, 0, (uint8_t)connector, name};
	uint8_t edid[EDID_MADE_MAX_BYTES];

	assert_int_equal(edid_make(edid, &monitor), n);
	expect_edid(connector, edid, n);
}

/* -------- the request -------- */

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(tells_every_connectors_edid_on_its_own_ring)
{
	expect_made(FIRST, 800, 600, 128);
	expect_made(SECOND, 640, 480, 128);
	expect_made(LARGE, 5120, 2880, 256);
}

TEST(maps_the_buffer_writable_and_no_more_than_the_protocol_demands)
{
	static const uint32_t sizes[] = {SIZE, SIZE + 1, 0x80000000u, UINT32_MAX};

	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(call(FIRST, req_get_edid(sizes[i], GREF)), 0);
	}
}

TEST(refuses_a_buffer_smaller_than_the_protocol_demands)
{
	static const uint32_t sizes[] = {0, 1, 127, 128, 4096, SIZE - 1};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		assert_int_equal(call(FIRST, req_get_edid(sizes[i], GREF)), -EINVAL);
	assert_int_equal(machine_calls(CALL_MAP), 0);
	assert_int_equal(guest()[0], 0x5a);
}

TEST(passes_on_why_the_buffer_cannot_be_mapped)
{
	assert_int_equal(call(FIRST, req_get_edid(SIZE, 99)), -EFAULT);
	assert_int_equal(call(FIRST, req_get_edid(SIZE, 0)), -EINVAL);
	fail_call(CALL_MAP, 0, ENOMEM);
	assert_int_equal(call(FIRST, req_get_edid(SIZE, GREF)), -ENOMEM);
	expect_made(FIRST, 800, 600, 128);
}

TEST(charges_the_buffer_to_the_domain)
{
	const uint32_t bytes = (MAPPED_PAGES - 7) * 4096u;

	fake_memory(1, bytes);
	assert_int_equal(call(FIRST, req_dbuf_create(1, 0, 0, 0, bytes, 1)), 0);
	assert_int_equal(call(FIRST, req_get_edid(SIZE, GREF)), -ENOSPC);
	assert_int_equal(call(FIRST, req_dbuf_destroy(1)), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(call(FIRST, req_get_edid(SIZE, GREF)), 0);
}

TEST(unmaps_before_it_answers)
{
	struct xendispl_req req = req_get_edid(SIZE, GREF);

	fake_send(FIRST, &req);
	assert_true(fake_worker_run());
	assert_int_equal(mapped_pages(), SIZE / 4096);
	assert_true(fake_worker_done());
	assert_int_equal(fake.channels[FIRST].n_rsp, 0);
	assert_int_equal(mapped_pages(), SIZE / 4096);
	assert_true(fake_worker_run());
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(fake.channels[FIRST].n_rsp, 0);
	assert_true(fake_worker_done());
	assert_int_equal(fake.channels[FIRST].n_rsp, 1);
	assert_int_equal(fake.channels[FIRST].rsp.op.get_edid.edid_sz, 128);
}

TEST(serves_other_connectors_meanwhile)
{
	struct xendispl_req req = req_get_edid(SIZE, GREF);

	fake_memory(GREF + 1, SIZE);
	fake_send(FIRST, &req);
	req.op.get_edid.gref_directory = GREF + 1;
	fake_send(SECOND, &req);
	assert_int_equal(call(LARGE, req_set_config(0, 0, 0, 0, 0, 0)), 0);
	fake_worker_drain();
	assert_int_equal(fake.channels[FIRST].rsp.op.get_edid.edid_sz, 128);
	assert_int_equal(fake.channels[SECOND].rsp.op.get_edid.edid_sz, 128);
	assert_memory_not_equal(guest(), fake_memory(GREF + 1, SIZE), 128);
}

TEST(can_be_ended_at_any_moment_of_it)
{
	struct xendispl_req req = req_get_edid(SIZE, GREF);

	for (unsigned steps = 0; steps < 4; steps++) {
		if (steps > 0)
			setup(state);
		fake_send(FIRST, &req);
		for (unsigned i = 0; i < steps; i++)
			assert_true(i % 2 ? fake_worker_done() : fake_worker_run());
		rig_disconnect(&rig);
		fake_worker_drain();
		assert_int_equal(fake.channels[FIRST].n_rsp, 0);
		if (steps < 3)
			teardown(state);
	}
}

/* -------- the consumer's own -------- */

static void make_own(uint8_t *edid, unsigned n_blocks, uint8_t mark)
{
	static const uint8_t header[8] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};

	memset(edid, mark, (size_t)n_blocks * EDID_BLOCK_BYTES);
	memcpy(edid, header, sizeof header);
	edid[EDID_N_EXTENSIONS] = (uint8_t)(n_blocks - 1);
	for (unsigned i = 0; i < n_blocks; i++)
		edid_seal_block(edid + (size_t)i * EDID_BLOCK_BYTES);
}

static int say_block(const uint8_t *edid, unsigned index, unsigned n_blocks)
{
	struct xenav_msg_connector_edid msg = {.index = (uint8_t)index,
					       .n_blocks = (uint8_t)n_blocks};

	if (n_blocks)
		memcpy(msg.block, edid + (size_t)index * EDID_BLOCK_BYTES, EDID_BLOCK_BYTES);
	return connector_edid(rig.connectors[FIRST], &msg);
}

static void say(const uint8_t *edid, unsigned n_blocks)
{
	for (unsigned i = 0; i < n_blocks; i++)
		assert_int_equal(say_block(edid, i, n_blocks), 0);
}

TEST(gives_the_consumers_own_while_its_claim_lasts)
{
	uint8_t edid[4 * EDID_BLOCK_BYTES];

	assert_int_equal(consumer_claim(&consumer, rig.connectors[FIRST]), 0);
	for (unsigned n = 1; n <= 4; n++) {
		make_own(edid, n, (uint8_t)(0x10 + n));
		say(edid, n);
		expect_edid(FIRST, edid, (size_t)n * EDID_BLOCK_BYTES);
		expect_made(SECOND, 640, 480, 128);
	}
	/* Withdrawn, and said again. */
	assert_int_equal(say_block(NULL, 0, 0), 0);
	expect_made(FIRST, 800, 600, 128);
	say(edid, 4);
	expect_edid(FIRST, edid, sizeof edid);
	connector_release(rig.connectors[FIRST], &consumer);
	expect_made(FIRST, 800, 600, 128);
	assert_int_equal(say_block(edid, 0, 4), -EINVAL);
	/* The next claim inherits nothing, not even the beginning of an EDID. */
	assert_int_equal(consumer_claim(&consumer, rig.connectors[FIRST]), 0);
	assert_int_equal(say_block(edid, 0, 4), 0);
	connector_release(rig.connectors[FIRST], &consumer);
	assert_int_equal(consumer_claim(&consumer, rig.connectors[FIRST]), 0);
	expect_made(FIRST, 800, 600, 128);
	assert_int_equal(say_block(edid, 1, 4), -EINVAL);
}

TEST(keeps_it_whoever_watches)
{
	static struct consumer watcher;
	uint8_t edid[EDID_BLOCK_BYTES];

	assert_int_equal(consumer_watch(&watcher, rig.connectors[FIRST]), 0);
	make_own(edid, 1, 0x20);
	assert_int_equal(say_block(edid, 0, 1), -EINVAL);
	assert_int_equal(consumer_claim(&consumer, rig.connectors[FIRST]), 0);
	say(edid, 1);
	connector_release(rig.connectors[FIRST], &watcher);
	expect_edid(FIRST, edid, sizeof edid);
	assert_int_equal(consumer_watch(&watcher, rig.connectors[FIRST]), 0);
	connector_release(rig.connectors[FIRST], &consumer);
	expect_made(FIRST, 800, 600, 128);
	connector_release(rig.connectors[FIRST], &watcher);
}

TEST(gives_the_one_before_until_all_blocks_have_come)
{
	uint8_t old[EDID_BLOCK_BYTES], edid[4 * EDID_BLOCK_BYTES];

	make_own(old, 1, 1);
	make_own(edid, 4, 2);
	assert_int_equal(consumer_claim(&consumer, rig.connectors[FIRST]), 0);
	say(old, 1);
	for (unsigned i = 0; i < 4; i++) {
		expect_edid(FIRST, old, sizeof old);
		assert_int_equal(say_block(edid, i, 4), 0);
	}
	expect_edid(FIRST, edid, sizeof edid);
}

TEST(keeps_the_one_before_when_the_new_one_is_none)
{
	uint8_t old[EDID_BLOCK_BYTES], edid[2 * EDID_BLOCK_BYTES];

	make_own(old, 1, 1);
	assert_int_equal(consumer_claim(&consumer, rig.connectors[FIRST]), 0);
	say(old, 1);
	for (unsigned i = 0; i < sizeof edid; i += 5) {
		make_own(edid, 2, 2);
		edid[i] ^= 1;
		assert_int_equal(say_block(edid, 0, 2), 0);
		assert_int_equal(say_block(edid, 1, 2), -EINVAL);
	}
	/* A count that is not that of the base block. */
	make_own(edid, 2, 2);
	assert_int_equal(say_block(edid, 0, 1), -EINVAL);
	expect_edid(FIRST, old, sizeof old);
}

TEST(takes_blocks_in_order_only)
{
	static const uint8_t wrong[][4] = {
		/* index, count; index, count: the second is refused */
		{0, 3, 2, 3}, {0, 3, 1, 4}, {0, 3, 1, 2}, {0, 4, 3, 4},
		{0, 2, 2, 2}, {0, 4, 4, 5}, {0, 4, 1, 5},
	};
	uint8_t edid[5 * EDID_BLOCK_BYTES];

	make_own(edid, 5, 3);
	assert_int_equal(consumer_claim(&consumer, rig.connectors[FIRST]), 0);
	assert_int_equal(say_block(edid, 1, 2), -EINVAL);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(say_block(edid, wrong[i][0], wrong[i][1]), 0);
		assert_int_equal(say_block(edid, wrong[i][2], wrong[i][3]), -EINVAL);
		/* The blocks before are forgotten. */
		assert_int_equal(say_block(edid, 1, wrong[i][1]), -EINVAL);
	}
	assert_int_equal(say_block(edid, 0, 5), -EINVAL);
	expect_made(FIRST, 800, 600, 128);
	/* The first block starts anew, in the middle of another EDID. */
	make_own(edid, 3, 3);
	assert_int_equal(say_block(edid, 0, 3), 0);
	assert_int_equal(say_block(edid, 1, 3), 0);
	say(edid, 3);
	expect_edid(FIRST, edid, 3 * EDID_BLOCK_BYTES);
}
