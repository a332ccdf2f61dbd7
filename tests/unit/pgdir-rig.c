/* SPDX-License-Identifier: MIT */
/* See pgdir-rig.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pgdir-rig.h"
#include "test.h"
#include "xenshbuf.h"

uint32_t dir_gref(uint32_t i)
{
	return 0x40000000u + i * 7;
}

uint32_t page_gref(uint32_t i)
{
	return i + 8;
}

void dir_init(struct dir *dir, uint32_t n_pages)
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

void dir_finish(struct dir *dir)
{
	free(dir->dirs);
	free(dir->grefs);
	free(dir->pages);
}

static struct pgdir_page *fetch(const struct dir *dir, uint32_t gref)
{
	uint32_t i;

	for (i = 0; i < dir->n_dir; i++)
		if (dir->dirs[i] == gref)
			return &dir->pages[i];
	return NULL;
}

struct found dir_read(const struct dir *dir, int with_grefs)
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

void found_finish(struct found *found)
{
	free(found->dirs);
	free(found->grefs);
}

void assert_refused(const struct dir *dir, int with_grefs)
{
	struct found found = dir_read(dir, with_grefs);

	assert_int_equal(found.rc, -EINVAL);
	found_finish(&found);
}

void assert_accepted(const struct dir *dir)
{
	struct found found = dir_read(dir, 1);

	assert_int_equal(found.rc, 0);
	assert_int_equal(found.n_fetches, dir->n_dir);
	assert_memory_equal(found.dirs, dir->dirs, dir->n_dir * sizeof *dir->dirs);
	assert_memory_equal(found.grefs, dir->grefs, dir->n_pages * sizeof *dir->grefs);
	found_finish(&found);
}
