/* SPDX-License-Identifier: MIT */
/*
 * daemon/buffer/gbuf.c on the fake machine: writing into a guest's buffer, and a buffer that a
 * consumer offers.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer/gbuf.h"
#include "buffer/offer.h"
#include "supply-rig.h"
#include "test.h"
#include "xenshbuf.h"

#define PAGE  4096u
#define PAGES 3u
#define SIZE  (2 * PAGE + 1000)

static struct xenshbuf_front *front;
static unsigned n_written;
static int written_rc;
static const struct guest_info domain = {GUEST, "", "", GUEST_POLICY_INIT};

static int setup(void **state)
{
	const int rc = supply_setup(state);

	play(GUEST);
	assert_int_equal(xenshbuf_front_alloc(&front, BACKEND, SIZE, 0), 0);
	play(BACKEND);
	return rc;
}

static int teardown(void **state)
{
	play(GUEST);
	xenshbuf_front_free(front);
	play(BACKEND);
	return supply_teardown(state);
}

#define TEST(name) TEST_WITH(name, setup, teardown)

static void on_mapped(struct gbuf *gbuf, int rc, void *data)
{
	assert_int_equal(rc, 0);
	*(struct gbuf **)data = gbuf;
}

static void on_written(int rc, void *data)
{
	assert_ptr_equal(data, &n_written);
	n_written++;
	written_rc = rc;
}

static struct gbuf *map(bool writable)
{
	struct gbuf *gbuf = NULL;

	memset(xenshbuf_front_data(front), 0, PAGES * PAGE);
	n_written = 0;
	assert_int_equal(gbuf_map(supply_xen(supply), &domain, xenshbuf_front_dir_start(front),
				  SIZE, writable, on_mapped, &gbuf),
			 0);
	work();
	assert_non_null(gbuf);
	return gbuf;
}

static void unmap(struct gbuf *gbuf)
{
	gbuf_unmap(supply_xen(supply), gbuf, NULL, NULL);
	work();
	assert_int_equal(mapped_pages(), 0);
}

static int put(struct gbuf *gbuf, uint32_t offset, const void *bytes, uint32_t n)
{
	return gbuf_write(supply_xen(supply), gbuf, offset, bytes, n, on_written, &n_written);
}

TEST(bytes_land_where_they_belong_and_nowhere_else)
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
			assert_int_equal(n_written, 1);
			assert_int_equal(written_rc, 0);
		}
		assert_memory_equal(xenshbuf_front_data(front), expected, sizeof expected);
		assert_int_equal(mapped_pages(), PAGES);
		unmap(gbuf);
	}
}

TEST(no_sum_of_offset_and_length_wraps)
{
	static const uint32_t edges[] = {1u << 31, UINT32_MAX - 1, UINT32_MAX};
	struct gbuf *gbuf = map(false);
	const uint64_t n_maps = machine_calls(CALL_MAP);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(put(gbuf, edges[i], "x", 1), -EINVAL);
		assert_int_equal(put(gbuf, edges[i], "x", edges[i]), -EINVAL);
		assert_int_equal(put(gbuf, 1, "x", edges[i]), -EINVAL);
	}
	assert_int_equal(machine_calls(CALL_MAP), n_maps);
	unmap(gbuf);
}

TEST(only_the_pages_touched_are_mapped_for_writing)
{
	struct gbuf *gbuf = map(false);
	uint64_t n_maps = machine_calls(CALL_MAP);

	assert_int_equal(put(gbuf, 100, "abcd", 4), 0);
	work();
	assert_int_equal(machine_calls(CALL_MAP), n_maps + 1);
	assert_int_equal(put(gbuf, PAGE - 2, "abcd", 4), 0);
	work();
	assert_int_equal(machine_calls(CALL_MAP), n_maps + 3);
	unmap(gbuf);
	gbuf = map(true);
	n_maps = machine_calls(CALL_MAP);
	assert_int_equal(put(gbuf, PAGE - 2, "abcd", 4), 0);
	work();
	assert_int_equal(machine_calls(CALL_MAP), n_maps);
	unmap(gbuf);
}

TEST(a_page_that_cannot_be_written_is_an_error)
{
	struct gbuf *gbuf = map(false);

	grant_of(GUEST, xenshbuf_front_grefs(front)[1])->readonly = 1;
	assert_int_equal(put(gbuf, PAGE - 2, "abcd", 4), 0);
	work();
	assert_int_equal(n_written, 1);
	assert_int_equal(written_rc, -EINVAL);
	unmap(gbuf);
}

TEST(a_buffer_may_be_unmapped_right_behind_a_write)
{
	struct gbuf *gbuf = map(false);

	assert_int_equal(put(gbuf, 0, "abcd", 4), 0);
	gbuf_unmap(supply_xen(supply), gbuf, NULL, NULL);
	work();
	assert_int_equal(n_written, 1);
	assert_memory_equal(xenshbuf_front_data(front), "abcd", 4);
	assert_int_equal(mapped_pages(), 0);
}

TEST(a_domain_has_as_many_pages_mapped_as_its_policy_allows)
{
	struct guest_info small = domain;
	struct gbuf *gbuf = map(false);
	struct gbuf *more = NULL;

	/* Pages mapped before count, also above a lowered limit. */
	for (small.policy.max_mapped_pages = 0; small.policy.max_mapped_pages < 2 * PAGES;
	     small.policy.max_mapped_pages++)
		assert_int_equal(gbuf_map(supply_xen(supply), &small,
					  xenshbuf_front_dir_start(front), SIZE, false, on_mapped,
					  &more),
				 -ENOSPC);
	assert_int_equal(gbuf_map(supply_xen(supply), &small, xenshbuf_front_dir_start(front), SIZE,
				  false, on_mapped, &more),
			 0);
	work();
	assert_non_null(more);
	gbuf_unmap(supply_xen(supply), more, NULL, NULL);
	unmap(gbuf);
}

/* The grants are those of the dma-buf, not of pages of libxenshbuf. */
TEST(an_offered_buffer_has_the_grefs_of_its_dma_buf)
{
	const struct supply_offer offer = {1, offered_fd, PAGES};
	struct guest_info rich = domain;
	char *offered = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, offered_fd, 0);
	struct gbuf *gbuf = NULL;
	uint64_t offset_bytes;

	rich.policy.max_supplied_pages = 2 * PAGES;
	assert_true(offered != MAP_FAILED);
	memcpy(offered, "abcd", 4);
	munmap(offered, PAGE);
	assert_int_equal(
		gbuf_supply(supply, &rich, &offer, directory_of(&rich), SIZE, on_mapped, &gbuf), 0);
	work();
	assert_int_equal(gbuf_kind(gbuf), GBUF_OFFERED);
	assert_int_equal(gbuf_offer_key(gbuf), 1);
	assert_memory_equal(granted_page(BACKEND, gbuf_grefs(gbuf)[0]), "abcd", 4);
	assert_int_equal(gbuf_gntalloc_fd(gbuf, &offset_bytes), -ENOTTY);
	assert_true(gbuf_dmabuf_fd(gbuf) >= 0);
	assert_memory_equal(gbuf_begin_read(gbuf), "abcd", 4);
	gbuf_end_read(gbuf);
	assert_int_equal(put(gbuf, 0, "efgh", 4), -EINVAL);
	unmap(gbuf);
	assert_false(supply_offer_is_taken(supply, 1));
}
