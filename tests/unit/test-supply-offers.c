/* SPDX-License-Identifier: MIT */
/* daemon/buffer/offer.c: the dma-bufs that consumers offer. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer/offer.h"
#include "supply-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, supply_setup, supply_teardown)

static int take_offer(const struct guest_info *guest, uint64_t key, uint32_t pages,
		      struct pooled **out)
{
	const struct supply_offer offer = {.key = key, .fd = offered_fd, .pages = pages};

	return offer_take(supply, guest, &offer, out);
}

TEST(an_offer_is_granted_once_as_long_as_it_stands)
{
	struct guest_info guest = guest_of(GUEST, 100);
	struct pooled *supplied, *other;

	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(take_offer(&guest, 1, 10, &supplied), 0);
		assert_int_equal(take_offer(&guest, 1, 10, &other), -EBUSY);
		assert_true(supply_offer_is_taken(supply, 1));
		assert_int_equal(offer_fill(supplied, directory_of(&guest), 10 * 4096), 0);
		pool_give_back(supplied);
		assert_false(supply_offer_is_taken(supply, 1));
	}
	assert_int_equal(machine_calls(CALL_DMABUF_IMPORT), 1);
	assert_int_equal(supply_pages(supply), 10);
	/* The pool does not use an offer for other buffers. */
	pool_give_back(get(&guest, 10));
	assert_int_equal(made_buffers(), 1);
	supply_end_offer(supply, 1);
	work();
	assert_int_equal(granted_pages(), 10);
	assert_int_equal(supply_pages(supply), 10);
}

TEST(an_offer_that_is_used_ends_when_it_is_given_back)
{
	struct guest_info guest = guest_of(GUEST, 100);
	struct pooled *supplied;

	assert_int_equal(take_offer(&guest, 1, 10, &supplied), 0);
	assert_int_equal(offer_fill(supplied, directory_of(&guest), 10 * 4096), 0);
	supply_end_offer(supply, 1);
	supply_domain_gone(supply, GUEST);
	work();
	assert_int_equal(granted_pages(), 10);
	pool_give_back(supplied);
	work();
	assert_int_equal(granted_pages(), 0);
	assert_int_equal(supply_pages(supply), 0);
}

TEST(offers_leave_half_for_our_own)
{
	struct guest_info guest = guest_of(GUEST, 100);
	struct pooled *supplied;

	assert_int_equal(take_offer(&guest, 1, 51, &supplied), -ENOSPC);
	assert_int_equal(take_offer(&guest, 1, 30, &supplied), 0);
	pool_give_back(supplied);
	assert_int_equal(take_offer(&guest, 2, 21, &supplied), 0);
	pool_give_back(supplied);
	/* Offers that were never granted are not kept. */
	work();
	assert_int_equal(supply_pages(supply), 0);
	pool_give_back(get(&guest, 60));
	assert_int_equal(take_offer(&guest, 3, 41, &supplied), -ENOSPC);
}

TEST(an_offer_that_cannot_be_granted_leaves_nothing)
{
	struct guest_info guest = guest_of(GUEST, 100);
	struct pooled *supplied;

	fail_call(CALL_DMABUF_IMPORT, 0, EINVAL);
	assert_int_equal(take_offer(&guest, 1, 10, &supplied), 0);
	assert_int_equal(offer_fill(supplied, directory_of(&guest), 10 * 4096), -EINVAL);
	pool_give_back(supplied);
	assert_false(supply_offer_is_granted(supply, 1));
	work();
	assert_int_equal(supply_pages(supply), 0);
	/* An invalid directory is not an error of the offer. */
	assert_int_equal(take_offer(&guest, 2, 10, &supplied), 0);
	assert_int_equal(offer_fill(supplied, UINT32_MAX, 10 * 4096), -EFAULT);
	pool_give_back(supplied);
	assert_true(supply_offer_is_granted(supply, 2));
}

/* The guest may keep a granted offer mapped, and the kernel does not say whether it does. */
TEST(an_offer_is_charged_until_its_domain_is_gone)
{
	struct guest_info guest = guest_of(GUEST, 256);
	struct pooled *supplied;
	uint32_t granted = 0;

	for (unsigned key = 1; key <= 30; key++) {
		if (take_offer(&guest, key, 64, &supplied) < 0)
			continue;
		assert_int_equal(offer_fill(supplied, directory_of(&guest), 64 * 4096), 0);
		granted += 64;
		pool_give_back(supplied);
		supply_end_offer(supply, key);
		work();
	}
	assert_int_equal(granted, 128);
	assert_int_equal(granted_pages(), 0);
	assert_int_equal(take_rc(&guest, 129), -ENOSPC);
	pool_give_back(get(&guest, 128));
	assert_int_equal(take_offer(&guest, 31, 1, &supplied), -ENOSPC);
	/* Other guests are not charged, nor is the next guest with that number. */
	supply_domain_gone(supply, GUEST);
	work();
	assert_int_equal(supply_pages(supply), 0);
	assert_int_equal(take_offer(&guest, 32, 128, &supplied), 0);
	pool_give_back(supplied);
}

/* Also when the domain has nothing else, and whether xenstored or a new uuid ends it. */
TEST(what_ended_offers_cost_goes_with_their_domain)
{
	struct guest_info guest = guest_of(GUEST, 100);
	struct guest_info next = guest_of(GUEST, 100);
	struct pooled *supplied;

	strcpy(next.uuid, "another");
	for (unsigned key = 1; key <= 4; key++) {
		const struct guest_info *who = key % 2 ? &guest : &next;

		assert_int_equal(take_offer(who, key, 50, &supplied), 0);
		assert_int_equal(offer_fill(supplied, directory_of(&guest), 50 * 4096), 0);
		if (key == 4)
			supply_domain_gone(supply, GUEST);
		supply_end_offer(supply, key);
		pool_give_back(supplied);
		work();
	}
	assert_int_equal(take_offer(&guest, 5, 50, &supplied), 0);
	pool_give_back(supplied);
}
