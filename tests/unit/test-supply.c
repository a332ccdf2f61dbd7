/* SPDX-License-Identifier: MIT */
/*
 * daemon/buffer/supply.c: the pools of supplied buffers.  The grants and the worker are here; a
 * buffer has a page of its own for whoever it was granted to, and knows who that was.
 */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "buffer/supply.h"
#include "config/policy.h"
#include "report/log.h"
#include "xen/channel.h"
#include "xen/dmabuf.h"
#include "xen/gnttab.h"
#include "xenshbuf.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

struct xenshbuf {
	uint16_t domid;
	uint32_t pages;
	uint8_t content;
};

static struct {
	unsigned n_buffers;
	uint32_t n_pages;
	unsigned n_made;
	unsigned n_imports;  /* now */
	unsigned n_imported; /* ever */
	int import_rc;
	int rc; /* what providing fails with */
	int limit_rc;
	uint32_t limit;
} kernel;

static STAILQ_HEAD(, job) jobs = STAILQ_HEAD_INITIALIZER(jobs);
static struct xen xen;
static struct supply *supply;

int gnttab_provide_buffer(struct gnttab *gnttab, uint16_t domid, uint32_t gref_directory,
			  uint32_t size_bytes, struct xenshbuf **buf)
{
	if (kernel.rc < 0)
		return kernel.rc;
	if (!*buf) {
		*buf = calloc(1, sizeof **buf);
		assert_non_null(*buf);
		(*buf)->domid = domid;
		(*buf)->pages = xenshbuf_pages(size_bytes);
		kernel.n_buffers++;
		kernel.n_made++;
		kernel.n_pages += (*buf)->pages;
	}
	assert_int_equal((*buf)->domid, domid);
	assert_true(xenshbuf_pages(size_bytes) <= (*buf)->pages);
	(*buf)->content = 0;
	return 0;
}

int gnttab_provide_refs(struct gnttab *gnttab, uint16_t domid, uint32_t gref_directory,
			uint32_t size_bytes, const uint32_t *grefs)
{
	assert_true(kernel.n_imports > 0);
	return kernel.rc;
}

int dmabuf_import(struct dmabuf_import **out, uint16_t domid, int fd, uint32_t *grefs, uint32_t n)
{
	if (kernel.import_rc < 0)
		return kernel.import_rc;
	*out = malloc(1);
	kernel.n_imports++;
	kernel.n_imported++;
	return 0;
}

int dmabuf_import_end(struct dmabuf_import *import)
{
	if (!import)
		return 0;
	free(import);
	kernel.n_imports--;
	return 0;
}

void *xenshbuf_data(const struct xenshbuf *buf)
{
	return NULL;
}

int xenshbuf_unmap(struct xenshbuf *buf)
{
	kernel.n_buffers--;
	kernel.n_pages -= buf->pages;
	free(buf);
	return 0;
}

uint32_t xenshbuf_pages(uint32_t size_bytes)
{
	return size_bytes / 4096 + (size_bytes % 4096 != 0);
}

int xenshbuf_gntalloc_limit(uint32_t *pages)
{
	*pages = kernel.limit;
	return kernel.limit_rc;
}

void worker_submit(struct worker *worker, struct job *job)
{
	STAILQ_INSERT_TAIL(&jobs, job, link);
}

static void work(void)
{
	struct job *job;

	while ((job = STAILQ_FIRST(&jobs))) {
		STAILQ_REMOVE_HEAD(&jobs, link);
		job->run(job);
		job->done(job);
	}
}

static int setup(void **state)
{
	memset(&kernel, 0, sizeof kernel);
	return supply_create(&supply, &xen);
}

static int teardown(void **state)
{
	work();
	supply_destroy(supply);
	assert_int_equal(kernel.n_buffers, 0);
	assert_int_equal(kernel.n_pages, 0);
	assert_int_equal(kernel.n_imports, 0);
	return 0;
}

static struct guest_info guest_of(uint16_t domid, uint32_t max_pages)
{
	struct guest_info guest = {domid, "guest", "", GUEST_POLICY_INIT};

	guest.policy.max_supplied_pages = max_pages;
	return guest;
}

static struct supplied *get(const struct guest_info *guest, uint32_t pages)
{
	struct supplied *supplied = NULL;

	assert_int_equal(supply_take(supply, guest, pages, &supplied), 0);
	assert_int_equal(supplied_fill(supplied, 1, pages * 4096), 0);
	return supplied;
}

static int take_rc(const struct guest_info *guest, uint32_t pages)
{
	struct supplied *supplied = NULL;

	return supply_take(supply, guest, pages, &supplied);
}

static void the_smallest_buffer_that_fits_is_taken(void **state)
{
	static const uint32_t sizes[] = {8, 2, 16, 4};
	struct guest_info guest = guest_of(1, 100);
	struct supplied *all[4];
	struct supplied *got;

	for (int i = 0; i < 4; i++)
		all[i] = get(&guest, sizes[i]);
	for (int i = 0; i < 4; i++)
		supply_give_back(all[i]);
	got = get(&guest, 3);
	assert_ptr_equal(got, all[3]);
	assert_ptr_equal(get(&guest, 3), all[0]);
	assert_ptr_equal(get(&guest, 16), all[2]);
	supply_give_back(got);
	assert_ptr_equal(get(&guest, 4), got);
	assert_int_equal(kernel.n_made, 4);
}

static void buffers_made_and_destroyed_for_ever_cost_one(void **state)
{
	struct guest_info guest = guest_of(1, 5000);

	for (int i = 0; i < 10000; i++)
		supply_give_back(get(&guest, 2025));
	work();
	assert_int_equal(kernel.n_made, 1);
	assert_int_equal(kernel.n_pages, 2025);
}

static void no_mix_of_sizes_costs_more_than_the_policy_allows(void **state)
{
	struct guest_info guest = guest_of(1, 1000);
	struct supplied *held[40] = {0};
	unsigned n_refused = 0;
	unsigned seed = 1;

	for (int i = 0; i < 20000; i++) {
		unsigned at = (unsigned)rand_r(&seed) % 40;
		uint32_t pages = 1 + (uint32_t)rand_r(&seed) % 100;
		int rc;

		if (held[at]) {
			supply_give_back(held[at]);
			held[at] = NULL;
			continue;
		}
		rc = supply_take(supply, &guest, pages, &held[at]);
		if (rc == 0) {
			assert_int_equal(supplied_fill(held[at], 1, pages * 4096), 0);
		} else {
			assert_int_equal(rc, -ENOSPC);
			n_refused++;
		}
		assert_true(kernel.n_pages <= 1000);
		assert_true(kernel.n_buffers <= SUPPLY_MAX_BUFFERS_PER_DOMAIN);
	}
	assert_true(n_refused > 0);
}

static void small_buffers_are_limited_in_number(void **state)
{
	struct guest_info guest = guest_of(1, 32768);

	for (int i = 0; i < SUPPLY_MAX_BUFFERS_PER_DOMAIN; i++)
		get(&guest, 1);
	assert_int_equal(take_rc(&guest, 1), -ENOSPC);
}

static void a_limit_that_was_lowered_below_what_is_used_holds(void **state)
{
	struct guest_info guest = guest_of(1, 100);
	struct supplied *supplied = get(&guest, 60);

	guest.policy.max_supplied_pages = 10;
	assert_int_equal(take_rc(&guest, 1), -ENOSPC);
	supply_give_back(supplied);
	assert_ptr_equal(get(&guest, 60), supplied);
	assert_int_equal(take_rc(&guest, UINT32_MAX), -ENOSPC);
}

static void domains_share_nothing(void **state)
{
	struct guest_info one = guest_of(1, 10);
	struct guest_info two = guest_of(2, 10);

	supply_give_back(get(&one, 10));
	supply_give_back(get(&two, 10));
	assert_int_equal(kernel.n_made, 2);
	supply_domain_gone(supply, 1);
	work();
	assert_int_equal(kernel.n_buffers, 1);
	supply_give_back(get(&two, 10));
	assert_int_equal(kernel.n_made, 2);
}

static void what_is_in_use_when_its_domain_goes_follows_when_it_is_given_back(void **state)
{
	struct guest_info guest = guest_of(1, 10);
	struct supplied *used = get(&guest, 4);

	supply_give_back(get(&guest, 3));
	supply_domain_gone(supply, 1);
	supply_domain_gone(supply, 1);
	work();
	assert_int_equal(kernel.n_buffers, 1);
	supply_give_back(used);
	work();
	assert_int_equal(kernel.n_buffers, 0);
}

static void the_next_domain_of_the_same_number_has_a_pool_of_its_own(void **state)
{
	struct guest_info guest = guest_of(1, 10);
	struct supplied *old = get(&guest, 10);
	struct supplied *new;

	supply_domain_gone(supply, 1);
	new = get(&guest, 10);
	assert_int_equal(kernel.n_made, 2);
	supply_give_back(old);
	work();
	assert_int_equal(kernel.n_buffers, 1);
	supply_give_back(new);
	assert_ptr_equal(get(&guest, 10), new);
}

/* xenstored need not have told us of the end of the one before. */
static void another_guest_of_the_same_number_gets_nothing_of_the_one_before(void **state)
{
	struct guest_info guest = guest_of(1, 10);

	strcpy(guest.uuid, "11111111-1111-1111-1111-111111111111");
	supply_give_back(get(&guest, 10));
	strcpy(guest.uuid, "22222222-2222-2222-2222-222222222222");
	get(&guest, 10);
	work();
	assert_int_equal(kernel.n_made, 2);
	assert_int_equal(kernel.n_buffers, 1);
}

static void a_buffer_that_cannot_be_made_leaves_nothing_on_the_account(void **state)
{
	struct guest_info guest = guest_of(1, 10);
	struct supplied *supplied = NULL;

	for (int i = 0; i < 200; i++) {
		kernel.rc = -ENOSPC;
		assert_int_equal(supply_take(supply, &guest, 10, &supplied), 0);
		assert_int_equal(supplied_fill(supplied, 1, 10 * 4096), -ENOSPC);
		supply_give_back(supplied);
	}
	kernel.rc = 0;
	supply_give_back(get(&guest, 10));
	/* One that is there already stays, whatever comes of filling it again. */
	kernel.rc = -EINVAL;
	assert_int_equal(supply_take(supply, &guest, 10, &supplied), 0);
	assert_int_equal(supplied_fill(supplied, 1, 10 * 4096), -EINVAL);
	supply_give_back(supplied);
	kernel.rc = 0;
	assert_ptr_equal(get(&guest, 5), supplied);
	assert_int_equal(kernel.n_made, 1);
}

static void assert_explains(int rc, const char *what)
{
	char text[320];

	supply_explain(supply, rc, 2025 * 4096, text, sizeof text);
	if (!strstr(text, what))
		fail_msg("\"%s\" does not say \"%s\"", text, what);
	assert_true(strlen(text) < sizeof text - 1);
}

static void every_limit_is_named_with_the_way_to_raise_it(void **state)
{
	struct guest_info guest = guest_of(1, 5000);
	struct supplied *supplied = get(&guest, 10);

	kernel.limit = 2034;
	assert_explains(-ENOSPC, "limit of 2034 pages is reached");
	kernel.limit = 2035;
	assert_explains(-ENOSPC, "grant table is full");
	kernel.limit = 5;
	assert_explains(-ENOSPC, "limit of 5 pages is reached");
	assert_explains(-ENOSPC, "options xen-gntalloc limit=");
	assert_explains(-ENOSPC, "/sys/module/xen_gntalloc/parameters/limit");
	kernel.limit = UINT32_MAX;
	assert_explains(-ENOSPC, "gnttab_max_frames=");
	assert_explains(-ENOSPC, "4294967295");
	assert_explains(-ENOENT, "modprobe xen-gntalloc");
	assert_explains(-ENXIO, "/dev/xen/gntalloc");
	assert_explains(-EACCES, "/dev/xen/gntalloc");
	assert_explains(-EFAULT, "gnttab_max_maptrack_frames=");
	assert_explains(-EINVAL, "cannot be supplied");
	kernel.limit_rc = -ENOENT;
	assert_explains(-ENOSPC, "no pages left");
	supply_give_back(supplied);
}

/* -------- what consumers offer -------- */

static int take_offer(const struct guest_info *guest, uint64_t key, uint32_t pages,
		      struct supplied **out)
{
	const struct supply_offer offer = {.key = key, .fd = STDIN_FILENO, .pages = pages};

	return supply_take_offer(supply, guest, &offer, out);
}

static void an_offer_is_granted_once_as_long_as_it_stands(void **state)
{
	struct guest_info guest = guest_of(7, 100);
	struct supplied *supplied, *other;

	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(take_offer(&guest, 1, 10, &supplied), 0);
		assert_int_equal(take_offer(&guest, 1, 10, &other), -EBUSY);
		assert_true(supply_offer_is_taken(supply, 1));
		assert_int_equal(supplied_fill(supplied, 1, 10 * 4096), 0);
		supply_give_back(supplied);
		assert_false(supply_offer_is_taken(supply, 1));
	}
	assert_int_equal(kernel.n_imported, 1);
	assert_int_equal(supply_pages(supply), 10);
	/* It is nobody else's. */
	supply_give_back(get(&guest, 10));
	assert_int_equal(kernel.n_made, 1);
	supply_end_offer(supply, 1);
	work();
	assert_int_equal(kernel.n_imports, 0);
	assert_int_equal(supply_pages(supply), 10);
}

static void an_offer_that_is_used_ends_when_it_is_given_back(void **state)
{
	struct guest_info guest = guest_of(7, 100);
	struct supplied *supplied;

	assert_int_equal(take_offer(&guest, 1, 10, &supplied), 0);
	assert_int_equal(supplied_fill(supplied, 1, 10 * 4096), 0);
	supply_end_offer(supply, 1);
	supply_domain_gone(supply, 7);
	work();
	assert_int_equal(kernel.n_imports, 1);
	supply_give_back(supplied);
	work();
	assert_int_equal(kernel.n_imports, 0);
	assert_int_equal(supply_pages(supply), 0);
}

static void offers_leave_half_for_our_own(void **state)
{
	struct guest_info guest = guest_of(7, 100);
	struct supplied *supplied;

	assert_int_equal(take_offer(&guest, 1, 51, &supplied), -ENOSPC);
	assert_int_equal(take_offer(&guest, 1, 30, &supplied), 0);
	supply_give_back(supplied);
	assert_int_equal(take_offer(&guest, 2, 21, &supplied), 0);
	supply_give_back(supplied);
	/* What was never granted is not kept. */
	work();
	assert_int_equal(supply_pages(supply), 0);
	supply_give_back(get(&guest, 60));
	assert_int_equal(take_offer(&guest, 3, 41, &supplied), -ENOSPC);
}

static void an_offer_that_cannot_be_granted_leaves_nothing(void **state)
{
	struct guest_info guest = guest_of(7, 100);
	struct supplied *supplied;

	kernel.import_rc = -EINVAL;
	assert_int_equal(take_offer(&guest, 1, 10, &supplied), 0);
	assert_int_equal(supplied_fill(supplied, 1, 10 * 4096), -EINVAL);
	supply_give_back(supplied);
	assert_false(supply_offer_is_granted(supply, 1));
	work();
	assert_int_equal(supply_pages(supply), 0);
	/* The guest's directory is no fault of it. */
	kernel.import_rc = 0;
	kernel.rc = -EFAULT;
	assert_int_equal(take_offer(&guest, 2, 10, &supplied), 0);
	assert_int_equal(supplied_fill(supplied, 1, 10 * 4096), -EFAULT);
	supply_give_back(supplied);
	assert_true(supply_offer_is_granted(supply, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_smallest_buffer_that_fits_is_taken),
		TEST(buffers_made_and_destroyed_for_ever_cost_one),
		TEST(no_mix_of_sizes_costs_more_than_the_policy_allows),
		TEST(small_buffers_are_limited_in_number),
		TEST(a_limit_that_was_lowered_below_what_is_used_holds),
		TEST(domains_share_nothing),
		TEST(what_is_in_use_when_its_domain_goes_follows_when_it_is_given_back),
		TEST(the_next_domain_of_the_same_number_has_a_pool_of_its_own),
		TEST(another_guest_of_the_same_number_gets_nothing_of_the_one_before),
		TEST(a_buffer_that_cannot_be_made_leaves_nothing_on_the_account),
		TEST(every_limit_is_named_with_the_way_to_raise_it),
		TEST(an_offer_is_granted_once_as_long_as_it_stands),
		TEST(an_offer_that_is_used_ends_when_it_is_given_back),
		TEST(offers_leave_half_for_our_own),
		TEST(an_offer_that_cannot_be_granted_leaves_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("supply", tests, NULL, NULL);
}
