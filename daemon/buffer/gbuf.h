/* SPDX-License-Identifier: MIT */
/*
 * A guest's buffer: the memory behind a page directory.  It is mapped on the worker and charged to
 * the domain while it is mapped, or it is supplied to the guest (be_alloc).
 */
#ifndef XENAVD_GBUF_H
#define XENAVD_GBUF_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/xen.h"

/* The owner of the memory. */
enum gbuf_kind {
	GBUF_MAPPED,   /* the guest */
	GBUF_SUPPLIED, /* xenavd, see pool.h */
	GBUF_OFFERED,  /* a consumer, see offer.h */
};

struct gbuf;
struct guest_info;
struct supply;
struct supply_offer;

/* Called on the loop.  gbuf belongs to the callee; NULL when rc is a -errno. */
typedef void (*gbuf_mapped)(struct gbuf *gbuf, int rc, void *data);

/*
 * Map a buffer of a guest.  guest is used during the call only.  After 0, mapped is called once.
 *
 * @return 0; -EINVAL for a size of 0, -ENOSPC when the domain or all domains reach their limit,
 * -ENOMEM.
 */
int gbuf_map(const struct xen *xen, const struct guest_info *guest, uint32_t gref_directory,
	     uint32_t size_bytes, bool writable, gbuf_mapped mapped, void *data);

/*
 * Supply a buffer to a guest: a consumer's, or one of the domain's pool when offer is NULL.  The
 * policy limits what is supplied apart from what is mapped; otherwise as gbuf_map().
 * supply_explain() has words for the errors that mapped gets.
 *
 * @return 0; -EINVAL for a size of 0 or larger than the offer, -EBUSY when the offer is in use,
 * -ENOSPC when the domain reaches its limit, -ENOMEM, -EMFILE.
 */
int gbuf_supply(struct supply *supply, const struct guest_info *guest,
		const struct supply_offer *offer, uint32_t gref_directory, uint32_t size_bytes,
		gbuf_mapped mapped, void *data);

/*
 * Go on with a buffer of the domain's pool that an earlier process has supplied: it is as it was
 * left.
 *
 * @return 0; -ENOENT when there is no buffer of that number and size, or it is taken; -EINVAL for a
 * size of 0, -ENOSPC when the domain has more than its policy allows, -ENOMEM.
 */
int gbuf_recall(struct gbuf **out, struct supply *supply, const struct guest_info *guest,
		uint32_t number, uint32_t gref_directory, uint32_t size_bytes);

enum gbuf_kind gbuf_kind(const struct gbuf *gbuf);

/* The number of a supplied buffer, for gbuf_recall(); 0 when it does not outlive this process. */
uint32_t gbuf_number(const struct gbuf *gbuf);

/* The key of the offer; 0 for other kinds. */
uint64_t gbuf_offer_key(const struct gbuf *gbuf);

/* Explain an error of gbuf_map(), or one that mapped got: the text names the limit and how to raise
 * it.  The text is valid until the next call. */
const char *gbuf_explain(const struct guest_info *guest, uint32_t size_bytes, int rc);

/* Unmap the buffer on the worker, or return it to its pool, then call unmapped (may be NULL) on the
 * loop.  The caller must not use gbuf any more.  For NULL unmapped is called nevertheless. */
void gbuf_unmap(const struct xen *xen, struct gbuf *gbuf, void (*unmapped)(void *data), void *data);

/* Hold the buffer for a job that reads it on the worker: gbuf_unmap() waits until every holder has
 * let go. */
void gbuf_hold(struct gbuf *gbuf);
void gbuf_let_go(struct gbuf *gbuf);

/*
 * Write bytes into a mapped buffer on the worker.  In a read-only mapping each page is mapped
 * writable while it is written.  After 0, written is called once, with 0 or a -errno; after an
 * error some of the bytes may have been written.  The caller may unmap the buffer meanwhile.
 *
 * @return 0; -EINVAL outside of the buffer or for another kind, -ENOMEM.
 */
int gbuf_write(const struct xen *xen, struct gbuf *gbuf, uint32_t offset_bytes, const void *bytes,
	       uint32_t n_bytes, void (*written)(int rc, void *data), void *data);

/* The guest can change this memory at any time.  NULL for a dma-buf that cannot be mapped. */
void *gbuf_data(const struct gbuf *gbuf);
bool gbuf_is_writable(const struct gbuf *gbuf);
uint32_t gbuf_size_bytes(const struct gbuf *gbuf);

/* Bracket a read: a device that writes to a dma-buf keeps its caches coherent in between.  May be
 * called on the worker while the buffer is held.  @return as gbuf_data(). */
const void *gbuf_begin_read(const struct gbuf *gbuf);
void gbuf_end_read(const struct gbuf *gbuf);

/* May be called on the worker. */
uint16_t gbuf_domid(const struct gbuf *gbuf);

/* The gref of each page: granted by the guest if the buffer is mapped, otherwise to the guest.  May
 * be called on the worker. */
const uint32_t *gbuf_grefs(const struct gbuf *gbuf);

/* The descriptor and offset of a supplied buffer's pages, see xenshbuf_gntalloc_fd(); -ENOTTY for
 * other kinds.  May be called on the worker. */
int gbuf_gntalloc_fd(const struct gbuf *gbuf, uint64_t *offset_bytes);

/* The dma-buf that was offered, or an export of a mapped buffer.  The descriptor belongs to the
 * buffer.  Unmapping waits up to half a second until all duplicates of an export are closed.  To be
 * called on the worker.
 *
 * @return the descriptor; -ENOTTY for a supplied buffer, or an error of dmabuf_export(). */
int gbuf_dmabuf_fd(struct gbuf *gbuf);

#endif
