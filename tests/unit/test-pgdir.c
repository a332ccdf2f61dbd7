/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of the page directory (lib/shbuf/pgdir.c), sizes and positions, and writing one.
 */
#include <config.h>

#include <string.h>

#include "pgdir-rig.h"
#include "test.h"
#include "xenshbuf.h"

/* Pages whose directories are built and read back in these tests. */
static const uint32_t page_counts[] = {1,    2,    1022, 1023, 1024,  2025,
				       2045, 2046, 2047, 8100, 65535, 65536};

TEST_ALONE(a_size_becomes_pages_without_overflow)
{
	static const struct {
		uint32_t size_bytes, pages;
	} cases[] = {
		{0, 0},
		{1, 1},
		{4095, 1},
		{4096, 1},
		{4097, 2},
		{1920 * 1080 * 4, 2025},
		{3840u * 2160 * 4, 8100},
		{0x0fffffff, 65536},
		{0x10000000, 65536},
		{0x10000001, 65537},
		{0xfffff000, 1048575},
		{0xfffff001, 1048576},
		{0xffffffff, 1048576},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(cases); i++)
		assert_int_equal(xenshbuf_pages(cases[i].size_bytes), cases[i].pages);
}

TEST_ALONE(every_size_around_a_page_border_is_right)
{
	uint32_t n;

	for (n = 1; n <= 1048576; n++) {
		uint32_t last = (uint32_t)((uint64_t)n * 4096 - 1);

		if (xenshbuf_pages(last) != n ||
		    xenshbuf_pages(last - 4095) != (n == 1 ? 0 : n - 1) ||
		    xenshbuf_pages(last - 4094) != n)
			fail_msg("%u pages", n);
	}
}

TEST_ALONE(pages_become_directory_pages)
{
	static const struct {
		uint32_t pages, dir_pages;
	} cases[] = {
		{0, 0},
		{1, 1},
		{1022, 1},
		{1023, 1},
		{1024, 2},
		{2025, 2},
		{2046, 2},
		{2047, 3},
		{8100, 8},
		{65535, 65},
		{65536, 65},
		{1048576, 1026},
		{UINT32_MAX, 4198405},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(cases); i++)
		assert_int_equal(xenshbuf_dir_pages(cases[i].pages), cases[i].dir_pages);
}

TEST_ALONE(the_grefs_of_all_directory_pages_add_up)
{
	uint32_t n, i, sum, on;

	for (n = 0; n <= 70000; n++) {
		sum = 0;
		for (i = 0; i < xenshbuf_dir_pages(n); i++) {
			on = pgdir_grefs_on(n, i);
			if (on < 1 || on > 1023 || (on < 1023 && i + 1 < xenshbuf_dir_pages(n)))
				fail_msg("%u grefs on page %u of a directory for %u", on, i, n);
			sum += on;
		}
		if (sum != n || pgdir_grefs_on(n, i) || pgdir_grefs_on(n, UINT32_MAX))
			fail_msg("%u grefs of %u", sum, n);
	}
	assert_int_equal(pgdir_grefs_on(1048576, 1025), 1);
	assert_int_equal(pgdir_grefs_on(UINT32_MAX, 4198404), 3);
	assert_int_equal(pgdir_grefs_on(UINT32_MAX, 4198405), 0);
}

TEST_ALONE(what_the_writer_wrote_the_reader_reads)
{
	struct dir dir;
	size_t i;

	for (i = 0; i < N_ELEMENTS(page_counts); i++) {
		dir_init(&dir, page_counts[i]);
		assert_accepted(&dir);
		dir_finish(&dir);
	}
}

TEST_ALONE(the_written_layout_is_that_of_the_interface)
{
	struct dir dir;

	dir_init(&dir, 1024);
	assert_int_equal(dir.n_dir, 2);
	assert_int_equal(((uint32_t *)&dir.pages[0])[0], dir_gref(1));
	assert_int_equal(((uint32_t *)&dir.pages[0])[1], page_gref(0));
	assert_int_equal(((uint32_t *)&dir.pages[0])[1023], page_gref(1022));
	assert_int_equal(((uint32_t *)&dir.pages[1])[0], 0);
	assert_int_equal(((uint32_t *)&dir.pages[1])[1], page_gref(1023));
	assert_int_equal(((uint32_t *)&dir.pages[1])[2], 0xa5a5a5a5);
	dir_finish(&dir);
}

TEST_ALONE(writing_grefs_writes_n_of_them_and_nothing_else)
{
	struct pgdir_page page;
	struct dir dir;
	uint32_t i, n;

	dir_init(&dir, 2047);
	for (n = 1; n <= 2047; n++) {
		uint32_t last = xenshbuf_dir_pages(n) - 1;
		uint32_t on = pgdir_grefs_on(n, last);

		memset(&page, 0x5a, sizeof page);
		pgdir_put_grefs(&page, last, n, dir.grefs);
		assert_int_equal(page.next, 0x5a5a5a5a);
		for (i = 0; i < 1023; i++)
			if (page.gref[i] != (i < on ? page_gref(last * 1023 + i) : 0x5a5a5a5a))
				fail_msg("word %u of the last page for %u", i, n);
	}
	dir_finish(&dir);
}

TEST_ALONE(writing_a_link_writes_nothing_else)
{
	static const uint32_t dirs[] = {11, 12, 13};
	struct pgdir_page page;
	uint32_t i, k;

	for (i = 0; i < 3; i++) {
		memset(&page, 0x5a, sizeof page);
		pgdir_put_link(&page, i, 2047, dirs);
		assert_int_equal(page.next, i < 2 ? dirs[i + 1] : 0);
		for (k = 0; k < 1023; k++)
			assert_int_equal(page.gref[k], 0x5a5a5a5a);
	}
}
