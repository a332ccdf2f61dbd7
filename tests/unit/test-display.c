/* SPDX-License-Identifier: MIT */
/*
 * A vdispl device: its requests and their answers, its tables and limits.  After every test nothing
 * may be mapped, open or running, see rig_teardown().
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "buffer/gbuf.h"
#include "display-two.h"
#include "machine-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

/* -------- requests -------- */

TEST(announces_its_connectors_once_connected)
{
	struct connector_info info;

	assert_int_equal(rig.n_connectors, 2);
	connector_get_info(rig.connectors[1], &info);
	assert_int_equal(info.guest->domid, GUEST);
	assert_int_equal(info.devid, 0);
	assert_int_equal(info.index, 1);
	assert_int_equal(info.width_px, 640);
	assert_int_equal(info.height_px, 480);
	assert_string_equal(info.guest->name, "guest");
	assert_string_equal(info.unique_id, "1");
}

TEST(serves_a_client_from_create_to_destroy)
{
	rig_make_fb(1, 800, 600);
	rig_make_fb(2, 800, 600);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 800, 600, 32)), 0);
	assert_int_equal(fake.channels[0].n_events, 0);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(2))), 0);
	rig_wait_events(&rig, FIRST, 1);
	assert_int_equal(fake.channels[0].events[0], rig_fb(2));
	assert_int_equal(call(FIRST, req_set_config(0, 0, 0, 0, 0, 0)), 0);
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(call(FIRST, req_fb_detach(rig_fb(i))), 0);
		assert_int_equal(call(FIRST, req_dbuf_destroy(0x100 + i)), 0);
	}
	assert_int_equal(mapped_pages(), 0);
}

TEST(refuses_the_cookie_0)
{
	fake_memory(1, 4096);
	assert_int_equal(call(FIRST, req_dbuf_create(0, 10, 10, 32, 400, 1)), -EINVAL);
	assert_int_equal(call(FIRST, req_dbuf_create(1, 10, 10, 32, 400, 1)), 0);
	assert_int_equal(call(FIRST, req_fb_attach(1, 0, 10, 10, FAKE_XR24)), -EINVAL);
	assert_int_equal(call(FIRST, req_set_config(0, 0, 0, 10, 10, 32)), -ENOENT);
	assert_int_equal(call(FIRST, req_pg_flip(0)), -ENOENT);
	assert_int_equal(call(FIRST, req_fb_detach(0)), -ENOENT);
	assert_int_equal(call(FIRST, req_dbuf_destroy(0)), -ENOENT);
}

TEST(says_enoent_for_cookies_it_does_not_know)
{
	rig_make_fb(1, 10, 10);
	assert_int_equal(call(FIRST, req_dbuf_destroy(77)), -ENOENT);
	assert_int_equal(call(FIRST, req_fb_detach(77)), -ENOENT);
	assert_int_equal(call(FIRST, req_fb_attach(77, 2, 10, 10, FAKE_XR24)), -ENOENT);
	assert_int_equal(call(FIRST, req_set_config(77, 0, 0, 10, 10, 32)), -ENOENT);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(FIRST, req_pg_flip(77)), -ENOENT);
}

TEST(never_maps_what_makes_no_sense)
{
	static const uint32_t bad[][4] = {
		/* w, h, bpp, size */
		{10, 10, 32, 399},
		{10, 10, 32, 0},
		{0, 10, 32, 400},
		{10, 0, 32, 400},
		{10, 10, 0, 400},
		{10, 10, 65, 4096},
		{16385, 1, 1, 4096},
		{1, 16385, 1, 65536},
		{0x80000000u, 1, 1, 4096},
		{1, 0x80000000u, 1, 4096},
		{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
		{65536, 65536, 32, 4096},
	};

	fake_memory(1, 65536);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(call(FIRST, req_dbuf_create(1, bad[i][0], bad[i][1], bad[i][2],
							     bad[i][3], 1)),
				 -EINVAL);
	assert_int_equal(machine_calls(CALL_MAP), 0);
}

TEST(honours_data_ofs)
{
	struct xendispl_req create = req_dbuf_create(1, 10, 10, 32, 4096 + 400, 1);

	fake_memory(1, 8192);
	create.op.dbuf_create.data_ofs = 4097;
	assert_int_equal(call(FIRST, create), -EINVAL);
	create.op.dbuf_create.data_ofs = UINT32_MAX;
	assert_int_equal(call(FIRST, create), -EINVAL);
	create.op.dbuf_create.data_ofs = 4096;
	assert_int_equal(call(FIRST, create), 0);
}

TEST(takes_imported_buffers_without_geometry)
{
	fake_memory(1, 8192);
	assert_int_equal(call(FIRST, req_dbuf_create(1, 0, 0, 0, 8192, 1)), 0);
	assert_int_equal(call(FIRST, req_fb_attach(1, 2, 32, 64, FAKE_XR24)), 0);
	assert_int_equal(call(FIRST, req_fb_attach(1, 3, 32, 65, FAKE_XR24)), -EINVAL);
}

TEST(replaces_a_dbuf_that_is_created_again)
{
	struct xendispl_req again = req_dbuf_create(0x101, 20, 20, 32, 1600, 50);

	rig_make_fb(1, 10, 10);
	fake_memory(50, 1600);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(FIRST, again), 0);
	assert_int_equal(machine_calls(CALL_MAP), 2);
	assert_int_equal(mapped_pages(), 1);
	/* Its framebuffers went with it. */
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1))), -ENOENT);
	assert_int_equal(call(FIRST, req_fb_attach(0x101, 7, 20, 20, FAKE_XR24)), 0);
}

TEST(replaces_a_framebuffer_that_is_attached_again)
{
	rig_make_fb(1, 10, 10);
	rig_make_fb(2, 20, 20);
	assert_int_equal(call(FIRST, req_fb_attach(0x102, rig_fb(1), 20, 20, FAKE_XR24)), 0);
	assert_int_equal(call(FIRST, req_dbuf_destroy(0x101)), 0);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 19, 19, 20, 20, 32)), 0);
}

TEST(unmaps_before_it_answers_a_destroy)
{
	struct xendispl_req destroy = req_dbuf_destroy(0x101);
	unsigned n_rsp;

	rig_make_fb(1, 10, 10);
	n_rsp = fake.channels[0].n_rsp;
	fake_send(FIRST, &destroy);
	assert_int_equal(mapped_pages(), 1);
	assert_int_equal(fake.channels[0].n_rsp, n_rsp);
	assert_true(fake_worker_run());
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(fake.channels[0].n_rsp, n_rsp);
	assert_true(fake_worker_done());
	assert_int_equal(fake.channels[0].n_rsp, n_rsp + 1);
	assert_int_equal(fake.channels[0].rsp.status, 0);
}

TEST(ignores_req_alloc_unless_the_frontend_declared_it)
{
	struct xendispl_req create = req_dbuf_create(1, 10, 10, 32, 400, 1);

	fake_memory(1, 400);
	create.op.dbuf_create.flags = XENDISPL_DBUF_FLG_REQ_ALLOC;
	assert_int_equal(call(FIRST, create), 0);
	create.op.dbuf_create.flags = UINT32_MAX;
	create.op.dbuf_create.dbuf_cookie = 2;
	assert_int_equal(call(FIRST, create), 0);
}

TEST(checks_every_field_of_set_config)
{
	static const uint32_t bpps[] = {0, 65, 0x80000000u, UINT32_MAX};
	static const uint32_t outside[] = {10, 11, 0x80000000u, UINT32_MAX};

	rig_make_fb(1, 10, 10);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 10, bpps[i])),
				 -EINVAL);
		assert_int_equal(call(FIRST, req_set_config(rig_fb(1), outside[i], 0, 10, 10, 32)),
				 -EINVAL);
		assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, outside[i], 10, 10, 32)),
				 -EINVAL);
	}
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 0, 10, 32)), -EINVAL);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 0, 32)), -EINVAL);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 9, 9, UINT32_MAX, UINT32_MAX, 64)),
			 0);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 1, 1, 1)), 0);
}

TEST(refuses_a_flip_of_a_connector_that_is_not_configured)
{
	rig_make_fb(1, 10, 10);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1))), -EINVAL);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(FIRST, req_set_config(0, 0, 0, 0, 0, 0)), 0);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1))), -EINVAL);
}

TEST(refuses_a_flip_to_a_framebuffer_outside_the_view)
{
	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 50, 50);
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 60, 0, 100, 100, 32)), 0);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(2))), -EINVAL);
	/* A refused flip has no event. */
	assert_int_equal(rig_timers(&rig), 0);
}

TEST(serves_other_connectors_while_one_waits_for_a_mapping)
{
	struct xendispl_req create = req_dbuf_create(0x150, 10, 10, 32, 400, 50);

	rig_make_fb(1, 10, 10);
	fake_memory(50, 400);
	fake_send(FIRST, &create);
	assert_int_equal(call(SECOND, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
	assert_int_equal(call(SECOND, req_pg_flip(rig_fb(1))), 0);
	assert_true(fake.channels[0].ch->busy);
	fake_worker_drain();
	assert_false(fake.channels[0].ch->busy);
	assert_int_equal(fake.channels[0].rsp.status, 0);
}

/* -------- limits -------- */

TEST(has_room_for_64_display_buffers)
{
	fake_memory(1, 4096);
	for (unsigned i = 1; i <= 64; i++)
		assert_int_equal(call(FIRST, req_dbuf_create(i, 10, 10, 32, 400, 1)), 0);
	assert_int_equal(call(FIRST, req_dbuf_create(65, 10, 10, 32, 400, 1)), -ENOSPC);
	assert_int_equal(mapped_pages(), 64);
	assert_int_equal(call(FIRST, req_dbuf_create(64, 10, 10, 32, 400, 1)), 0);
	assert_int_equal(call(FIRST, req_dbuf_destroy(1)), 0);
	assert_int_equal(call(FIRST, req_dbuf_create(65, 10, 10, 32, 400, 1)), 0);
}

TEST(has_room_for_128_framebuffers)
{
	rig_make_fb(1, 10, 10);
	for (unsigned i = 2; i <= 128; i++)
		assert_int_equal(call(FIRST, req_fb_attach(0x101, i, 10, 10, FAKE_XR24)), 0);
	assert_int_equal(call(FIRST, req_fb_attach(0x101, 129, 10, 10, FAKE_XR24)), -ENOSPC);
	assert_int_equal(call(FIRST, req_fb_attach(0x101, 128, 9, 9, FAKE_XR24)), 0);
	assert_int_equal(call(FIRST, req_fb_detach(2)), 0);
	assert_int_equal(call(FIRST, req_fb_attach(0x101, 129, 10, 10, FAKE_XR24)), 0);
	/* A dbuf takes all of its framebuffers with it. */
	assert_int_equal(call(FIRST, req_dbuf_destroy(0x101)), 0);
	assert_int_equal(call(FIRST, req_fb_detach(129)), -ENOENT);
}

/* In two buffers; mapped pages count, not requests. */
TEST(maps_no_more_than_a_domain_may_have)
{
	const uint32_t half = MAPPED_PAGES / 2 * 4096;

	fake_memory(1, half);
	assert_int_equal(call(FIRST, req_dbuf_create(1, 0, 0, 0, UINT32_MAX, 1)), -ENOSPC);
	assert_int_equal(call(FIRST, req_dbuf_create(1, 0, 0, 0, half, 1)), 0);
	assert_int_equal(call(FIRST, req_dbuf_create(2, 0, 0, 0, half + 1, 1)), -ENOSPC);
	assert_int_equal(call(FIRST, req_dbuf_create(2, 0, 0, 0, half, 1)), 0);
	assert_int_equal(call(FIRST, req_dbuf_create(3, 0, 0, 0, 1, 1)), -ENOSPC);
	/* Creating again takes no more than before. */
	assert_int_equal(call(FIRST, req_dbuf_create(2, 0, 0, 0, half, 1)), 0);
	/* Failing costs nothing. */
	assert_int_equal(call(FIRST, req_dbuf_destroy(1)), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(call(FIRST, req_dbuf_create(1, 0, 0, 0, half, 99)), -EFAULT);
	assert_int_equal(call(FIRST, req_dbuf_create(1, 0, 0, 0, half, 1)), 0);
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
