/* SPDX-License-Identifier: MIT */
/*
 * Mapping pages that another domain has granted.  The only caller of libxengnttab's map and unmap
 * in this library: what was mapped together is unmapped together, never in parts, and its NULL and
 * -1 with an errno become -errno in one place.
 */
#ifndef XENSHBUF_MAPPING_H
#define XENSHBUF_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

struct xengntdev_handle;

/*
 * Map n pages of domain domid side by side, all or nothing; refs is not changed.
 *
 * @return 0, or with *addr untouched -EFAULT if one of them is not granted to us, another -errno.
 */
int mapping_create(void **addr, struct xengntdev_handle *xgt, uint32_t domid, uint32_t *refs,
		   uint32_t n, bool writable);

/* Unmap the n pages of one mapping_create().  @return 0 or -errno. */
int mapping_destroy(struct xengntdev_handle *xgt, void *addr, uint32_t n);

#endif
