/* SPDX-License-Identifier: MIT */
/*
 * The page directory of sndif.h and displif.h as arithmetic: how many pages a buffer has, what goes
 * on which directory page, is a list that somebody else wrote sound.  Nothing here knows Xen, maps
 * memory or allocates: whoever reads a directory brings one private copy of each page, once.
 *
 * A directory page is a link to the next one (0 on the last) and 1023 grefs.  How many grefs there
 * are is never transmitted: both ends compute it from the size of the buffer.
 */
#ifndef XENSHBUF_PGDIR_H
#define XENSHBUF_PGDIR_H

#include <stdint.h>

#define PGDIR_GREFS_PER_PAGE 1023u

struct pgdir_page {
	uint32_t next;
	uint32_t gref[PGDIR_GREFS_PER_PAGE];
};

/*
 * One reading of a directory.  The counters alone decide how far it goes, so a list that loops or
 * does not end costs no more than a good one.
 */
struct pgdir_walk {
	uint32_t n_pages; /* of the buffer */
	uint32_t n_dir;   /* directory pages that many grefs need */
	uint32_t taken;   /* directory pages taken so far */
	uint32_t *dirs;   /* the caller's, room for n_dir: their grefs in the order of the list */
	uint32_t *grefs;  /* the caller's, room for n_pages; or NULL: only the links matter */
};

/* How many grefs are on directory page dir_idx: 1023, the rest on the last, 0 behind it. */
uint32_t pgdir_grefs_on(uint32_t n_pages, uint32_t dir_idx);

/*
 * Copy a page that others may write into private memory: every word is fetched exactly once, and
 * only the copy is used from then on.
 */
void pgdir_snapshot(struct pgdir_page *copy, const volatile void *page);

/*
 * Start to read the directory that begins at the gref first.
 *
 * @return 0, or -EINVAL if there are no pages to find or first is 0.
 */
int pgdir_walk_start(struct pgdir_walk *walk, uint32_t n_pages, uint32_t first, uint32_t *dirs,
		     uint32_t *grefs);

/* The gref of the directory page that pgdir_walk_take() wants now. */
uint32_t pgdir_walk_wants(const struct pgdir_walk *walk);

/*
 * Take the private copy of the page that pgdir_walk_wants() named.  What is behind the last gref
 * and the link of the last page are ignored: nothing says what they hold.
 *
 * @return 1 if another page is wanted, 0 if that was the last one, -EINVAL if the list ends too
 * early, comes back to a page it had, or (with room for grefs) names gref 0.  After an error, and
 * after the last page, the walk is over.
 */
int pgdir_walk_take(struct pgdir_walk *walk, const struct pgdir_page *copy);

/*
 * Read the grefs of directory page dir_idx out of its private copy, to their places in grefs.
 *
 * @return 0, or -EINVAL if one of them is 0.
 */
int pgdir_get_grefs(const struct pgdir_page *copy, uint32_t dir_idx, uint32_t n_pages,
		    uint32_t *grefs);

/* Write the link of directory page dir_idx: the gref of the next one, or 0 on the last. */
void pgdir_put_link(volatile struct pgdir_page *page, uint32_t dir_idx, uint32_t n_pages,
		    const uint32_t *dirs);

/* Write the grefs of directory page dir_idx and nothing else; the page is not read. */
void pgdir_put_grefs(volatile struct pgdir_page *page, uint32_t dir_idx, uint32_t n_pages,
		     const uint32_t *grefs);

#endif
