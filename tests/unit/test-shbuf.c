/* SPDX-License-Identifier: MIT */
/*
 * libxenshbuf: buffers that the guest allocates.  Both ends with each other and with guests that
 * lie, and an error of each call in the life of a buffer.
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "count-fds.h"
#include "shbuf-ends.h"
#include "test.h"

static const uint32_t page_counts[] = {1, 1022, 1023, 1024, 2025, 2046, 2047, 8100};

TEST(the_backend_sees_what_the_frontend_wrote)
{
	struct xenshbuf_front *front;
	struct xenshbuf *buf;
	size_t i;

	for (i = 0; i < N_ELEMENTS(page_counts); i++) {
		uint32_t n = page_counts[i];

		front = guest_alloc(n, 0);
		put_marks(xenshbuf_front_data(front), n, 1000);
		assert_int_equal(backend_map(&buf, front), 0);
		assert_int_equal(xenshbuf_n_pages(buf), n);
		assert_marks(xenshbuf_data(buf), n, 1000);
		assert_memory_equal(xenshbuf_grefs(buf), xenshbuf_front_grefs(front), n * 4);
		assert_int_equal(xenshbuf_gntalloc_fd(buf), -ENOTTY);
		assert_int_equal(xenshbuf_unmap(buf), 0);
		guest_free(front);
	}
}

TEST(a_mapping_is_read_only_unless_asked_otherwise)
{
	struct xenshbuf_front *front = guest_alloc(1025, 0);
	struct xenshbuf *buf;

	assert_int_equal(backend_map(&buf, front), 0);
	assert_false(any_writable());
	assert_int_equal(xenshbuf_unmap(buf), 0);

	assert_int_equal(xenshbuf_map(&buf, XGT, GUEST, xenshbuf_front_dir_start(front),
				      1025 * PAGE, 1, 1025),
			 0);
	assert_true(any_writable());
	put_marks(xenshbuf_data(buf), 1025, 5);
	assert_marks(xenshbuf_front_data(front), 1025, 5);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

TEST(a_directory_costs_one_copy_a_page_and_one_mapping)
{
	struct xenshbuf_front *front = guest_alloc(8100, 0);
	struct xenshbuf *buf;

	assert_int_equal(backend_map(&buf, front), 0);
	assert_int_equal(machine_calls(CALL_COPY), 8);
	assert_int_equal(machine_calls(CALL_MAP), 1);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

TEST(the_cap_is_checked_before_anything_is_touched)
{
	static const struct {
		uint32_t size_bytes, max_pages;
		int rc;
	} cases[] = {
		{0, CAP, -EINVAL},
		{1, 0, -E2BIG},
		{4097, 1, -E2BIG},
		{2025 * PAGE, 2024, -E2BIG},
		{CAP * PAGE + 1, CAP + 1, -E2BIG},
		{0xfffff000, CAP, -E2BIG},
		{0xffffffff, UINT32_MAX, -E2BIG},
	};
	struct xenshbuf_front *front = guest_alloc(1, 0);
	struct xenshbuf *buf;
	uint32_t start = xenshbuf_front_dir_start(front);
	const uint64_t n_calls = all_calls();
	size_t i;

	for (i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(xenshbuf_map(&buf, XGT, GUEST, start, cases[i].size_bytes, 0,
					      cases[i].max_pages),
				 cases[i].rc);
		assert_int_equal(xenshbuf_provide(&buf, XGT, GUEST, start, cases[i].size_bytes,
						  cases[i].max_pages),
				 cases[i].rc);
	}
	assert_int_equal(xenshbuf_map(&buf, XGT, 0x7ff0, start, PAGE, 0, 1), -EINVAL);
	assert_int_equal(xenshbuf_map(&buf, XGT, GUEST | 0x10000, start, PAGE, 0, 1), -EINVAL);
	assert_int_equal(all_calls(), n_calls);
	guest_free(front);
}

TEST(a_directory_that_changes_after_its_fetch_does_not_matter)
{
	struct xenshbuf_front *front = guest_alloc(2047, 0);
	struct xenshbuf *buf;

	put_marks(xenshbuf_front_data(front), 2047, 1);
	orders.on_copy = spoil_page;
	assert_int_equal(backend_map(&buf, front), 0);
	assert_marks(xenshbuf_data(buf), 2047, 1);
	assert_memory_equal(xenshbuf_grefs(buf), xenshbuf_front_grefs(front), 2047 * 4);
	assert_int_equal(machine_calls(CALL_COPY), 3);
	assert_int_equal(xenshbuf_unmap(buf), 0);
	guest_free(front);
}

TEST(an_unsound_directory_is_refused_with_nothing_mapped)
{
	struct xenshbuf_front *front = guest_alloc(2047, 0);
	uint32_t start = xenshbuf_front_dir_start(front);
	uint32_t *pages[3] = {dir_page(front, 0), dir_page(front, 1), dir_page(front, 2)};
	uint32_t links[2] = {pages[0][0], pages[1][0]};
	uint32_t i, gref;

	for (i = 0; i < 2; i++) {
		pages[i][0] = 0;
		assert_map_fails(front, -EINVAL);
		pages[i][0] = start;
		assert_map_fails(front, -EINVAL);
		pages[i][0] = links[i];
	}
	pages[1][0] = links[0];
	assert_map_fails(front, -EINVAL);
	pages[1][0] = links[1];
	for (i = 0; i < 2047; i += 93) {
		gref = pages[i / 1023][1 + i % 1023];
		pages[i / 1023][1 + i % 1023] = 0;
		assert_map_fails(front, -EINVAL);
		pages[i / 1023][1 + i % 1023] = gref;
	}
	assert_int_equal(machine_calls(CALL_MAP), 0);
	guest_free(front);
}

TEST(one_bad_gref_and_nothing_is_mapped)
{
	static const uint32_t bad[] = {0, 1022, 1023, 4000, 8099};
	struct xenshbuf_front *front = guest_alloc(8100, 0);
	uint32_t gref, *place;
	size_t i;

	for (i = 0; i < N_ELEMENTS(bad); i++) {
		place = &dir_page(front, bad[i] / 1023)[1 + bad[i] % 1023];
		gref = *place;
		*place = 0x7fffffff;
		assert_map_fails(front, -EFAULT);
		*place = gref;
	}
	guest_free(front);
}

TEST(a_directory_that_is_not_granted_to_us_is_refused)
{
	struct xenshbuf_front *front;
	struct xenshbuf *buf;

	play(GUEST);
	assert_int_equal(xenshbuf_front_alloc(&front, 5, 3 * PAGE, 0), 0);
	play(BACKEND);
	assert_map_fails(front, -EFAULT);
	guest_free(front);

	front = guest_alloc(3, 0);
	/* The gref is right, the guest is not. */
	assert_int_equal(xenshbuf_map(&buf, XGT, 8, xenshbuf_front_dir_start(front), PAGE, 0, 1),
			 -EFAULT);
	assert_int_equal(xenshbuf_map(&buf, XGT, GUEST, 0, PAGE, 0, 1), -EINVAL);
	guest_free(front);
}

TEST(any_status_of_a_copy_but_okay_is_an_error)
{
	static const int16_t statuses[] = {1, -1, -3, -10, -12, INT16_MAX, INT16_MIN};
	struct xenshbuf_front *front = guest_alloc(1024, 0);
	size_t i;

	for (i = 0; i < N_ELEMENTS(statuses); i++) {
		fail_call(CALL_COPY_SEGMENT, 0, statuses[i]);
		assert_map_fails(front, -EFAULT);
		fail_call(CALL_COPY_SEGMENT, 0, statuses[i]);
		assert_provide_fails(front, -EFAULT);
	}
	assert_int_equal(machine_calls(CALL_MAP), 0);
	guest_free(front);
}

TEST(a_copy_that_reports_nothing_is_not_believed)
{
	struct xenshbuf_front *front = guest_alloc(1, 0);

	orders.copy_forgets = true;
	assert_map_fails(front, -EFAULT);
	guest_free(front);
}

TEST(a_copy_that_fails_as_a_whole_is_an_error)
{
	struct xenshbuf_front *front = guest_alloc(2047, 0);

	fail_call(CALL_COPY, 0, ENOTTY);
	assert_map_fails(front, -EIO);
	assert_int_equal(machine_calls(CALL_COPY), 1);
	guest_free(front);
}

TEST(giving_nothing_back_is_allowed)
{
	assert_int_equal(xenshbuf_unmap(NULL), 0);
	assert_int_equal(xenshbuf_front_free(NULL), 0);
}

static int map_and_unmap(const struct xenshbuf_front *front)
{
	struct xenshbuf *buf;
	int rc = backend_map(&buf, front);

	return rc < 0 ? rc : xenshbuf_unmap(buf);
}

static int provide_twice_and_unmap(const struct xenshbuf_front *front)
{
	struct xenshbuf *buf;
	int rc = backend_provide(&buf, front);
	int end_rc;

	if (rc < 0)
		return rc;
	rc = xenshbuf_provide_again(buf, XGT, xenshbuf_front_dir_start(front), PAGE);
	end_rc = xenshbuf_unmap(buf);
	return rc < 0 ? rc : end_rc;
}

static int provide_and_map_on_both_ends(const struct xenshbuf_front *)
{
	struct xenshbuf_front *front;
	struct xenshbuf *buf;
	int rc;

	play(GUEST);
	rc = xenshbuf_front_alloc(&front, BACKEND, 1030 * PAGE, 1);
	play(BACKEND);
	if (rc < 0)
		return rc;
	rc = backend_provide(&buf, front);
	if (rc == 0) {
		rc = guest_map(front);
		xenshbuf_unmap(buf);
	}
	xenshbuf_front_free(front);
	return rc;
}

/* Each call in the life of a buffer fails once, alone. */
TEST(whatever_call_fails_nothing_is_left_behind)
{
	static int (*const lives[])(const struct xenshbuf_front *) = {
		map_and_unmap,
		provide_twice_and_unmap,
		provide_and_map_on_both_ends,
	};
	struct xenshbuf_front *fronts[] = {guest_alloc(1030, 0), guest_alloc(1030, 1), NULL};
	uint32_t granted = machine_allocated();
	int rc, fds = count_fds();
	uint64_t n_calls;
	uint32_t n;
	size_t i;

	for (i = 0; i < N_ELEMENTS(lives); i++) {
		for (n = 0;; n++) {
			n_calls = all_calls();
			fail_call(CALL_ANY, n, ENOMEM);
			rc = lives[i](fronts[i]);
			assert_true(rc <= 0);
			assert_int_equal(machine_allocated(), granted);
			assert_int_equal(mapped_pages(), 0);
			assert_int_equal(count_fds(), fds);
			if (all_calls() - n_calls <= n)
				break;
		}
		assert_int_equal(rc, 0);
		assert_true(n > 5);
	}
	machine_order_nothing();
	guest_free(fronts[0]);
	guest_free(fronts[1]);
}
