/* SPDX-License-Identifier: MIT */
/*
 * Exports of a guest's pages as a dma-buf, for drivers to import, and imports of a consumer's
 * dma-buf for a guest.  Both need a kernel with CONFIG_XEN_GNTDEV_DMABUF; exports also need a Xen
 * that maps a guest's pages for devices, which Xen on x86 refuses.  dmabuf_try() finds out.
 */
#ifndef XENAVD_DMABUF_H
#define XENAVD_DMABUF_H

#include <stdbool.h>
#include <stdint.h>

struct dmabuf;

/* Find out with a page that our domain grants to itself what is possible; log what is not. */
void dmabuf_try(uint16_t own_domid);

/* Can guests' pages be exported?  Also true when gntalloc is missing for a try; false before
 * dmabuf_try(). */
bool dmabuf_can_export(void);

/* Export n pages.  May block.  @return 0, -EINVAL when a grant is not valid, -ENOMEM or another
 * -errno. */
int dmabuf_export(struct dmabuf **out, uint16_t domid, const uint32_t *grefs, uint32_t n);

/* The descriptor of the export, to be duplicated. */
int dmabuf_fd(const struct dmabuf *dmabuf);

/* Close our descriptor and wait until all others are closed.  @return 0, -ETIMEDOUT after wait_ms,
 * or another -errno. */
int dmabuf_release(struct dmabuf *dmabuf, uint32_t wait_ms);

/* Other descriptors of the export stay valid.  NULL is fine. */
void dmabuf_free(struct dmabuf *dmabuf);

/* -------- imports -------- */

struct dmabuf_import;

/* Can a dma-buf be imported?  False before dmabuf_try(). */
bool dmabuf_can_import(void);

/* The size of the dma-buf fd, or 0 when fd is no dma-buf.  Never asks the file itself, which could
 * block if it is no dma-buf. */
uint64_t dmabuf_size_bytes(int fd);

/*
 * Grant the first n pages of the dma-buf fd, which stays the caller's and has to stay open, to
 * domid; grefs are their n grefs.  May block.
 *
 * @return 0, -EINVAL when fd is no dma-buf, has fewer pages, or cannot be granted, -ENOSPC when the
 * grant table is full, -ENOMEM or another -errno.
 */
int dmabuf_import(struct dmabuf_import **out, uint16_t domid, int fd, uint32_t *grefs, uint32_t n);

/* End the grants and free the import; NULL is fine.  @return 0 or -errno. */
int dmabuf_import_end(struct dmabuf_import *import);

#endif
