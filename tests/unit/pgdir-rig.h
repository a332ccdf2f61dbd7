/* SPDX-License-Identifier: MIT */
/* A page directory as the other end writes it, and a reader of it. */
#ifndef TESTS_PGDIR_RIG_H
#define TESTS_PGDIR_RIG_H

#include <stdint.h>

#include "shbuf/pgdir.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* A directory of the other end: page i has the gref dirs[i]. */
struct dir {
	uint32_t n_pages;
	uint32_t n_dir;
	uint32_t *dirs;
	uint32_t *grefs;
	struct pgdir_page *pages;
};

uint32_t dir_gref(uint32_t i);
uint32_t page_gref(uint32_t i);

/* A valid directory; undefined words (the tail of the last page) are filled with junk. */
void dir_init(struct dir *dir, uint32_t n_pages);
void dir_finish(struct dir *dir);

/* Results of a reader, in arrays without a spare element. */
struct found {
	int rc;
	uint32_t n_fetches;
	uint32_t *dirs;
	uint32_t *grefs;
};

struct found dir_read(const struct dir *dir, int with_grefs);
void found_finish(struct found *found);

void assert_refused(const struct dir *dir, int with_grefs);
void assert_accepted(const struct dir *dir);

#endif
