/* SPDX-License-Identifier: MIT */
/*
 * Grants of other domains: single pages for rings, whole buffers through libxenshbuf.  All calls
 * may block; only the worker thread makes them.
 */
#ifndef XENAVD_GNTTAB_H
#define XENAVD_GNTTAB_H

#include <stdbool.h>
#include <stdint.h>

struct gnttab;
struct xenshbuf;

/* @return 0; -ENOENT or -EACCES when /dev/xen/gntdev cannot be opened, or another -errno. */
int gnttab_open(struct gnttab **out);
void gnttab_close(struct gnttab *gnttab);

/* Map one page, read-write. @return 0 or -errno (-EINVAL: the grant is not valid). */
int gnttab_map_page(struct gnttab *gnttab, uint16_t domid, uint32_t gref, void **page);
void gnttab_unmap_page(struct gnttab *gnttab, void *page);

/* Map the buffer behind a page directory, see xenshbuf_map(). */
int gnttab_map_buffer(struct gnttab *gnttab, uint16_t domid, uint32_t gref_directory,
		      uint32_t size_bytes, bool writable, struct xenshbuf **out);

/*
 * Supply a new buffer to a page directory, see xenshbuf_provide(), or the buffer *buf again if it
 * is not NULL, see xenshbuf_provide_again().
 */
int gnttab_provide_buffer(struct gnttab *gnttab, uint16_t domid, uint32_t gref_directory,
			  uint32_t size_bytes, struct xenshbuf **buf);

/* Supply pages that are already granted, see xenshbuf_provide_refs(). */
int gnttab_provide_refs(struct gnttab *gnttab, uint16_t domid, uint32_t gref_directory,
			uint32_t size_bytes, const uint32_t *grefs);

#endif
