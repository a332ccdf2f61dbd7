/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of the page directory (lib/shbuf/pgdir.c): sizes, positions, and all known kinds
 * of invalid lists.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shbuf/pgdir.h"
#include "test.h"
#include "xenshbuf.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* Pages whose directories are built and read back in these tests. */
static const uint32_t page_counts[] = {1,    2,    1022, 1023, 1024,  2025,
				       2045, 2046, 2047, 8100, 65535, 65536};

/* A directory of the other end: page i has the gref dirs[i]. */
struct dir {
	uint32_t n_pages;
	uint32_t n_dir;
	uint32_t *dirs;
	uint32_t *grefs;
	struct pgdir_page *pages;
};

static uint32_t dir_gref(uint32_t i)
{
	return 0x40000000u + i * 7;
}

static uint32_t page_gref(uint32_t i)
{
	return i + 8;
}

/* A valid directory; undefined words (the tail of the last page) are filled with junk. */
static void dir_init(struct dir *dir, uint32_t n_pages)
{
	uint32_t i;

	dir->n_pages = n_pages;
	dir->n_dir = xenshbuf_dir_pages(n_pages);
	dir->dirs = calloc(dir->n_dir, sizeof *dir->dirs);
	dir->grefs = calloc(n_pages, sizeof *dir->grefs);
	dir->pages = calloc(dir->n_dir, sizeof *dir->pages);
	assert_true(dir->dirs && dir->grefs && dir->pages);
	memset(dir->pages, 0xa5, dir->n_dir * sizeof *dir->pages);
	for (i = 0; i < n_pages; i++)
		dir->grefs[i] = page_gref(i);
	for (i = 0; i < dir->n_dir; i++)
		dir->dirs[i] = dir_gref(i);
	for (i = 0; i < dir->n_dir; i++) {
		pgdir_put_link(&dir->pages[i], i, n_pages, dir->dirs);
		pgdir_put_grefs(&dir->pages[i], i, n_pages, dir->grefs);
	}
}

static void dir_finish(struct dir *dir)
{
	free(dir->dirs);
	free(dir->grefs);
	free(dir->pages);
}

/* Results of a reader, in arrays without a spare element. */
struct found {
	int rc;
	uint32_t n_fetches;
	uint32_t *dirs;
	uint32_t *grefs;
};

static struct pgdir_page *fetch(const struct dir *dir, uint32_t gref)
{
	uint32_t i;

	for (i = 0; i < dir->n_dir; i++)
		if (dir->dirs[i] == gref)
			return &dir->pages[i];
	return NULL;
}

static struct found dir_read(const struct dir *dir, int with_grefs)
{
	struct found found = {0};
	struct pgdir_page copy;
	const struct pgdir_page *page;
	struct pgdir_walk walk;

	found.dirs = calloc(dir->n_dir, sizeof *found.dirs);
	found.grefs = with_grefs ? calloc(dir->n_pages, sizeof *found.grefs) : NULL;
	found.rc = pgdir_walk_start(&walk, dir->n_pages, dir->dirs[0], found.dirs, found.grefs);
	assert_int_equal(found.rc, 0);
	do {
		page = fetch(dir, pgdir_walk_wants(&walk));
		if (!page) {
			found.rc = -EFAULT;
			break;
		}
		pgdir_snapshot(&copy, page);
		found.n_fetches++;
		assert_true(found.n_fetches <= dir->n_dir);
		found.rc = pgdir_walk_take(&walk, &copy);
	} while (found.rc > 0);
	return found;
}

static void found_finish(struct found *found)
{
	free(found->dirs);
	free(found->grefs);
}

static void assert_refused(const struct dir *dir, int with_grefs)
{
	struct found found = dir_read(dir, with_grefs);

	assert_int_equal(found.rc, -EINVAL);
	found_finish(&found);
}

static void assert_accepted(const struct dir *dir)
{
	struct found found = dir_read(dir, 1);

	assert_int_equal(found.rc, 0);
	assert_int_equal(found.n_fetches, dir->n_dir);
	assert_memory_equal(found.dirs, dir->dirs, dir->n_dir * sizeof *dir->dirs);
	assert_memory_equal(found.grefs, dir->grefs, dir->n_pages * sizeof *dir->grefs);
	found_finish(&found);
}

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

TEST_ALONE(no_pages_or_gref_zero_as_start_is_refused)
{
	struct pgdir_walk walk;
	uint32_t dirs[1] = {99};

	assert_int_equal(pgdir_walk_start(&walk, 0, 5, dirs, NULL), -EINVAL);
	assert_int_equal(pgdir_walk_start(&walk, 1, 0, dirs, NULL), -EINVAL);
	assert_int_equal(dirs[0], 99);
}

TEST_ALONE(a_zero_gref_at_any_position_is_refused)
{
	static const uint32_t counts[] = {1, 1022, 1023, 1024, 2025, 2046, 2047, 8100};
	struct dir dir;
	uint32_t i;
	size_t k;

	for (k = 0; k < N_ELEMENTS(counts); k++) {
		dir_init(&dir, counts[k]);
		for (i = 0; i < counts[k]; i++) {
			uint32_t *gref = &dir.pages[i / 1023].gref[i % 1023];

			*gref = 0;
			assert_refused(&dir, 1);
			*gref = page_gref(i);
		}
		assert_accepted(&dir);
		dir_finish(&dir);
	}
}

TEST_ALONE(a_zero_gref_behind_the_last_is_ignored)
{
	struct dir dir;

	dir_init(&dir, 1025);
	dir.pages[1].gref[2] = 0;
	dir.pages[1].gref[1022] = 0;
	assert_accepted(&dir);
	dir_finish(&dir);
}

TEST_ALONE(zero_grefs_do_not_matter_when_only_links_are_read)
{
	struct found found;
	struct dir dir;
	uint32_t i;

	dir_init(&dir, 2047);
	for (i = 0; i < dir.n_dir; i++)
		memset(dir.pages[i].gref, 0, sizeof dir.pages[i].gref);
	found = dir_read(&dir, 0);
	assert_int_equal(found.rc, 0);
	assert_memory_equal(found.dirs, dir.dirs, 3 * sizeof *dir.dirs);
	found_finish(&found);
	dir_finish(&dir);
}

TEST_ALONE(a_list_that_ends_early_is_refused_wherever_it_ends)
{
	struct dir dir;
	uint32_t i;

	dir_init(&dir, 65536);
	for (i = 0; i + 1 < dir.n_dir; i++) {
		dir.pages[i].next = 0;
		assert_refused(&dir, 1);
		assert_refused(&dir, 0);
		dir.pages[i].next = dir_gref(i + 1);
	}
	assert_accepted(&dir);
	dir_finish(&dir);
}

TEST_ALONE(a_link_back_to_any_page_or_to_itself_is_refused)
{
	struct dir dir;
	uint32_t from, to;

	dir_init(&dir, 8100);
	for (from = 0; from + 1 < dir.n_dir; from++) {
		for (to = 0; to <= from; to++) {
			dir.pages[from].next = dir_gref(to);
			assert_refused(&dir, 1);
			assert_refused(&dir, 0);
		}
		dir.pages[from].next = dir_gref(from + 1);
	}
	assert_accepted(&dir);
	dir_finish(&dir);
}

TEST_ALONE(a_list_that_is_too_long_is_not_followed)
{
	struct dir dir;

	dir_init(&dir, 1023);
	dir.pages[0].next = 0x1234;
	assert_accepted(&dir);
	dir.pages[0].next = dir_gref(0);
	assert_accepted(&dir);
	dir_finish(&dir);
}

TEST_ALONE(the_same_page_of_the_buffer_twice_is_allowed)
{
	struct dir dir;
	uint32_t i;

	dir_init(&dir, 1030);
	for (i = 0; i < dir.n_pages; i++) {
		dir.grefs[i] = 9;
		dir.pages[i / 1023].gref[i % 1023] = 9;
	}
	assert_accepted(&dir);
	dir_finish(&dir);
}

TEST_ALONE(nothing_is_taken_once_the_walk_is_over)
{
	struct pgdir_walk walk;
	struct dir dir;
	uint32_t dirs[2], grefs[1024];

	dir_init(&dir, 1024);
	assert_int_equal(pgdir_walk_start(&walk, 1024, dir.dirs[0], dirs, grefs), 0);
	assert_int_equal(pgdir_walk_take(&walk, &dir.pages[0]), 1);
	assert_int_equal(pgdir_walk_take(&walk, &dir.pages[1]), 0);
	dir.pages[1].next = 0x999;
	assert_int_equal(pgdir_walk_take(&walk, &dir.pages[1]), -EINVAL);

	assert_int_equal(pgdir_walk_start(&walk, 1024, dir.dirs[0], dirs, grefs), 0);
	dir.pages[0].gref[5] = 0;
	assert_int_equal(pgdir_walk_take(&walk, &dir.pages[0]), -EINVAL);
	dir.pages[0].gref[5] = 5;
	assert_int_equal(pgdir_walk_take(&walk, &dir.pages[0]), -EINVAL);
	dir_finish(&dir);
}

TEST_ALONE(the_biggest_size_of_all_is_walked_to_its_end)
{
	struct dir dir;

	dir_init(&dir, xenshbuf_pages(UINT32_MAX));
	assert_int_equal(dir.n_dir, 1026);
	assert_accepted(&dir);
	dir.pages[1024].next = dir_gref(0);
	assert_refused(&dir, 1);
	dir_finish(&dir);
}

/* xorshift32: the same lists in every run. */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* An independent check: the links must be exactly one path through all pages. */
static int model_accepts(const struct dir *dir)
{
	uint32_t at = 0, i, next, seen = 0;

	for (i = 0; i < dir->n_dir; i++) {
		uint32_t on = i + 1 < dir->n_dir ? 1023 : dir->n_pages - i * 1023;
		uint32_t k;

		if (seen & 1u << at)
			return 0;
		seen |= 1u << at;
		for (k = 0; k < on; k++)
			if (!dir->pages[at].gref[k])
				return 0;
		if (i + 1 == dir->n_dir)
			return 1;
		next = dir->pages[at].next;
		for (at = 0; at < dir->n_dir && dir->dirs[at] != next; at++)
			;
		if (at == dir->n_dir)
			return 0;
	}
	return 1;
}

TEST_ALONE(any_wiring_of_the_pages_is_judged_as_a_model_does)
{
	uint32_t round, i, seed = 20240607, accepted = 0;
	struct found found;
	struct dir dir;

	dir_init(&dir, 4 * 1023 - 200);
	for (round = 0; round < 20000; round++) {
		for (i = 0; i < dir.n_dir; i++) {
			uint32_t r = next_random(&seed) % (dir.n_dir + 1);

			dir.pages[i].next = r < dir.n_dir ? dir_gref(r) : 0;
		}
		i = next_random(&seed) % 4;
		dir.pages[i].gref[next_random(&seed) % 1023] = round % 3 ? 77 : 0;
		found = dir_read(&dir, 1);
		assert_int_equal(found.rc, model_accepts(&dir) ? 0 : -EINVAL);
		accepted += found.rc == 0;
		found_finish(&found);
		if (round % 3 == 0)
			for (i = 0; i < dir.n_pages; i++)
				dir.pages[i / 1023].gref[i % 1023] = page_gref(i);
	}
	assert_true(accepted > 50);
	dir_finish(&dir);
}
