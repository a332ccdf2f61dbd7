/* SPDX-License-Identifier: MIT */
/* See pgdir.h. */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "shbuf/pgdir.h"
#include "xenshbuf.h"

_Static_assert(sizeof(struct pgdir_page) == XENSHBUF_PAGE_BYTES, "size of a directory page");
_Static_assert(sizeof(wchar_t) == sizeof(uint32_t), "wmemchr() looks for a gref");
_Static_assert(offsetof(struct pgdir_page, gref) == 4, "the grefs follow the link");

/* a / b rounded up; (a + b - 1) / b would wrap for the largest sizes. */
static uint32_t div_round_up(uint32_t a, uint32_t b)
{
	return a / b + (a % b != 0);
}

uint32_t xenshbuf_pages(uint32_t size_bytes)
{
	return div_round_up(size_bytes, XENSHBUF_PAGE_BYTES);
}

uint32_t xenshbuf_dir_pages(uint32_t n_pages)
{
	return div_round_up(n_pages, PGDIR_GREFS_PER_PAGE);
}

uint32_t pgdir_grefs_on(uint32_t n_pages, uint32_t dir_idx)
{
	uint32_t rest;

	if (dir_idx >= xenshbuf_dir_pages(n_pages))
		return 0;
	rest = n_pages - dir_idx * PGDIR_GREFS_PER_PAGE;
	return rest < PGDIR_GREFS_PER_PAGE ? rest : PGDIR_GREFS_PER_PAGE;
}

void pgdir_snapshot(struct pgdir_page *copy, const volatile void *page)
{
	const volatile struct pgdir_page *from = page;
	uint32_t i;

	copy->next = from->next;
	for (i = 0; i < PGDIR_GREFS_PER_PAGE; i++)
		copy->gref[i] = from->gref[i];
}

/* Was gref a directory page of this walk, the present one included? */
static int walk_had(const struct pgdir_walk *walk, uint32_t gref)
{
	uint32_t i;

	for (i = 0; i <= walk->taken; i++)
		if (walk->dirs[i] == gref)
			return 1;
	return 0;
}

int pgdir_walk_start(struct pgdir_walk *walk, uint32_t n_pages, uint32_t first, uint32_t *dirs,
		     uint32_t *grefs)
{
	if (!n_pages || !first)
		return -EINVAL;

	walk->n_pages = n_pages;
	walk->n_dir = xenshbuf_dir_pages(n_pages);
	walk->taken = 0;
	walk->dirs = dirs;
	walk->grefs = grefs;
	dirs[0] = first;
	return 0;
}

uint32_t pgdir_walk_wants(const struct pgdir_walk *walk)
{
	return walk->dirs[walk->taken];
}

int pgdir_walk_take(struct pgdir_walk *walk, const struct pgdir_page *copy)
{
	uint32_t idx = walk->taken;

	if (idx >= walk->n_dir)
		return -EINVAL;
	if (walk->grefs && pgdir_get_grefs(copy, idx, walk->n_pages, walk->grefs) < 0)
		goto unsound;

	if (idx + 1 == walk->n_dir) {
		walk->taken = walk->n_dir;
		return 0;
	}
	if (!copy->next || walk_had(walk, copy->next))
		goto unsound;

	walk->taken = idx + 1;
	walk->dirs[idx + 1] = copy->next;
	return 1;

unsound:
	walk->taken = walk->n_dir;
	return -EINVAL;
}

int pgdir_get_grefs(const struct pgdir_page *copy, uint32_t dir_idx, uint32_t n_pages,
		    uint32_t *grefs)
{
	const uint32_t n = pgdir_grefs_on(n_pages, dir_idx);

	/* It looks at several words at a time. */
	if (wmemchr((const wchar_t *)copy->gref, 0, n))
		return -EINVAL;
	memcpy(grefs + (size_t)dir_idx * PGDIR_GREFS_PER_PAGE, copy->gref, n * sizeof *grefs);
	return 0;
}

void pgdir_put_link(volatile struct pgdir_page *page, uint32_t dir_idx, uint32_t n_pages,
		    const uint32_t *dirs)
{
	page->next = dir_idx + 1 < xenshbuf_dir_pages(n_pages) ? dirs[dir_idx + 1] : 0;
}

void pgdir_put_grefs(volatile struct pgdir_page *page, uint32_t dir_idx, uint32_t n_pages,
		     const uint32_t *grefs)
{
	uint32_t n = pgdir_grefs_on(n_pages, dir_idx);
	uint32_t i;

	grefs += (size_t)dir_idx * PGDIR_GREFS_PER_PAGE;
	for (i = 0; i < n; i++)
		page->gref[i] = grefs[i];
}
