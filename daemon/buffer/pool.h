/* SPDX-License-Identifier: MIT */
/*
 * Buffers for guests that are not of their own memory (be_alloc), in one pool for each domain: of
 * ours, which are made here, and of consumers, see offer.h.  A buffer of ours that a guest destroys
 * goes back to its domain's pool, and is zeroed and used again for what that domain asks for next.
 * It does not go back to the kernel while the domain lives: a guest may keep mapped what it was
 * given, and the kernel would let it have ever more.  So a domain costs what its policy allows at
 * most, whatever it maps and never unmaps; and no page is ever seen by two domains.
 *
 * Each buffer of ours has a gntalloc descriptor.  On the event loop but for pool_fill().
 */
#ifndef XENAVD_POOL_H
#define XENAVD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xen/worker.h"

/* Each of them costs us a descriptor: as many as a display has entries. */
#define SUPPLY_MAX_BUFFERS_PER_DOMAIN 64

struct guest_info;
struct pool;
struct supply;
struct xen;
struct xenshbuf;

/* What a pool keeps of a buffer.  It is allocated by whoever puts it in, as the first member of
 * what that keeps, and freed by the pool. */
struct pooled {
	struct job job;
	const struct xen *xen;
	struct supply *supply;
	struct pool *pool;
	uint16_t domid;
	uint32_t pages;
	uint64_t key; /* of an offer; 0: it is of our own memory */
	bool taken;
	bool filled; /* ever */
	bool ended;  /* not to be taken again */
	int rc;
	LIST_ENTRY(pooled) link; /* pool::buffers */

	/* Give it back to the kernel; on the worker if it was filled.  @return 0 or -errno. */
	int (*release)(struct pooled *pooled);
};

/* The pools of all domains.  xen outlives it. @return 0 or -ENOMEM. */
int supply_create(struct supply **out, const struct xen *xen);

/* Give everything back to the kernel, when the worker has been stopped and nothing is taken any
 * more; NULL is fine. */
void supply_destroy(struct supply *supply);

const struct xen *supply_xen(const struct supply *supply);

/* All pages of all pools. */
uint32_t supply_pages(const struct supply *supply);

/* Say once what would keep a guest from being supplied with a single frame of 1920x1080. */
void supply_check(void);

/*
 * The domain is gone: so are its pages, each as soon as it is given back.
 *
 * An xenstored that was started anew makes domains seem gone that live.  The kernel then keeps what
 * they still map until they do not, and what is lost is only that it counts: such a domain could
 * have its cap anew, once a toolstack has made it known again.  To keep the pools instead would
 * keep those of domains that have died meanwhile, for ever, because nobody would say so.
 */
void supply_domain_gone(struct supply *supply, uint16_t domid);

/* Why could a buffer of that size not be filled?  Names the limit that was hit and how to raise it.
 */
void supply_explain(const struct supply *supply, int rc, uint32_t size_bytes, char *text,
		    size_t size);

/*
 * Take a buffer of at least so many pages from the guest's pool: the smallest that fits, or a new
 * one that pool_fill() will make.  guest is needed during the call only.
 *
 * @return 0; -ENOSPC when the guest's policy does not allow any more, or it has too many buffers;
 * -ENOMEM.
 */
int pool_take(struct supply *supply, const struct guest_info *guest, uint32_t pages,
	      struct pooled **out);

/*
 * Zero the buffer and put its grefs into the guest's directory, see xenshbuf_provide().  On the
 * worker.
 *
 * @return 0 or -errno, for which supply_explain() has words.
 */
int pool_fill(struct pooled *pooled, uint32_t gref_directory, uint32_t size_bytes);

/* What was filled; stays the buffer's. */
struct xenshbuf *pool_shbuf(struct pooled *pooled);

/* The guest has no use for it any more, or filling it has failed. */
void pool_give_back(struct pooled *pooled);

/* -------- for offers -------- */

/*
 * Put a buffer into the guest's pool, taken; pages, key and release are set.  Offers may make up no
 * more than half of what the guest's policy allows.  It is the pool's when 0 is returned.
 *
 * @return 0, -ENOSPC, -ENOMEM.
 */
int pool_add(struct supply *supply, const struct guest_info *guest, struct pooled *pooled);

/* The offer of that key, or NULL. */
struct pooled *pool_find_offer(const struct supply *supply, uint64_t key);

/* Can it be taken? */
bool pool_may_take(const struct pooled *pooled);

/* It is not to be taken again: it leaves its pool now, or when it is given back.  What was granted
 * of an offer its domain goes on paying for. */
void pool_end(struct pooled *pooled);

#endif
