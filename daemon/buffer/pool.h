/* SPDX-License-Identifier: MIT */
/*
 * Buffers supplied to guests (be_alloc), in one pool per domain: buffers of our own memory, which
 * this file makes, and dma-bufs of consumers (offer.h).  A buffer of our own that a guest destroys
 * returns to the domain's pool; the next one the domain asks for is taken from there and zeroed.
 * It returns to the kernel only when the domain is gone: since a guest may keep it mapped, the
 * kernel would otherwise hand out more and more.  So a domain costs at most what its policy allows,
 * and no two domains ever see the same page.
 *
 * Each buffer of our own has a gntalloc descriptor.  On the event loop except pool_fill().
 */
#ifndef XENAVD_POOL_H
#define XENAVD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xen/worker.h"

/* Each buffer costs a descriptor; a display has as many entries. */
#define SUPPLY_MAX_BUFFERS_PER_DOMAIN 64

/*
 * Of all domains, those that outlive this process.  Each has two names in the environment of the
 * next one, in a variable that the kernel limits to 128 KiB.
 */
#define SUPPLY_MAX_KEPT 2048

struct guest_info;
struct journal_slot;
struct pool;
struct supply;
struct xen;
struct xenshbuf;

/* A buffer in a pool: the first member of a structure that the pool frees as a whole. */
struct pooled {
	struct job job;
	const struct xen *xen;
	struct supply *supply;
	struct pool *pool;
	uint16_t domid;
	uint32_t pages;
	uint64_t key;    /* of an offer; 0: our own memory */
	uint32_t number; /* of our own memory, in the fd store; 0: not kept there */
	struct journal_slot *slot;
	bool taken;
	bool filled; /* at least once */
	bool ended;  /* cannot be taken again */
	bool noted;  /* by pool_filled() */
	int rc;      /* of keeping_put(), later of release() */
	LIST_ENTRY(pooled) link;

	/* Return the memory to the kernel, on the worker if filled.  @return 0 or -errno. */
	int (*release)(struct pooled *pooled);
};

/* Make the set of all pools.  xen must outlive it.  @return 0 or -ENOMEM. */
int supply_create(struct supply **out, const struct xen *xen);

/* Return everything to the kernel.  The worker has stopped and no buffer is taken.  Accepts NULL.
 */
void supply_destroy(struct supply *supply);

const struct xen *supply_xen(const struct supply *supply);

/* Pages of all pools, and of the domain's. */
uint32_t supply_pages(const struct supply *supply);
uint32_t supply_pages_of(const struct supply *supply, uint16_t domid);

/* Log what prevents supplying a single frame of 1920x1080. */
void supply_check(void);

/*
 * The domain is gone: return its buffers to the kernel, those in use when they are given back.
 *
 * After a restart of xenstored, living domains seem gone, too.  The kernel then keeps the pages
 * they have mapped, and the domain may be supplied with as much again once a toolstack has
 * introduced it anew.  Keeping the pools would be worse: no event would ever end those of domains
 * that died meanwhile.
 */
void supply_domain_gone(struct supply *supply, uint16_t domid);

/* Explain an error of pool_fill() or offer_fill(): the text names the limit and how to raise it. */
void supply_explain(const struct supply *supply, int rc, uint32_t size_bytes, char *text,
		    size_t size);

/*
 * Take a buffer of at least that many pages from the domain's pool: the smallest that fits, or a
 * new one, which pool_fill() allocates.  guest is used during the call only.
 *
 * @return 0; -ENOSPC when the policy does not allow more or there are too many buffers; -ENOMEM.
 */
int pool_take(struct supply *supply, const struct guest_info *guest, uint32_t pages,
	      struct pooled **out);

/* Zero the buffer and write its grefs into the guest's directory, see xenshbuf_provide().  To be
 * called on the worker.  @return 0 or -errno. */
int pool_fill(struct pooled *pooled, uint32_t gref_directory, uint32_t size_bytes);

/* The buffer that pool_fill() made; it belongs to the pool. */
struct xenshbuf *pool_shbuf(struct pooled *pooled);

/* The buffer, or offer, is filled: note in the journal what has to outlive this process, unless it
 * is there. */
void pool_filled(struct pooled *pooled);

/* Return a buffer to its pool, also after an error of filling it. */
void pool_give_back(struct pooled *pooled);

/* -------- for offers -------- */

/* Add a buffer with pages, key and release set to the domain's pool, as taken.  Offers get at most
 * half of what the policy allows.  After 0 the pool owns it.  @return 0, -ENOSPC, -ENOMEM. */
int pool_add(struct supply *supply, const struct guest_info *guest, struct pooled *pooled);

/* The offer of that key, or NULL. */
struct pooled *pool_find_offer(const struct supply *supply, uint64_t key);

bool pool_may_take(const struct pooled *pooled);

/* Remove the buffer from its pool, now or when it is given back.  The domain stays charged for an
 * offer that was granted. */
void pool_end(struct pooled *pooled);

/* -------- after a restart -------- */

/*
 * Take over the pools that an earlier process has left, with its journal and descriptors.  No
 * buffer is taken.  What is damaged or missing is logged and left out.  At the start, before any
 * guest is served.
 */
void supply_recall(struct supply *supply);

/*
 * Take the buffer of that number, as it is.
 *
 * @return 0; -ENOENT when the domain has no such buffer of that many pages, or it is taken;
 * -ENOSPC when the domain has more than its policy allows.
 */
int pool_take_again(struct supply *supply, const struct guest_info *guest, uint32_t number,
		    uint32_t pages, struct pooled **out);

/* Call look for each domain that has a pool. */
void supply_each_domain(const struct supply *supply, void (*look)(uint16_t domid, void *data),
			void *data);

#endif
