/* SPDX-License-Identifier: MIT */
/*
 * Pages of our own, granted to one other domain, from /dev/xen/gntalloc.  xengntshr_share_pages()
 * would release the grefs as soon as it has mapped them, and no other process could map the pages.
 * Each buffer has a descriptor of its own.
 */
#ifndef XENSHBUF_GNTALLOC_H
#define XENSHBUF_GNTALLOC_H

#include <stdint.h>

struct gntalloc {
	int fd;          /* -1: nothing is granted */
	uint64_t index;  /* offset of the pages in fd */
	uint32_t count;  /* pages granted */
	uint32_t *grefs; /* one per page */
	void *data;      /* the pages, mapped read-write */
};

/* The state that gntalloc_end() accepts and leaves. */
void gntalloc_init(struct gntalloc *mem);

/*
 * Allocate count zeroed pages, grant them writable to a domain and map them.
 *
 * @return 0; -ENOENT, -ENODEV, -ENXIO or -EACCES if the device cannot be opened; -ENOSPC at the
 * kernel's limit or when the grant table is full; -ENOMEM, -EMFILE.  After an error nothing is
 * held.
 */
int gntalloc_share(struct gntalloc *mem, uint32_t domid, uint32_t count);

/*
 * Take over the count pages that fd has at offset index, granted by an earlier process.  grefs is
 * copied; fd becomes mem's with 0 only.
 *
 * @return 0; -ENOTTY if fd is no descriptor of gntalloc, -ENOENT if it has no such pages, -EINVAL
 * for an index that is no offset of a page, -ENOMEM, or another -errno.
 */
int gntalloc_adopt(struct gntalloc *mem, int fd, uint64_t index, const uint32_t *grefs,
		   uint32_t count);

/*
 * End the grants, unmap, close.  Other processes with the descriptor cannot map the pages any more;
 * their mappings stay.  Idempotent.
 *
 * @return 0 or the first -errno; nothing is held in either case.
 */
int gntalloc_end(struct gntalloc *mem);

#endif
