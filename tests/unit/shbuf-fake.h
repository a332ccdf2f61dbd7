/* SPDX-License-Identifier: MIT */
/*
 * The parts of Xen that libxenshbuf uses: grants of all domains in memfds, a few calls of
 * libxengnttab (instead of that library) and /dev/xen/gntalloc (the linker wraps open, ioctl and
 * mmap).  A test can order any call to fail.
 */
#ifndef TESTS_SHBUF_FAKE_H
#define TESTS_SHBUF_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_GUEST   7u
#define FAKE_BACKEND 0u

struct fake {
	/* The calling domain: owner of new pages, and the one that grants must name. */
	uint32_t self;

	/* Orders. */
	int open_errno;                 /* /dev/xen/gntalloc cannot be opened */
	const char *limit_text;         /* text of the limit in sysfs, NULL: no such file */
	bool no_grant_copy;             /* copies fail as a whole */
	uint32_t limit;                 /* pages that gntalloc gives in all */
	int16_t copy_status;            /* status of every copy */
	bool copy_forgets;              /* copies report success as a whole and do nothing */
	uint32_t read_only;             /* this gref is granted to be read only; 0: none */
	uint32_t fail_at;               /* number of the call that fails, from 1; 0: none */
	void (*on_copy)(uint32_t gref); /* after a page was copied */

	/* Counts. */
	uint32_t n_calls;  /* calls that can fail, of any kind */
	uint32_t n_copies; /* asked for */
	uint32_t n_maps;
	uint32_t n_allocs;   /* asked of gntalloc */
	uint32_t n_granted;  /* pages now */
	uint32_t n_mapped;   /* pages now */
	uint32_t n_mappings; /* now */
	int last_prot;
};

extern struct fake fake;

/* Clear all orders and counts.  All grants and mappings must have ended. */
void fake_reset(void);

/* The page behind a gref, for a guest that changes it at any time. */
uint32_t *fake_page(uint32_t gref);

/* The domain that a gref is granted to; -1: none. */
int fake_granted_to(uint32_t gref);

#endif
