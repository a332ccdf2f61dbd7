/* SPDX-License-Identifier: MIT */
/*
 * As much of Xen as libxenshbuf sees: the grants of all domains on memfds, the few calls of
 * libxengnttab (defined here, instead of linking that library) and /dev/xen/gntalloc (open, ioctl
 * and mmap are wrapped by the linker).  Any call can be ordered to fail.
 */
#ifndef TESTS_SHBUF_FAKE_H
#define TESTS_SHBUF_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_GUEST   7u
#define FAKE_BACKEND 0u

struct fake {
	/* Who calls: the owner of what is allocated now, the one who must have been granted. */
	uint32_t self;

	/* Orders. */
	int open_errno;         /* /dev/xen/gntalloc cannot be opened */
	const char *limit_text; /* what sysfs says of the limit, NULL: no such file */
	bool no_grant_copy;     /* copies fail as a whole */
	uint32_t limit;         /* pages that gntalloc gives in all */
	int16_t copy_status;    /* what the hypervisor says of every copy */
	bool copy_forgets;      /* copies report success as a whole and do nothing */
	uint32_t read_only;     /* this gref is granted to be read only; 0: none */
	uint32_t fail_at;       /* this call of all that can fail does, counted from 1; 0: none */
	void (*on_copy)(uint32_t gref); /* after a page was copied */

	/* What happened. */
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

/* Forget every order and count.  What is granted or mapped must have been given back. */
void fake_reset(void);

/* The page behind a gref, for a guest that writes what it likes when it likes. */
uint32_t *fake_page(uint32_t gref);

/* To which domain it is granted; -1 if to none. */
int fake_granted_to(uint32_t gref);

#endif
