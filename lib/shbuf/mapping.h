/* SPDX-License-Identifier: MIT */
/*
 * Mapping pages that another domain has granted.  No other file of this library maps or unmaps
 * grants: a mapping is unmapped as a whole, and errors become -errno in one place.
 */
#ifndef XENSHBUF_MAPPING_H
#define XENSHBUF_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

struct xengntdev_handle;

/*
 * Map n pages of domain domid side by side, all or none.  refs is not changed.
 *
 * @return 0, or with *addr unchanged -EFAULT if a gref is not granted to this domain, or another
 * -errno.
 */
int mapping_create(void **addr, struct xengntdev_handle *xgt, uint32_t domid, uint32_t *refs,
		   uint32_t n, bool writable);

/* Unmap the n pages of one mapping_create().  @return 0 or -errno. */
int mapping_destroy(struct xengntdev_handle *xgt, void *addr, uint32_t n);

#endif
