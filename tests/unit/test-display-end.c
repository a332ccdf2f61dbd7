/* SPDX-License-Identifier: MIT */
/*
 * The end of a vdispl device, from every state: before and while it connects, with requests on the
 * worker, with everything in use, and when its ring breaks or its channel is gone.  After every
 * test nothing may be mapped, open or running, see rig_teardown().
 */
#include <config.h>

#include <errno.h>
#include <unistd.h>

#include "display-two.h"
#include "machine-rig.h"
#include "test.h"

#define TEST(name)  TEST_WITH(name, setup, teardown)
#define ALONE(name) TEST_WITH(name, NULL, NULL)

ALONE(can_be_ended_before_it_was_connected)
{
	static const char *const one[] = {"640x480", NULL};

	rig_create(&rig, one, false);
	rig_disconnect(&rig);
	/* Never from inside of the call. */
	assert_int_equal(rig.n_gone, 0);
	fake_worker_drain();
	assert_int_equal(rig.n_gone, 1);
	rig_teardown(&rig);
}

ALONE(can_be_ended_while_it_connects)
{
	static const char *const one[] = {"640x480", NULL};

	for (unsigned steps = 0; steps < 2; steps++) {
		rig_create(&rig, one, false);
		rig_connect(&rig);
		if (steps == 1)
			assert_true(fake_worker_run());
		rig_disconnect(&rig);
		fake_worker_drain();
		assert_int_equal(rig.n_connected, 0);
		assert_int_equal(rig.n_gone, 1);
		rig_teardown(&rig);
	}
}

ALONE(announces_nothing_when_connecting_failed)
{
	static const char *const one[] = {"640x480", NULL};

	rig_create(&rig, one, false);
	fake.connect_rc = -EINVAL;
	rig_connect(&rig);
	fake_worker_drain();
	assert_int_equal(rig.n_connected, 1);
	assert_int_equal(rig.connected_rc, -EINVAL);
	assert_int_equal(rig.n_connectors, 0);
	rig_teardown(&rig);
}

ALONE(can_be_ended_while_a_buffer_is_mapped)
{
	static const char *const one[] = {"640x480", NULL};
	struct xendispl_req create = req_dbuf_create(1, 10, 10, 32, 400, 50);

	for (unsigned steps = 0; steps < 2; steps++) {
		rig_setup(&rig, one);
		fake_memory(50, 400);
		fake_send(FIRST, &create);
		if (steps == 1)
			assert_true(fake_worker_run());
		rig_disconnect(&rig);
		rig_teardown(&rig);
	}
}

ALONE(can_be_ended_while_a_buffer_is_unmapped_or_replaced)
{
	static const char *const one[] = {"640x480", NULL};
	struct xendispl_req reqs[] = {req_dbuf_destroy(0x101),
				      req_dbuf_create(0x101, 10, 10, 32, 400, 2)};

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned steps = 0; steps < 4; steps++) {
			rig_setup(&rig, one);
			rig_make_fb(1, 10, 10);
			fake_send(FIRST, &reqs[i]);
			for (unsigned s = 0; s < steps; s++)
				if (!(s % 2 ? fake_worker_done() : fake_worker_run()))
					break;
			rig_disconnect(&rig);
			rig_teardown(&rig);
		}
	}
}

TEST(can_be_ended_with_everything_in_use)
{
	for (unsigned i = 1; i <= 5; i++)
		rig_make_fb(i, 100, 100);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(2))), 0);
	assert_int_equal(call(SECOND, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(SECOND, req_pg_flip(rig_fb(3))), 0);
	assert_int_equal(mapped_pages(), 5 * 10);
	assert_int_equal(rig_timers(&rig), 2);
	rig_disconnect(&rig);
	assert_int_equal(rig_timers(&rig), 0);
	assert_int_equal(rig.n_connectors, 0);
	fake_worker_drain();
	assert_int_equal(mapped_pages(), 0);
}

/* The frontend's pages may turn out broken at any event: here in the middle of a request. */
TEST(survives_a_ring_that_breaks_while_it_sends_an_event)
{
	struct xendispl_req destroy = req_dbuf_destroy(0x101);

	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 100, 100);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1))), 0);
	fake.break_on_event = true;
	fake_send(FIRST, &destroy);
	assert_int_equal(rig.n_broke, 1);
	fake_worker_drain();
	assert_int_equal(rig.n_gone, 1);
}

TEST(survives_a_ring_that_breaks_at_a_flip)
{
	struct xendispl_req flip = req_pg_flip(rig_fb(2));

	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 100, 100);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1))), 0);
	fake.break_on_event = true;
	fake_send(FIRST, &flip);
	assert_int_equal(rig.n_broke, 1);
	fake_worker_drain();
	assert_int_equal(rig.n_gone, 1);
}

TEST(forgets_what_it_owes_a_channel_that_is_gone)
{
	rig_make_fb(1, 100, 100);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1))), 0);
	fake.event_rc = -ENOTCONN;
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1))), 0);
	while (rig_timers(&rig) > 0)
		assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
	assert_int_equal(fake.channels[0].n_events, 0);
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
