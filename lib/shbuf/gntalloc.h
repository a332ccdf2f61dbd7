/* SPDX-License-Identifier: MIT */
/*
 * Pages of our own that one other domain may map, from /dev/xen/gntalloc by its raw requests:
 * xengntshr_share_pages() gives the grefs back as soon as it has mapped them, and no other process
 * could map the pages then.  One descriptor holds the pages of one buffer and nothing else.
 */
#ifndef XENSHBUF_GNTALLOC_H
#define XENSHBUF_GNTALLOC_H

#include <stdint.h>

struct gntalloc {
	int fd;          /* -1: nothing is granted */
	uint64_t index;  /* where the pages begin in fd */
	uint32_t count;  /* pages that the kernel counts as ours */
	uint32_t *grefs; /* one per page */
	void *data;      /* all of them, mapped read-write; zeroed by the kernel */
};

/* What gntalloc_end() leaves, and what it may be called on. */
void gntalloc_init(struct gntalloc *mem);

/*
 * Allocate count zeroed pages, grant them writable to one domain, map them.
 *
 * @return 0; -ENOENT, -ENODEV, -ENXIO or -EACCES if the device is not there or not ours; -ENOSPC if
 * the kernel's limit or the grant table is full; -ENOMEM, -EMFILE.  After an error nothing is held.
 */
int gntalloc_share(struct gntalloc *mem, uint32_t domid, uint32_t count);

/*
 * End the grants, unmap, close.  A process that was given the descriptor cannot map the pages any
 * more; one that has mapped them keeps them.  Idempotent.
 *
 * @return 0 or the first -errno; nothing is held either way.
 */
int gntalloc_end(struct gntalloc *mem);

#endif
