/* SPDX-License-Identifier: MIT */
/* daemon/buffer/keeping.c and pool-keep.c: the pools of supplied buffers across a restart. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer/keeping.h"
#include "buffer/offer.h"
#include "buffer/pool-priv.h"
#include "fdstore-rig.h"
#include "journal/journal.h"
#include "report/log.h"
#include "supply-rig.h"
#include "test.h"
#include "xenshbuf.h"

static int setup(void **state)
{
	log_threshold = LOG_LEVEL_ERR;
	fdstore_rig_reserve();
	supply_setup(state);
	fdstore_rig_setup(state);
	return journal_open(&supply_handles.journal);
}

static void close_all(void)
{
	work();
	supply_destroy(supply);
	supply = NULL;
	journal_close(supply_handles.journal);
	supply_handles.journal = NULL;
}

static int teardown(void **state)
{
	close_all();
	/* Only the journal is left. */
	assert_int_equal(fdstore_rig_count(NULL), 1);
	fdstore_rig_teardown(state);
	supply_teardown(state);
	fdstore_rig_unreserve();
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

/* -------- the end of a process -------- */

/* The journal's record stays, and so does what the store has. */
static void leave(struct pooled *pooled)
{
	pooled->number = 0;
	pooled->slot = NULL;
}

static void kill_it(void)
{
	struct pooled *pooled;
	struct pool *pool;

	work();
	LIST_FOREACH (pool, &supply->pools, link) {
		pool->slot = NULL;
		LIST_FOREACH (pooled, &pool->buffers, link)
			leave(pooled);
	}
	/* The dead free nothing by themselves: their descriptors are closed. */
	machine_order(CALL_FREE, MACHINE_ANY, 0, UINT32_MAX, EINVAL, 0);
	close_all();
	machine_order_nothing();
}

static void start_again(void)
{
	fdstore_rig_restart();
	assert_int_equal(journal_open(&supply_handles.journal), 0);
	assert_int_equal(supply_create(&supply, &supply_handles), 0);
	supply_recall(supply);
}

static void restart(void)
{
	kill_it();
	start_again();
}

/* -------- buffers -------- */

static struct pooled *supplied(const struct guest_info *guest, uint32_t pages)
{
	struct pooled *pooled = get(guest, pages);

	pool_filled(pooled);
	return pooled;
}

static struct guest_info named(uint16_t domid, const char *uuid)
{
	struct guest_info guest = guest_of(domid, 100);

	snprintf(guest.uuid, sizeof guest.uuid, "%s", uuid);
	return guest;
}

static int again_rc(const struct guest_info *guest, uint32_t number, uint32_t pages)
{
	struct pooled *pooled = NULL;

	return pool_take_again(supply, guest, number, pages, &pooled);
}

static unsigned n_records(uint8_t type)
{
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	while ((slot = journal_next_of_all(supply_handles.journal, type, slot)))
		n++;
	return n;
}

TEST(a_buffer_in_use_is_as_it_was)
{
	struct guest_info guest = named(GUEST, "1234");
	struct pooled *pooled = supplied(&guest, 10);
	const uint32_t number = pooled->number;
	uint32_t grefs[10];

	memcpy(grefs, xenshbuf_grefs(pool_shbuf(pooled)), sizeof grefs);
	strcpy(xenshbuf_data(pool_shbuf(pooled)), "picture");
	restart();
	assert_int_equal(again_rc(&guest, number, 11), -ENOENT);
	assert_int_equal(pool_take_again(supply, &guest, number, 9, &pooled), 0);
	assert_string_equal(xenshbuf_data(pool_shbuf(pooled)), "picture");
	assert_memory_equal(grefs, xenshbuf_grefs(pool_shbuf(pooled)), sizeof grefs);
	assert_int_equal(again_rc(&guest, number, 9), -ENOENT);
	assert_int_equal(supply_pages(supply), 10);
	assert_int_equal(made_buffers(), 1);
}

TEST(a_buffer_that_was_not_in_use_is_supplied_again)
{
	struct guest_info guest = named(GUEST, "1234");
	struct pooled *pooled = supplied(&guest, 10);

	strcpy(xenshbuf_data(pool_shbuf(pooled)), "picture");
	pool_give_back(pooled);
	for (unsigned i = 0; i < 3; i++) {
		restart();
		pooled = supplied(&guest, 8);
		assert_string_equal(xenshbuf_data(pool_shbuf(pooled)), "");
		strcpy(xenshbuf_data(pool_shbuf(pooled)), "picture");
		assert_int_equal(made_buffers(), 1);
		assert_int_equal(n_records(JOURNAL_BUFFER), 1);
	}
}

TEST(limits_count_what_was_supplied_before)
{
	struct guest_info guest = named(GUEST, "1234");
	const uint32_t number = supplied(&guest, 60)->number;

	restart();
	assert_int_equal(again_rc(&guest, number, 60), 0);
	assert_int_equal(take_rc(&guest, 41), -ENOSPC);
	restart();
	guest.policy.max_supplied_pages = 59;
	assert_int_equal(again_rc(&guest, number, 60), -ENOSPC);
}

TEST(numbers_are_not_used_twice)
{
	struct guest_info guest = named(GUEST, "1234");
	const uint32_t number = supplied(&guest, 1)->number;

	assert_int_equal(supplied(&guest, 2)->number, number + 1);
	restart();
	assert_int_equal(supplied(&guest, 4)->number, number + 2);
}

TEST(a_buffer_is_kept_until_its_domain_is_gone)
{
	struct guest_info guest = named(GUEST, "1234");
	struct guest_info other = named(NEIGHBOUR, "5678");

	pool_give_back(supplied(&guest, 3));
	pool_give_back(supplied(&other, 4));
	restart();
	assert_int_equal(fdstore_rig_count(NULL), 5);
	supply_domain_gone(supply, GUEST);
	work();
	assert_int_equal(supply_pages(supply), 4);
	assert_int_equal(fdstore_rig_count(NULL), 3);
	assert_int_equal(n_records(JOURNAL_BUFFER), 1);
	restart();
	assert_int_equal(supply_pages(supply), 4);
}

static void note_domid(uint16_t domid, void *data)
{
	*(unsigned *)data |= 1u << domid;
}

TEST(the_domains_of_all_pools_can_be_looked_at)
{
	struct guest_info guest = named(GUEST, "1234");
	struct guest_info other = named(NEIGHBOUR, "5678");
	unsigned domids = 0;

	supplied(&guest, 3);
	supplied(&other, 4);
	restart();
	supply_each_domain(supply, note_domid, &domids);
	assert_int_equal(domids, 1u << GUEST | 1u << NEIGHBOUR);
}

TEST(another_domain_of_the_same_number_gets_nothing)
{
	struct guest_info before = named(GUEST, "1234");
	struct guest_info now = named(GUEST, "5678");
	const uint32_t number = supplied(&before, 3)->number;

	restart();
	assert_int_equal(again_rc(&now, number, 3), -ENOENT);
	work();
	assert_int_equal(supply_pages(supply), 0);
	assert_int_equal(fdstore_rig_count(NULL), 1);
}

TEST(the_pools_of_two_domains_that_had_the_number_are_told_apart)
{
	struct guest_info before = named(GUEST, "1234");
	struct guest_info now = named(GUEST, "5678");
	uint32_t number;

	supplied(&before, 3);
	number = supplied(&now, 4)->number;
	assert_int_equal(n_records(JOURNAL_BUFFER), 2);
	restart();
	assert_int_equal(supply_pages(supply), 7);
	assert_int_equal(again_rc(&now, number, 4), 0);
	work();
	assert_int_equal(supply_pages(supply), 4);
	assert_int_equal(fdstore_rig_count(NULL), 3);
}

TEST(pages_of_offers_stay_charged)
{
	struct guest_info guest = named(GUEST, "1234");
	const struct supply_offer offer = {.key = 1, .fd = offered_fd, .pages = 30};
	struct pooled *pooled;

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(offer_take(supply, &guest, &offer, &pooled), 0);
		assert_int_equal(offer_fill(pooled, directory_of(&guest), 30 * 4096), 0);
		pool_filled(pooled);
		pool_give_back(pooled);
	}
	restart();
	restart();
	assert_int_equal(n_records(JOURNAL_CHARGE), 1);
	/* The guest may have 100, and half of it in offers. */
	assert_int_equal(take_rc(&guest, 71), -ENOSPC);
	assert_int_equal(offer_take(supply, &guest, &offer, &pooled), -ENOSPC);
	supply_domain_gone(supply, GUEST);
	assert_int_equal(n_records(JOURNAL_CHARGE), 0);
}

/* Each has two names in the environment of the next process. */
TEST(no_more_buffers_are_kept_than_the_next_process_can_be_told_of)
{
	struct pooled *pooled = NULL;
	unsigned n_kept = 0;

	for (uint16_t domid = 100; domid < 140; domid++) {
		struct guest_info guest = guest_of(domid, 1000);

		for (unsigned i = 0; i < SUPPLY_MAX_BUFFERS_PER_DOMAIN; i++) {
			assert_int_equal(pool_take(supply, &guest, 1, &pooled), 0);
			n_kept += pooled->number != 0;
		}
	}
	assert_int_equal(n_kept, SUPPLY_MAX_KEPT);
	supply_domain_gone(supply, 100);
	pool_give_back(pooled);
	assert_int_equal(supply->n_kept, SUPPLY_MAX_KEPT);
	pool_give_back(LIST_FIRST(&LIST_FIRST(&supply->pools)->buffers));
}

TEST(nothing_is_kept_without_a_journal)
{
	struct guest_info guest = named(GUEST, "1234");
	struct journal *journal = supply_handles.journal;
	struct pooled *pooled;

	supply_handles.journal = NULL;
	pooled = supplied(&guest, 3);
	assert_int_equal(pooled->number, 0);
	assert_null(pooled->slot);
	assert_int_equal(fdstore_rig_count(NULL), 1);
	supply_handles.journal = journal;
}

/* -------- what is damaged -------- */

/* What was supplied is gone, and nothing of it is left. */
static void assert_left_out(uint32_t number)
{
	struct guest_info guest = named(GUEST, "1234");

	start_again();
	assert_int_equal(again_rc(&guest, number, 1), -ENOENT);
	assert_int_equal(supply_pages(supply), 0);
	assert_int_equal(n_records(JOURNAL_BUFFER), 0);
	assert_int_equal(fdstore_rig_count("grefs-1") + fdstore_rig_count("gntalloc-1"), 0);
}

/* Another descriptor of that name, instead of what the daemon has put there. */
static void replace(const char *name, int fd)
{
	assert_true(fd >= 0);
	fdstore_rig_drop(name);
	fdstore_rig_put(name, fd);
	close(fd);
}

static int memfd(size_t size_bytes, int seals)
{
	const int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, (off_t)size_bytes), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

TEST(a_buffer_without_a_descriptor_is_left_out)
{
	static const char *const names[] = {"grefs-1", "gntalloc-1"};
	struct guest_info guest = named(GUEST, "1234");

	for (unsigned i = 0; i < 2; i++) {
		const uint32_t number = supplied(&guest, 3)->number;

		assert_int_equal(number, 1);
		kill_it();
		fdstore_rig_drop(names[i]);
		assert_left_out(number);
	}
}

TEST(grefs_that_anybody_could_change_are_not_trusted)
{
	struct guest_info guest = named(GUEST, "1234");
	const int fds[] = {
		memfd(12, ALL_SEALS & ~F_SEAL_WRITE),
		memfd(16, ALL_SEALS),
		memfd(8, ALL_SEALS),
		memfd(12, ALL_SEALS), /* but all grefs are 0 */
		open("/dev/null", O_RDWR | O_CLOEXEC),
	};

	for (unsigned i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		const uint32_t number = supplied(&guest, 3)->number;

		kill_it();
		replace("grefs-1", fds[i]);
		assert_left_out(number);
	}
}

TEST(a_stranger_is_not_taken_for_pages)
{
	struct guest_info guest = named(GUEST, "1234");
	const uint32_t number = supplied(&guest, 3)->number;

	kill_it();
	replace("gntalloc-1", memfd(3 * 4096, 0));
	assert_left_out(number);
}

static struct kept_buffer sound_buffer(void)
{
	return (struct kept_buffer){.number = 1, .pages = 3, .domid = GUEST, .uuid = "1234"};
}

TEST(records_that_no_daemon_writes_are_refused)
{
	struct kept_charge charge = {.pages = 1, .domid = GUEST, .uuid = "1234"};
	struct kept_buffer kept = sound_buffer();

	assert_int_equal(kept_buffer_check(&kept), 0);
	kept.number = 0;
	assert_int_equal(kept_buffer_check(&kept), -EINVAL);
	/* No number would be left for the next buffer. */
	kept.number = UINT32_MAX;
	assert_int_equal(kept_buffer_check(&kept), -EINVAL);
	kept = sound_buffer();
	kept.pages = 0;
	assert_int_equal(kept_buffer_check(&kept), -EINVAL);
	kept.pages = XENSHBUF_MAX_PAGES + 1;
	assert_int_equal(kept_buffer_check(&kept), -EINVAL);
	kept = sound_buffer();
	memset(kept.uuid, 'a', sizeof kept.uuid);
	assert_int_equal(kept_buffer_check(&kept), -EINVAL);

	assert_int_equal(kept_charge_check(&charge), 0);
	charge.pages = 0;
	assert_int_equal(kept_charge_check(&charge), -EINVAL);
	charge.pages = UINT32_MAX;
	assert_int_equal(kept_charge_check(&charge), -EINVAL);
	charge.pages = 1;
	memset(charge.uuid, 'a', sizeof charge.uuid);
	assert_int_equal(kept_charge_check(&charge), -EINVAL);
}

TEST(a_record_of_a_buffer_there_is_already_is_left_out)
{
	struct guest_info guest = named(GUEST, "1234");
	struct kept_buffer kept = sound_buffer();

	kept.offset_bytes = xenshbuf_gntalloc_offset(pool_shbuf(supplied(&guest, 3)));
	keeping_buffer(supply_handles.journal, &kept);
	restart();
	assert_int_equal(supply_pages(supply), 3);
	assert_int_equal(n_records(JOURNAL_BUFFER), 1);
	assert_int_equal(fdstore_rig_count(NULL), 3);
}
