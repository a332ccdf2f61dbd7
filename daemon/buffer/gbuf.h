/* SPDX-License-Identifier: MIT */
/*
 * A guest's buffer: the memory behind a page directory, mapped on the worker and charged to the
 * guest's domain while it is; or supplied to the guest, from the pool of its domain.
 */
#ifndef XENAVD_GBUF_H
#define XENAVD_GBUF_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/xen.h"

/* Where the memory is from. */
enum gbuf_kind {
	GBUF_MAPPED,   /* the guest's own, mapped */
	GBUF_SUPPLIED, /* ours, of the pool of the domain */
	GBUF_OFFERED,  /* a dma-buf of a consumer's */
};

struct gbuf;
struct guest_info;
struct supply;
struct supply_offer;

/* Called on the loop; gbuf is the caller's to release, or NULL when rc is a -errno. */
typedef void (*gbuf_mapped)(struct gbuf *gbuf, int rc, void *data);

/*
 * Map a buffer; guest is needed during the call only.  When 0 is returned, mapped is called later,
 * exactly once.
 *
 * @return 0; -EINVAL for a size of 0, -ENOSPC when the domain, or all of them, have their fill,
 * -ENOMEM.
 */
int gbuf_map(const struct xen *xen, const struct guest_info *guest, uint32_t gref_directory,
	     uint32_t size_bytes, bool writable, gbuf_mapped mapped, void *data);

/*
 * Supply a buffer (be_alloc), of our own memory or, unless it is NULL, of what a consumer offers:
 * see pool_take() and offer_take().  All as for gbuf_map(), but that the domain is not charged for
 * what is mapped: what counts is what its policy allows to be supplied.  An error that mapped
 * brings is one of supply_explain(); what is wrong with an offer is not the guest's fault.
 *
 * @return 0; -EINVAL for a size of 0 or more than the offer has, -EBUSY when the offer is taken
 * already, -ENOSPC when the domain has its fill, -ENOMEM, -EMFILE.
 */
int gbuf_supply(struct supply *supply, const struct guest_info *guest,
		const struct supply_offer *offer, uint32_t gref_directory, uint32_t size_bytes,
		gbuf_mapped mapped, void *data);

enum gbuf_kind gbuf_kind(const struct gbuf *gbuf);

/* The key of the offer that it is; 0: it is none. */
uint64_t gbuf_offer_key(const struct gbuf *gbuf);

/*
 * Why could a buffer of that size not be mapped?  An error of gbuf_map(), or one that mapped
 * brings, in words that name the limit that was hit and how to raise it; they are there until the
 * next call.
 */
const char *gbuf_explain(const struct guest_info *guest, uint32_t size_bytes, int rc);

/* Unmap on the worker, or give back what was supplied, then call unmapped (may be NULL) on the
 * loop.  gbuf is gone at once; NULL is fine, and then unmapped is still called, from the loop. */
void gbuf_unmap(const struct xen *xen, struct gbuf *gbuf, void (*unmapped)(void *data), void *data);

/* Somebody reads from the buffer on the worker, behind what unmaps it: it is unmapped only when all
 * of them are done. */
void gbuf_hold(struct gbuf *gbuf);
void gbuf_let_go(struct gbuf *gbuf);

/*
 * Put bytes into the guest's own memory, also of a buffer that is mapped read-only: then each page
 * they touch is mapped for writing just as long as it takes, on the worker.  Calls written, later
 * and exactly once, with 0 or a -errno (some of the bytes may be there then).  The buffer may be
 * unmapped at once.
 *
 * @return 0; -EINVAL outside of the buffer, or when it is not the guest's own; -ENOMEM.
 */
int gbuf_write(const struct xen *xen, struct gbuf *gbuf, uint32_t offset_bytes, const void *bytes,
	       uint32_t n_bytes, void (*written)(int rc, void *data), void *data);

/* The guest's memory: hostile, may change at any time.  NULL for an offer that cannot be mapped. */
void *gbuf_data(const struct gbuf *gbuf);
bool gbuf_is_writable(const struct gbuf *gbuf);
uint32_t gbuf_size_bytes(const struct gbuf *gbuf);

/* The memory, NULL as above, to be read until gbuf_end_read(): the caches of the device that
 * writes to a dma-buf are in step meanwhile.  Also on the worker, while the buffer is held. */
const void *gbuf_begin_read(const struct gbuf *gbuf);
void gbuf_end_read(const struct gbuf *gbuf);

/* Whose it is, and the gref of each of its pages as long as the buffer is there: the guest's, as
 * the directory had them, or those that it was granted.  Also on the worker. */
uint16_t gbuf_domid(const struct gbuf *gbuf);
const uint32_t *gbuf_grefs(const struct gbuf *gbuf);

/* The descriptor that holds the pages of a supplied buffer, and where: see xenshbuf_gntalloc_fd().
 * -ENOTTY for other kinds.  Also on the worker. */
int gbuf_gntalloc_fd(const struct gbuf *gbuf, uint64_t *offset_bytes);

/* The buffer as a dma-buf: one that was offered, or an export of one that is mapped.  It stays the
 * buffer's, which is not unmapped before all duplicates of an export are closed, or half a second
 * has passed.  On the worker.
 *
 * @return the descriptor, or what dmabuf_export() says. */
int gbuf_dmabuf_fd(struct gbuf *gbuf);

#endif
