/* SPDX-License-Identifier: MIT */
/* The display engine with guests that have their buffers from us (be_alloc). */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "display-fake.h"
#include "machine-rig.h"
#include "test.h"

static struct rig rig;

static int call(struct xendispl_req req)
{
	return fake_call(0, &req);
}

static void start_with_be_alloc(bool allowed)
{
	static const char *const one[] = {"640x480", NULL};

	rig_policy = (struct guest_policy)GUEST_POLICY_INIT;
	rig_policy.be_alloc = allowed;
	rig_policy.max_supplied_pages = 2;
	rig_create(&rig, one, true);
	rig_connect(&rig);
	fake_worker_drain();
	if (allowed)
		fake_directory(1);
}

static struct xendispl_req req_supply(uint64_t cookie, uint32_t w)
{
	struct xendispl_req create = req_dbuf_create(cookie, w, 10, 32, w * 40, 1);

	create.op.dbuf_create.flags = XENDISPL_DBUF_FLG_REQ_ALLOC;
	return create;
}

TEST_ALONE(supplies_a_buffer_and_shows_it)
{
	start_with_be_alloc(true);
	assert_int_equal(call(req_supply(1, 10)), 0);
	assert_int_equal(fake_supplied_pages(), 1);
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(call(req_fb_attach(1, 5, 10, 10, FAKE_XR24)), 0);
	assert_int_equal(call(req_set_config(5, 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(req_pg_flip(5)), 0);
	rig_wait_events(&rig, 0, 1);
	rig_teardown(&rig);
}

TEST_ALONE(lends_what_it_supplies_and_copies_nothing)
{
	struct consumer consumer = {.ways = XENAV_WAY_COPY | XENAV_WAY_DIRECT};

	start_with_be_alloc(true);
	assert_int_equal(call(req_supply(1, 10)), 0);
	assert_int_equal(call(req_fb_attach(1, 5, 10, 10, FAKE_XR24)), 0);
	assert_int_equal(call(req_set_config(5, 0, 0, 10, 10, 32)), 0);
	assert_int_equal(consumer_claim(&consumer, rig.connectors[0]), 0);
	connector_ready(rig.connectors[0], &consumer, false);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_false(consumer.copied);
	memset(fake_supplied(1), 0x5a, 400);
	assert_memory_equal(consumer_row(&consumer, 9), fake_supplied(1) + 360, 40);
	assert_int_equal(machine_calls(CALL_SLOT), 0);
	/* The buffer is back in the pool only when the consumer has released it. */
	assert_int_equal(call(req_dbuf_destroy(1)), 0);
	assert_int_equal(consumer.n_gone, 1);
	rig_teardown(&rig);
}

/* The buffer is back in the pool when the guest gets the answer. */
TEST_ALONE(supplies_no_more_than_the_guest_may_have)
{
	start_with_be_alloc(true);
	assert_int_equal(call(req_supply(1, 10)), 0);
	assert_int_equal(call(req_supply(2, 10)), 0);
	assert_int_equal(call(req_supply(3, 10)), -ENOSPC);
	assert_int_equal(call(req_dbuf_destroy(2)), 0);
	assert_int_equal(fake_supplied_pages(), 2);
	memset(fake_supplied(1), 0xaa, 4096);
	assert_int_equal(call(req_supply(3, 10)), 0);
	assert_int_equal(fake_supplied(1)[0], 0);
	/* A buffer of the same cookie is replaced. */
	assert_int_equal(call(req_supply(3, 10)), 0);
	assert_int_equal(fake_supplied_pages(), 2);
	rig_teardown(&rig);
}

TEST_ALONE(a_buffer_that_cannot_be_supplied_is_an_error_of_one_request)
{
	static const int errors[] = {-ENOSPC, -ENOENT, -ENXIO, -EACCES, -EFAULT, -EINVAL, -ENOMEM};

	start_with_be_alloc(true);
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		fail_call(CALL_ALLOC, 0, -errors[i]);
		assert_int_equal(call(req_supply(1, 10)), errors[i]);
		assert_int_equal(call(req_dbuf_destroy(1)), -ENOENT);
	}
	assert_int_equal(call(req_supply(1, 20)), 0);
	assert_int_equal(call(req_supply(2, 20)), 0);
	rig_teardown(&rig);
}

TEST_ALONE(checks_the_geometry_of_what_it_supplies)
{
	struct xendispl_req create;

	start_with_be_alloc(true);
	create = req_supply(1, 10);
	create.op.dbuf_create.data_ofs = 1;
	assert_int_equal(call(create), -EINVAL);
	create = req_supply(1, 10);
	create.op.dbuf_create.buffer_sz--;
	assert_int_equal(call(create), -EINVAL);
	/* An imported buffer has pages already. */
	create = req_supply(1, 0);
	create.op.dbuf_create.height = create.op.dbuf_create.bpp = 0;
	create.op.dbuf_create.buffer_sz = 400;
	assert_int_equal(call(create), -EINVAL);
	assert_int_equal(fake_supplied_pages(), 0);
	rig_teardown(&rig);
}

TEST_ALONE(a_display_that_ends_gives_back_what_is_on_its_way)
{
	struct xendispl_req create;

	for (unsigned steps = 0; steps < 3; steps++) {
		start_with_be_alloc(true);
		create = req_supply(1, 10);
		fake_send(0, &create);
		if (steps > 0)
			fake_worker_run();
		if (steps > 1)
			fake_worker_done();
		rig_disconnect(&rig);
		fake_worker_drain();
		assert_int_equal(fake_supplied_pages(), 1);
		supply_domain_gone(rig.supply, GUEST);
		fake_worker_drain();
		assert_int_equal(fake_supplied_pages(), 0);
		rig_teardown(&rig);
	}
}

TEST_ALONE(supplies_nothing_to_a_guest_that_may_not_have_it)
{
	struct xendispl_req create = req_dbuf_create(1, 10, 10, 32, 400, 1);

	start_with_be_alloc(false);
	fake_memory(1, 400);
	create.op.dbuf_create.flags = XENDISPL_DBUF_FLG_REQ_ALLOC;
	assert_int_equal(call(create), -EPERM);
	create.op.dbuf_create.flags = 0xfffffffeu;
	assert_int_equal(call(create), 0);
	rig_teardown(&rig);
}
