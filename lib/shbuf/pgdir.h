/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of the page directory of sndif.h and displif.h: layout, and checks of a list that
 * another domain wrote.  No function here calls Xen, maps memory or allocates: a reader passes one
 * private copy of each page, once.
 *
 * A directory page is a link to the next one (0 on the last) and 1023 grefs.  The number of grefs
 * is not transmitted: both ends compute it from the size of the buffer.
 */
#ifndef XENSHBUF_PGDIR_H
#define XENSHBUF_PGDIR_H

#include <stdint.h>

#define PGDIR_GREFS_PER_PAGE 1023u

struct pgdir_page {
	uint32_t next;
	uint32_t gref[PGDIR_GREFS_PER_PAGE];
};

/* The state of reading a directory.  The counters alone limit it, so a list that loops or does not
 * end costs no more than a valid one. */
struct pgdir_walk {
	uint32_t n_pages; /* of the buffer */
	uint32_t n_dir;   /* directory pages in total */
	uint32_t taken;   /* directory pages read so far */
	uint32_t *dirs;   /* of the caller, n_dir entries: grefs of the directory pages */
	uint32_t *grefs;  /* of the caller, n_pages entries; NULL: read the links only */
};

/* Number of grefs on directory page dir_idx: 1023, the rest on the last, 0 behind it. */
uint32_t pgdir_grefs_on(uint32_t n_pages, uint32_t dir_idx);

/* Copy a page that another domain can change: read each word once. */
void pgdir_snapshot(struct pgdir_page *copy, const volatile void *page);

/* Start to read the directory that begins at gref first.  @return 0; -EINVAL if n_pages or first is
 * 0. */
int pgdir_walk_start(struct pgdir_walk *walk, uint32_t n_pages, uint32_t first, uint32_t *dirs,
		     uint32_t *grefs);

/* The gref of the next directory page. */
uint32_t pgdir_walk_wants(const struct pgdir_walk *walk);

/*
 * Process the private copy of the page that pgdir_walk_wants() named.  The link of the last page
 * and the words after the last gref are undefined and ignored.
 *
 * @return 1 if another page is needed, 0 after the last one; -EINVAL if the list ends too early,
 * contains a page twice, or (with grefs) gref 0.  After 0 or an error the walk has ended.
 */
int pgdir_walk_take(struct pgdir_walk *walk, const struct pgdir_page *copy);

/* Copy the grefs of directory page dir_idx from its private copy to their places in grefs.
 * @return 0; -EINVAL if one of them is 0. */
int pgdir_get_grefs(const struct pgdir_page *copy, uint32_t dir_idx, uint32_t n_pages,
		    uint32_t *grefs);

/* Write the link of directory page dir_idx: the gref of the next one, or 0 on the last. */
void pgdir_put_link(volatile struct pgdir_page *page, uint32_t dir_idx, uint32_t n_pages,
		    const uint32_t *dirs);

/* Write the grefs of directory page dir_idx, without reading the page. */
void pgdir_put_grefs(volatile struct pgdir_page *page, uint32_t dir_idx, uint32_t n_pages,
		     const uint32_t *grefs);

#endif
