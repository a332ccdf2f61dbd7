/* SPDX-License-Identifier: MIT */
/* daemon/buffer/pool.c: the pools of supplied buffers. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/log.h"
#include "supply-rig.h"
#include "test.h"
#include "xenshbuf.h"

#define TEST(name) TEST_WITH(name, supply_setup, supply_teardown)

TEST(the_smallest_buffer_that_fits_is_taken)
{
	static const uint32_t sizes[] = {8, 2, 16, 4};
	struct guest_info guest = guest_of(GUEST, 100);
	struct pooled *all[4];
	struct pooled *got;

	for (int i = 0; i < 4; i++)
		all[i] = get(&guest, sizes[i]);
	for (int i = 0; i < 4; i++)
		pool_give_back(all[i]);
	got = get(&guest, 3);
	assert_ptr_equal(got, all[3]);
	assert_ptr_equal(get(&guest, 3), all[0]);
	assert_ptr_equal(get(&guest, 16), all[2]);
	pool_give_back(got);
	assert_ptr_equal(get(&guest, 4), got);
	assert_int_equal(made_buffers(), 4);
}

TEST(no_mix_of_sizes_costs_more_than_the_policy_allows)
{
	struct guest_info guest = guest_of(GUEST, 1000);
	struct pooled *held[40] = {0};
	unsigned n_refused = 0;
	unsigned seed = 1;

	for (int i = 0; i < 20000; i++) {
		unsigned at = (unsigned)rand_r(&seed) % 40;
		uint32_t pages = 1 + (uint32_t)rand_r(&seed) % 100;
		int rc;

		if (held[at]) {
			pool_give_back(held[at]);
			held[at] = NULL;
			continue;
		}
		rc = pool_take(supply, &guest, pages, &held[at]);
		if (rc == 0) {
			assert_int_equal(pool_fill(held[at], directory_of(&guest), pages * 4096),
					 0);
		} else {
			assert_int_equal(rc, -ENOSPC);
			n_refused++;
		}
		assert_true(granted_pages() <= 1000);
		assert_true(present_buffers() <= SUPPLY_MAX_BUFFERS_PER_DOMAIN);
	}
	assert_true(n_refused > 0);
}

TEST(small_buffers_are_limited_in_number)
{
	struct guest_info guest = guest_of(GUEST, 32768);

	for (int i = 0; i < SUPPLY_MAX_BUFFERS_PER_DOMAIN; i++)
		get(&guest, 1);
	assert_int_equal(take_rc(&guest, 1), -ENOSPC);
}

TEST(a_limit_that_was_lowered_below_what_is_used_holds)
{
	struct guest_info guest = guest_of(GUEST, 100);
	struct pooled *supplied = get(&guest, 60);

	guest.policy.max_supplied_pages = 10;
	assert_int_equal(take_rc(&guest, 1), -ENOSPC);
	pool_give_back(supplied);
	assert_ptr_equal(get(&guest, 60), supplied);
	assert_int_equal(take_rc(&guest, UINT32_MAX), -ENOSPC);
}

TEST(domains_share_nothing)
{
	struct guest_info one = guest_of(GUEST, 10);
	struct guest_info two = guest_of(NEIGHBOUR, 10);

	pool_give_back(get(&one, 10));
	pool_give_back(get(&two, 10));
	assert_int_equal(made_buffers(), 2);
	supply_domain_gone(supply, GUEST);
	work();
	assert_int_equal(present_buffers(), 1);
	pool_give_back(get(&two, 10));
	assert_int_equal(made_buffers(), 2);
}

TEST(what_is_in_use_when_its_domain_goes_follows_when_it_is_given_back)
{
	struct guest_info guest = guest_of(GUEST, 10);
	struct pooled *used = get(&guest, 4);

	pool_give_back(get(&guest, 3));
	supply_domain_gone(supply, GUEST);
	supply_domain_gone(supply, GUEST);
	work();
	assert_int_equal(present_buffers(), 1);
	pool_give_back(used);
	work();
	assert_int_equal(present_buffers(), 0);
}

TEST(the_next_domain_of_the_same_number_has_a_pool_of_its_own)
{
	struct guest_info guest = guest_of(GUEST, 10);
	struct pooled *old = get(&guest, 10);
	struct pooled *new;

	supply_domain_gone(supply, GUEST);
	new = get(&guest, 10);
	assert_int_equal(made_buffers(), 2);
	pool_give_back(old);
	work();
	assert_int_equal(present_buffers(), 1);
	pool_give_back(new);
	assert_ptr_equal(get(&guest, 10), new);
}

/* xenstored may not have reported the end of the previous guest. */
TEST(another_guest_of_the_same_number_gets_nothing_of_the_one_before)
{
	struct guest_info guest = guest_of(GUEST, 10);

	strcpy(guest.uuid, "11111111-1111-1111-1111-111111111111");
	pool_give_back(get(&guest, 10));
	strcpy(guest.uuid, "22222222-2222-2222-2222-222222222222");
	get(&guest, 10);
	work();
	assert_int_equal(made_buffers(), 2);
	assert_int_equal(present_buffers(), 1);
}

TEST(a_buffer_that_cannot_be_made_leaves_nothing_on_the_account)
{
	struct guest_info guest = guest_of(GUEST, 10);
	struct pooled *supplied = NULL;
	unsigned n_made;

	for (int i = 0; i < 200; i++) {
		fail_call(CALL_ALLOC, 0, ENOSPC);
		assert_int_equal(pool_take(supply, &guest, 10, &supplied), 0);
		assert_int_equal(pool_fill(supplied, directory_of(&guest), 10 * 4096), -ENOSPC);
		pool_give_back(supplied);
	}
	n_made = made_buffers();
	pool_give_back(get(&guest, 10));
	/* An error of filling a buffer again does not end it. */
	assert_int_equal(pool_take(supply, &guest, 10, &supplied), 0);
	assert_int_equal(pool_fill(supplied, 0, 10 * 4096), -EINVAL);
	pool_give_back(supplied);
	assert_ptr_equal(get(&guest, 5), supplied);
	assert_int_equal(made_buffers(), n_made + 1);
}

static void assert_explains(int rc, const char *what)
{
	char text[320];

	supply_explain(supply, rc, 2025 * 4096, text, sizeof text);
	if (!strstr(text, what))
		fail_msg("\"%s\" does not say \"%s\"", text, what);
	assert_true(strlen(text) < sizeof text - 1);
}

TEST(every_limit_is_named_with_the_way_to_raise_it)
{
	struct guest_info guest = guest_of(GUEST, 5000);
	struct pooled *supplied = get(&guest, 10);

	machine->alloc_limit = 2034;
	assert_explains(-ENOSPC, "limit of 2034 pages is reached");
	machine->alloc_limit = 2035;
	assert_explains(-ENOSPC, "grant table is full");
	machine->alloc_limit = 5;
	assert_explains(-ENOSPC, "limit of 5 pages is reached");
	assert_explains(-ENOSPC, "options xen-gntalloc limit=");
	assert_explains(-ENOSPC, "/sys/module/xen_gntalloc/parameters/limit");
	machine->alloc_limit = UINT32_MAX;
	assert_explains(-ENOSPC, "gnttab_max_frames=");
	assert_explains(-ENOSPC, "4294967295");
	assert_explains(-ENOENT, "modprobe xen-gntalloc");
	assert_explains(-ENXIO, "/dev/xen/gntalloc");
	assert_explains(-EACCES, "/dev/xen/gntalloc");
	assert_explains(-EFAULT, "gnttab_max_maptrack_frames=");
	assert_explains(-EINVAL, "cannot be supplied");
	machine->alloc_absent = true;
	assert_explains(-ENOSPC, "no pages left");
	pool_give_back(supplied);
}
