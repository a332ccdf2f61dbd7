/* SPDX-License-Identifier: MIT */
/*
 * libxenshbuf: buffers that the backend supplies (be_alloc), and the
 * frontend's end of them.
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shbuf-ends.h"
#include "test.h"

static const uint32_t page_counts[] = {1, 1022, 1023, 1024, 2025, 2046, 2047, 8100};

TEST(the_frontend_sees_what_the_backend_wrote)
{
	struct xenshbuf_front *front;
	struct xenshbuf *buf;
	size_t i;

	for (i = 0; i < N_ELEMENTS(page_counts); i++) {
		uint32_t n = page_counts[i];

		front = guest_alloc(n, 1);
		assert_null(xenshbuf_front_data(front));
		assert_null(xenshbuf_front_grefs(front));
		assert_int_equal(machine_allocated(), xenshbuf_dir_pages(n));
		assert_int_equal(backend_provide(&buf, front), 0);
		assert_int_equal(xenshbuf_n_pages(buf), n);
		assert_int_equal(guest_map(front), 0);
		put_marks(xenshbuf_data(buf), n, 9);
		assert_marks(xenshbuf_front_data(front), n, 9);
		put_marks(xenshbuf_front_data(front), n, 17);
		assert_marks(xenshbuf_data(buf), n, 17);
		assert_memory_equal(xenshbuf_front_grefs(front), xenshbuf_grefs(buf), n * 4);
		assert_int_equal(xenshbuf_front_unmap(front), 0);
		guest_free(front);
		assert_int_equal(xenshbuf_unmap(buf), 0);
	}
	/* Closing a descriptor does not end grants if another process has it. */
	assert_int_equal(machine_calls(CALL_FREE), machine_calls(CALL_ALLOC));
}

static bool is_granted(uint32_t gref)
{
	const struct machine_grant *grant = grant_of(BACKEND, gref);

	return grant->in_use && grant->to == GUEST;
}

TEST(exactly_n_grefs_are_written_and_nothing_else)
{
	struct xenshbuf_front *front = guest_alloc(2047, 1);
	struct xenshbuf *buf;
	uint32_t before[3][1024];
	uint32_t i, k;

	for (i = 0; i < 3; i++)
		memset(dir_page(front, i) + 1, 0xa5, PAGE - 4);
	dir_page(front, 2)[0] = 0x600d;
	for (i = 0; i < 3; i++)
		memcpy(before[i], dir_page(front, i), PAGE);

	assert_int_equal(backend_provide(&buf, front), 0);
	for (i = 0; i < 2047; i++) {
		before[i / 1023][1 + i % 1023] = xenshbuf_grefs(buf)[i];
		assert_true(is_granted(xenshbuf_grefs(buf)[i]));
	}
	for (i = 0; i < 3; i++)
		for (k = 0; k < 1024; k++)
			assert_int_equal(dir_page(front, i)[k], before[i][k]);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

TEST(pages_that_were_granted_elsewhere_are_named_alike)
{
	struct xenshbuf_front *front = guest_alloc(2047, 1);
	struct xenshbuf_front *other = guest_alloc(2047, 1);
	uint32_t start = xenshbuf_front_dir_start(other);
	struct xenshbuf *buf;
	const uint32_t *grefs;

	assert_int_equal(backend_provide(&buf, front), 0);
	grefs = xenshbuf_grefs(buf);
	assert_int_equal(xenshbuf_provide_refs(XGT, GUEST, start, 2047 * PAGE, grefs), 0);
	assert_int_equal(guest_map(other), 0);
	assert_memory_equal(xenshbuf_front_grefs(other), grefs, 2047 * 4);
	put_marks(xenshbuf_data(buf), 2047, 9);
	assert_marks(xenshbuf_front_data(other), 2047, 9);
	assert_int_equal(xenshbuf_front_unmap(other), 0);
	assert_int_equal(xenshbuf_provide_refs(XGT, GUEST, start, 0, grefs), -EINVAL);
	assert_int_equal(xenshbuf_provide_refs(XGT, GUEST, 0, PAGE, grefs), -EINVAL);
	assert_int_equal(xenshbuf_provide_refs(XGT, 0x7ff0, start, PAGE, grefs), -EINVAL);
	assert_int_equal(xenshbuf_provide_refs(XGT, GUEST, 0x7fffffff, PAGE, grefs), -EFAULT);
	assert_int_equal(xenshbuf_provide_refs(XGT, GUEST, start, UINT32_MAX, grefs), -E2BIG);
	guest_free(other);
	guest_free(front);
	assert_int_equal(xenshbuf_unmap(buf), 0);
}

TEST(a_directory_is_mapped_as_a_whole_and_let_go)
{
	struct xenshbuf_front *front = guest_alloc(8100, 1);
	struct xenshbuf *buf;

	assert_int_equal(backend_provide(&buf, front), 0);
	assert_int_equal(machine_calls(CALL_COPY), 8);
	assert_int_equal(machine_calls(CALL_MAP), 1);
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

/* A guest could map pages in the moment before they are taken back, uncounted. */
TEST(a_guest_that_spoils_its_directory_is_granted_nothing)
{
	struct xenshbuf_front *front = guest_alloc(2047, 1);
	struct xenshbuf_front *small = guest_alloc(1, 1);
	struct xenshbuf *buf;
	uint64_t n_allocs;
	uint32_t gref, i, k;

	assert_int_equal(backend_provide(&buf, small), 0);
	n_allocs = machine_calls(CALL_ALLOC);
	for (i = 0; i < 3; i++) {
		gref = i ? dir_page(front, i - 1)[0] : xenshbuf_front_dir_start(front);
		grant_of(GUEST, gref)->readonly = 1;
		assert_provide_fails(front, -EFAULT);
		grant_of(GUEST, gref)->readonly = 0;
		assert_int_equal(machine_calls(CALL_ALLOC), n_allocs);
	}
	/* The same for a buffer that the guest had before: no gref is written. */
	gref = xenshbuf_front_dir_start(small);
	grant_of(GUEST, gref)->readonly = 1;
	assert_int_equal(xenshbuf_provide_again(buf, XGT, gref, PAGE), -EFAULT);
	for (i = 0; i < 3; i++)
		for (k = 1; k < 1024; k++)
			assert_int_equal(dir_page(front, i)[k], 0);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(small);
	guest_free(front);
}

TEST(grefs_go_where_the_links_were_when_they_were_fetched)
{
	struct xenshbuf_front *front = guest_alloc(2047, 1);
	uint32_t *pages[3] = {dir_page(front, 0), dir_page(front, 1), dir_page(front, 2)};
	struct xenshbuf *buf;
	uint32_t i;

	orders.on_copy = spoil_page;
	assert_int_equal(backend_provide(&buf, front), 0);
	for (i = 0; i < 2047; i++)
		assert_int_equal(pages[i / 1023][1 + i % 1023], xenshbuf_grefs(buf)[i]);
	for (i = 0; i < 3; i++)
		assert_int_equal(pages[i][0], 0xeeeeeeee);
	assert_int_equal(guest_map(front), 0);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

TEST(nothing_is_granted_for_an_unsound_directory)
{
	struct xenshbuf_front *front = guest_alloc(2047, 1);
	uint32_t *second = dir_page(front, 1);
	uint32_t link = second[0];

	second[0] = 0;
	assert_provide_fails(front, -EINVAL);
	second[0] = xenshbuf_front_dir_start(front);
	assert_provide_fails(front, -EINVAL);
	second[0] = 0x7fffffff;
	assert_provide_fails(front, -EFAULT);
	second[0] = link;
	assert_int_equal(machine_calls(CALL_MAP), 0);
	guest_free(front);
}

TEST(a_full_gntalloc_and_a_missing_one_are_told_apart)
{
	static const int errors[] = {ENOENT, ENODEV, ENXIO, EACCES};
	struct xenshbuf_front *front = guest_alloc(2025, 1);
	struct xenshbuf_front *other;
	size_t i;

	machine->alloc_limit = 1024;
	assert_provide_fails(front, -ENOSPC);
	assert_int_equal(xenshbuf_front_alloc(&other, BACKEND, 1024 * PAGE, 0), -ENOSPC);
	for (i = 0; i < N_ELEMENTS(errors); i++) {
		fail_call(CALL_OPEN, 0, errors[i]);
		assert_provide_fails(front, -errors[i]);
	}
	guest_free(front);
}

TEST(a_provided_buffer_is_zeroed_and_provided_again)
{
	struct xenshbuf_front *front = guest_alloc(1030, 1);
	struct xenshbuf_front *small;
	struct xenshbuf *buf;
	uint32_t i;

	assert_int_equal(backend_provide(&buf, front), 0);
	put_marks(xenshbuf_data(buf), 1030, 3);
	guest_free(front);

	small = guest_alloc(10, 1);
	assert_int_equal(
		xenshbuf_provide_again(buf, XGT, xenshbuf_front_dir_start(small), 10 * PAGE), 0);
	assert_int_equal(xenshbuf_n_pages(buf), 10);
	assert_int_equal(guest_map(small), 0);
	for (i = 0; i < 1030 * PAGE / 4; i++)
		assert_int_equal(((uint32_t *)xenshbuf_data(buf))[i], 0);
	put_marks(xenshbuf_data(buf), 10, 40);
	assert_marks(xenshbuf_front_data(small), 10, 40);
	assert_int_equal(
		xenshbuf_provide_again(buf, XGT, xenshbuf_front_dir_start(small), 1031 * PAGE),
		-E2BIG);
	assert_int_equal(xenshbuf_provide_again(buf, XGT, xenshbuf_front_dir_start(small), 0),
			 -EINVAL);
	assert_int_equal(xenshbuf_provide_again(buf, XGT, 0x7fffffff, 10 * PAGE), -EFAULT);
	assert_marks(xenshbuf_data(buf), 10, 40);
	fail_call(CALL_MAP, 0, ENOMEM);
	assert_int_equal(xenshbuf_provide_again(buf, XGT, xenshbuf_front_dir_start(small), PAGE),
			 -ENOMEM);
	assert_int_equal(xenshbuf_n_pages(buf), 10);
	guest_free(small);

	front = guest_alloc(1030, 1);
	assert_int_equal(
		xenshbuf_provide_again(buf, XGT, xenshbuf_front_dir_start(front), 1030 * PAGE), 0);
	assert_int_equal(guest_map(front), 0);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

TEST(a_mapped_buffer_cannot_be_provided_again)
{
	struct xenshbuf_front *front = guest_alloc(1, 0);
	struct xenshbuf *buf;

	assert_int_equal(backend_map(&buf, front), 0);
	assert_int_equal(xenshbuf_provide_again(buf, XGT, xenshbuf_front_dir_start(front), PAGE),
			 -EINVAL);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

TEST(the_descriptor_of_a_provided_buffer_holds_it_at_its_offset)
{
	struct xenshbuf_front *front = guest_alloc(5, 1);
	struct xenshbuf *buf;
	void *data;

	assert_int_equal(backend_provide(&buf, front), 0);
	put_marks(xenshbuf_data(buf), 5, 21);
	data = mmap(NULL, 5 * PAGE, PROT_READ, MAP_SHARED, xenshbuf_gntalloc_fd(buf),
		    (off_t)xenshbuf_gntalloc_offset(buf));
	assert_ptr_not_equal(data, MAP_FAILED);
	assert_marks(data, 5, 21);
	munmap(data, 5 * PAGE);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

TEST(the_frontend_checks_its_arguments_first)
{
	const uint64_t n_calls = all_calls();
	struct xenshbuf_front *front;

	assert_int_equal(xenshbuf_front_alloc(&front, 0, 0, 0), -EINVAL);
	assert_int_equal(xenshbuf_front_alloc(&front, 0x7ff0, PAGE, 0), -EINVAL);
	assert_int_equal(xenshbuf_front_alloc(&front, 0, CAP * PAGE + 1, 0), -E2BIG);
	assert_int_equal(xenshbuf_front_alloc(&front, 0, UINT32_MAX, 1), -E2BIG);
	assert_int_equal(all_calls(), n_calls);
}

TEST(the_frontend_maps_and_unmaps_as_often_as_it_likes)
{
	struct xenshbuf_front *front = guest_alloc(3, 1);
	struct xenshbuf *buf;

	assert_int_equal(xenshbuf_front_unmap(front), 0);
	assert_int_equal(backend_provide(&buf, front), 0);
	assert_int_equal(guest_map(front), 0);
	assert_int_equal(guest_map(front), 0);
	assert_int_equal(mapped_pages(), 3);
	assert_int_equal(xenshbuf_front_unmap(front), 0);
	assert_int_equal(xenshbuf_front_unmap(front), 0);
	assert_null(xenshbuf_front_data(front));
	assert_int_equal(guest_map(front), 0);
	guest_free(front);
	assert_int_equal(xenshbuf_unmap(buf), 0);
}

TEST(mapping_is_nothing_for_a_buffer_of_the_frontend)
{
	struct xenshbuf_front *front = guest_alloc(3, 0);

	assert_int_equal(guest_map(front), 0);
	assert_int_equal(machine_calls(CALL_MAP), 0);
	assert_int_equal(xenshbuf_front_unmap(front), 0);
	assert_non_null(xenshbuf_front_data(front));
	guest_free(front);
}

TEST(the_frontend_refuses_a_directory_the_backend_did_not_fill)
{
	struct xenshbuf_front *front = guest_alloc(1030, 1);
	struct xenshbuf *buf;
	uint32_t *last;

	assert_int_equal(guest_map(front), -EINVAL);
	assert_int_equal(backend_provide(&buf, front), 0);
	last = &dir_page(front, 1)[1030 - 1023];
	*last = 0;
	assert_int_equal(guest_map(front), -EINVAL);
	*last = 0x7fffffff;
	assert_int_equal(guest_map(front), -EFAULT);
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

static const char *limit_text;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

/* The text of the limit in sysfs, or no such file. */
int __wrap_open(const char *path, int flags, ...)
{
	int fd;

	if (strcmp(path, "/sys/module/xen_gntalloc/parameters/limit") != 0)
		return __real_open(path, flags);
	errno = ENOENT;
	if (!limit_text)
		return -1;
	fd = memfd_create("limit", MFD_CLOEXEC);
	assert_int_equal(pwrite(fd, limit_text, strlen(limit_text), 0), strlen(limit_text));
	return fd;
}

TEST(the_limit_of_gntalloc_is_read)
{
	static const struct {
		const char *text;
		int rc;
		uint32_t pages;
	} cases[] = {
		{NULL, -ENOENT, 0},     {"1024\n", 0, 1024},
		{"65536", 0, 65536},    {"99999999999\n", 0, UINT32_MAX},
		{"", -EINVAL, 0},       {"\n", -EINVAL, 0},
		{"many\n", -EINVAL, 0}, {"-1\n", -EINVAL, 0},
	};
	uint32_t pages;
	size_t i;

	for (i = 0; i < N_ELEMENTS(cases); i++) {
		limit_text = cases[i].text;
		pages = 0;
		assert_int_equal(xenshbuf_gntalloc_limit(&pages), cases[i].rc);
		assert_int_equal(pages, cases[i].pages);
	}
}
