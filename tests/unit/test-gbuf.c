/* SPDX-License-Identifier: MIT */
/*
 * daemon/buffer/gbuf.c: writing into a guest's buffer, and a buffer that a consumer offers.  This
 * file fakes the grants, libxenshbuf and the worker, and counts the pages mapped writable.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer/gbuf.h"
#include "buffer/offer.h"
#include "buffer/pool.h"
#include "config/policy.h"
#include "test.h"
#include "xen/dmabuf.h"
#include "xen/gnttab.h"
#include "xen/worker.h"
#include "xen/xen.h"
#include "xenshbuf.h"

#define PAGE  4096u
#define PAGES 3u
#define SIZE  (2 * PAGE + 1000)

struct xenshbuf {
	bool writable;
};

static struct {
	uint8_t memory[PAGES][PAGE];
	uint32_t bad_gref;
	unsigned n_pages;   /* mapped one by one now */
	unsigned n_maps;    /* of single pages, ever */
	unsigned n_buffers; /* mapped as a whole now */
	unsigned n_written;
	int rc;
} guest;

static const uint32_t grefs[PAGES] = {17, 4, 99};

int gnttab_map_buffer(struct gnttab *, uint16_t, uint32_t, uint32_t, bool writable,
		      struct xenshbuf **out)
{
	*out = malloc(sizeof **out);
	assert_non_null(*out);
	(*out)->writable = writable;
	guest.n_buffers++;
	return 0;
}

int gnttab_provide_buffer(struct gnttab *, uint16_t, uint32_t, uint32_t, struct xenshbuf **)
{
	return -ENOSYS;
}

int gnttab_provide_refs(struct gnttab *, uint16_t, uint32_t, uint32_t, const uint32_t *refs)
{
	assert_memory_equal(refs, grefs, sizeof grefs);
	return 0;
}

int dmabuf_import(struct dmabuf_import **, uint16_t, int, uint32_t *refs, uint32_t n)
{
	assert_int_equal(n, PAGES);
	memcpy(refs, grefs, sizeof grefs);
	return 0;
}

int dmabuf_import_end(struct dmabuf_import *)
{
	return 0;
}

int dmabuf_export(struct dmabuf **, uint16_t, const uint32_t *, uint32_t)
{
	return -ENOTTY;
}

int dmabuf_fd(const struct dmabuf *)
{
	return -1;
}

int dmabuf_release(struct dmabuf *, uint32_t)
{
	return 0;
}

void dmabuf_free(struct dmabuf *dmabuf)
{
	assert_null(dmabuf);
}

int xenshbuf_gntalloc_fd(const struct xenshbuf *)
{
	return -ENOTTY;
}

uint64_t xenshbuf_gntalloc_offset(const struct xenshbuf *)
{
	return 0;
}

int xenshbuf_gntalloc_limit(uint32_t *)
{
	return -ENOENT;
}

int gnttab_map_page(struct gnttab *, uint16_t domid, uint32_t gref, void **page)
{
	assert_int_equal(domid, 7);
	if (gref == guest.bad_gref)
		return -EINVAL;
	for (unsigned i = 0; i < PAGES; i++)
		if (grefs[i] == gref)
			*page = guest.memory[i];
	guest.n_pages++;
	guest.n_maps++;
	return 0;
}

void gnttab_unmap_page(struct gnttab *, void *)
{
	guest.n_pages--;
}

int xenshbuf_unmap(struct xenshbuf *buf)
{
	assert_int_equal(guest.n_pages, 0);
	guest.n_buffers--;
	free(buf);
	return 0;
}

const uint32_t *xenshbuf_grefs(const struct xenshbuf *)
{
	return grefs;
}

void *xenshbuf_data(const struct xenshbuf *buf)
{
	assert_true(buf->writable);
	return guest.memory;
}

static STAILQ_HEAD(, job) jobs = STAILQ_HEAD_INITIALIZER(jobs);

void worker_submit(struct worker *, struct job *job)
{
	STAILQ_INSERT_TAIL(&jobs, job, link);
}

static void work(void)
{
	struct job *job;

	while ((job = STAILQ_FIRST(&jobs))) {
		STAILQ_REMOVE_HEAD(&jobs, link);
		job->run(job);
		assert_int_equal(guest.n_pages, 0);
		job->done(job);
	}
}

static void on_mapped(struct gbuf *gbuf, int rc, void *data)
{
	assert_int_equal(rc, 0);
	*(struct gbuf **)data = gbuf;
}

static void on_written(int rc, void *data)
{
	assert_ptr_equal(data, &guest);
	guest.n_written++;
	guest.rc = rc;
}

static struct xen xen;
static const struct guest_info domain = {7, "", "", GUEST_POLICY_INIT};

static struct gbuf *map(bool writable)
{
	struct gbuf *gbuf = NULL;

	memset(&guest, 0, sizeof guest);
	assert_int_equal(gbuf_map(&xen, &domain, 1, SIZE, writable, on_mapped, &gbuf), 0);
	work();
	assert_non_null(gbuf);
	return gbuf;
}

static void unmap(struct gbuf *gbuf)
{
	gbuf_unmap(&xen, gbuf, NULL, NULL);
	work();
	assert_int_equal(guest.n_buffers, 0);
	assert_int_equal(guest.n_pages, 0);
}

static int put(struct gbuf *gbuf, uint32_t offset, const void *bytes, uint32_t n)
{
	return gbuf_write(&xen, gbuf, offset, bytes, n, on_written, &guest);
}

TEST_ALONE(bytes_land_where_they_belong_and_nowhere_else)
{
	static const uint32_t edges[] = {0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, SIZE - 1, SIZE};
	uint8_t bytes[SIZE], expected[PAGES * PAGE];

	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)(i % 250 + 1);
	for (int i = 0; i < 2 * 8 * 8; i++) {
		const uint32_t offset = edges[i % 8];
		const uint32_t n = edges[i / 8 % 8];
		struct gbuf *gbuf = map(i >= 64);

		memset(expected, 0, sizeof expected);
		if (offset + n > SIZE) {
			assert_int_equal(put(gbuf, offset, bytes, n), -EINVAL);
		} else {
			memcpy(expected + offset, bytes, n);
			assert_int_equal(put(gbuf, offset, bytes, n), 0);
			work();
			assert_int_equal(guest.n_written, 1);
			assert_int_equal(guest.rc, 0);
		}
		assert_memory_equal(guest.memory, expected, sizeof expected);
		unmap(gbuf);
	}
}

TEST_ALONE(no_sum_of_offset_and_length_wraps)
{
	static const uint32_t edges[] = {1u << 31, UINT32_MAX - 1, UINT32_MAX};
	struct gbuf *gbuf = map(false);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(put(gbuf, edges[i], "x", 1), -EINVAL);
		assert_int_equal(put(gbuf, edges[i], "x", edges[i]), -EINVAL);
		assert_int_equal(put(gbuf, 1, "x", edges[i]), -EINVAL);
	}
	assert_int_equal(guest.n_maps, 0);
	unmap(gbuf);
}

TEST_ALONE(only_the_pages_touched_are_mapped_for_writing)
{
	struct gbuf *gbuf = map(false);

	assert_int_equal(put(gbuf, 100, "abcd", 4), 0);
	work();
	assert_int_equal(guest.n_maps, 1);
	assert_int_equal(put(gbuf, PAGE - 2, "abcd", 4), 0);
	work();
	assert_int_equal(guest.n_maps, 3);
	unmap(gbuf);
	gbuf = map(true);
	assert_int_equal(put(gbuf, PAGE - 2, "abcd", 4), 0);
	work();
	assert_int_equal(guest.n_maps, 0);
	unmap(gbuf);
}

TEST_ALONE(a_page_that_cannot_be_written_is_an_error)
{
	struct gbuf *gbuf = map(false);

	guest.bad_gref = grefs[1];
	assert_int_equal(put(gbuf, PAGE - 2, "abcd", 4), 0);
	work();
	assert_int_equal(guest.n_written, 1);
	assert_int_equal(guest.rc, -EINVAL);
	unmap(gbuf);
}

TEST_ALONE(a_buffer_may_be_unmapped_right_behind_a_write)
{
	struct gbuf *gbuf = map(false);

	assert_int_equal(put(gbuf, 0, "abcd", 4), 0);
	gbuf_unmap(&xen, gbuf, NULL, NULL);
	work();
	assert_int_equal(guest.n_written, 1);
	assert_memory_equal(guest.memory, "abcd", 4);
	assert_int_equal(guest.n_buffers, 0);
}

TEST_ALONE(a_domain_has_as_many_pages_mapped_as_its_policy_allows)
{
	struct guest_info small = domain;
	struct gbuf *gbuf = map(false);
	struct gbuf *more = NULL;

	/* Pages mapped before count, also above a lowered limit. */
	for (small.policy.max_mapped_pages = 0; small.policy.max_mapped_pages < 2 * PAGES;
	     small.policy.max_mapped_pages++)
		assert_int_equal(gbuf_map(&xen, &small, 1, SIZE, false, on_mapped, &more), -ENOSPC);
	assert_int_equal(gbuf_map(&xen, &small, 1, SIZE, false, on_mapped, &more), 0);
	work();
	assert_non_null(more);
	gbuf_unmap(&xen, more, NULL, NULL);
	unmap(gbuf);
}

/* The grants are those of the dma-buf, not of pages of libxenshbuf. */
TEST_ALONE(an_offered_buffer_has_the_grefs_of_its_dma_buf)
{
	const struct supply_offer offer = {1, memfd_create("offer", MFD_CLOEXEC), PAGES};
	struct guest_info rich = domain;
	struct supply *supply;
	struct gbuf *gbuf = NULL;
	uint64_t offset_bytes;

	memset(&guest, 0, sizeof guest);
	rich.policy.max_supplied_pages = 2 * PAGES;
	assert_int_equal(ftruncate(offer.fd, sizeof guest.memory), 0);
	assert_int_equal(pwrite(offer.fd, "abcd", 4, 0), 4);
	assert_int_equal(supply_create(&supply, &xen), 0);
	assert_int_equal(gbuf_supply(supply, &rich, &offer, 1, SIZE, on_mapped, &gbuf), 0);
	work();
	assert_int_equal(gbuf_kind(gbuf), GBUF_OFFERED);
	assert_int_equal(gbuf_offer_key(gbuf), 1);
	assert_memory_equal(gbuf_grefs(gbuf), grefs, sizeof grefs);
	assert_int_equal(gbuf_gntalloc_fd(gbuf, &offset_bytes), -ENOTTY);
	assert_true(gbuf_dmabuf_fd(gbuf) >= 0);
	assert_memory_equal(gbuf_begin_read(gbuf), "abcd", 4);
	gbuf_end_read(gbuf);
	assert_int_equal(put(gbuf, 0, "efgh", 4), -EINVAL);
	unmap(gbuf);
	assert_false(supply_offer_is_taken(supply, 1));
	supply_destroy(supply);
	close(offer.fd);
}
