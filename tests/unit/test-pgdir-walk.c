/* SPDX-License-Identifier: MIT */
/*
 * Reading a page directory (lib/shbuf/pgdir.c): all known kinds of invalid lists, and lists that
 * only look like one.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "pgdir-rig.h"
#include "test.h"
#include "xenshbuf.h"

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
