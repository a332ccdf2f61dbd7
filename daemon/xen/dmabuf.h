/* SPDX-License-Identifier: MIT */
/*
 * A guest's pages as a dma-buf, for drivers to import; and somebody's dma-buf for a guest.  Only
 * kernels with CONFIG_XEN_GNTDEV_DMABUF can do either.  The first also takes an Xen that maps a
 * guest's pages for devices, which those for x86 refuse; but what counts is what a try tells.
 */
#ifndef XENAVD_DMABUF_H
#define XENAVD_DMABUF_H

#include <stdbool.h>
#include <stdint.h>

struct dmabuf;

/* Find out, by a page that our domain grants to itself, what is possible here; log what is not. */
void dmabuf_try(uint16_t own_domid);

/* Can guests' pages be exported?  True as well when it could not be tried, for want of gntalloc;
 * false before dmabuf_try(). */
bool dmabuf_can_export(void);

/* Make one of n pages.  May block.  @return 0, -EINVAL when a grant is not valid, -ENOMEM or
 * another -errno. */
int dmabuf_export(struct dmabuf **out, uint16_t domid, const uint32_t *grefs, uint32_t n);

/* Its descriptor, to be duplicated. */
int dmabuf_fd(const struct dmabuf *dmabuf);

/* Close our descriptor and wait for all others to be closed.  @return 0, -ETIMEDOUT when that takes
 * longer, or another -errno. */
int dmabuf_release(struct dmabuf *dmabuf, uint32_t wait_ms);

/* Whoever has it keeps it.  NULL is fine. */
void dmabuf_free(struct dmabuf *dmabuf);

/* -------- the other way round: somebody's dma-buf for a guest -------- */

struct dmabuf_import;

/* Can that be done?  False before dmabuf_try(). */
bool dmabuf_can_import(void);

/* The size of the dma-buf fd; 0 when it is none.  The file itself is not asked: one that is
 * somebody's own could take its time. */
uint64_t dmabuf_size_bytes(int fd);

/*
 * Grant the first n pages of the dma-buf fd, which stays the caller's and has to stay open, to
 * domid; grefs are their n grefs.  May block.
 *
 * @return 0, -EINVAL when fd is no dma-buf, has fewer pages, or cannot be granted, -ENOSPC when the
 * grant table is full, -ENOMEM or another -errno.
 */
int dmabuf_import(struct dmabuf_import **out, uint16_t domid, int fd, uint32_t *grefs, uint32_t n);

/* End the grants; NULL is fine.  @return 0 or -errno, it is gone either way. */
int dmabuf_import_end(struct dmabuf_import *import);

#endif
