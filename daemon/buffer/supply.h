/* SPDX-License-Identifier: MIT */
/*
 * Buffers of our own memory for guests (be_alloc), in one pool for each domain.  What a guest
 * destroys goes back to its domain's pool, and what it asks for next is taken from there, zeroed.
 * It does not go back to the kernel while the domain lives: a guest may keep mapped what it was
 * given, and the kernel would let it have ever more.  So a domain costs what its policy allows at
 * most, whatever it maps and never unmaps; and no page is ever seen by two domains.
 *
 * Each buffer has a gntalloc descriptor of its own.  On the event loop but for supplied_fill().
 */
#ifndef XENAVD_SUPPLY_H
#define XENAVD_SUPPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each of them costs us a descriptor: as many as a display has entries. */
#define SUPPLY_MAX_BUFFERS_PER_DOMAIN 64

struct guest_info;
struct supplied;
struct supply;
struct xen;
struct xenshbuf;

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
 * Take a buffer of at least so many pages from the guest's pool: the smallest that fits, or a new
 * one that supplied_fill() will make.  guest is needed during the call only.
 *
 * @return 0; -ENOSPC when the guest's policy does not allow any more, or it has too many buffers;
 * -ENOMEM.
 */
int supply_take(struct supply *supply, const struct guest_info *guest, uint32_t pages,
		struct supplied **out);

/* A dma-buf that a consumer offers for a guest's buffers. */
struct supply_offer {
	uint64_t key; /* never used again */
	int fd;
	uint32_t pages;
};

/*
 * Take that one, which is charged as what else is supplied, but may make up no more than half of
 * what the guest's policy allows: what it was granted of offers it may keep mapped as long as it
 * lives, and pays for, whoever comes to offer more.  It is not zeroed.  fd is duplicated.
 *
 * @return 0; -EBUSY when it is taken already, -ENOSPC, -ENOMEM, -EMFILE.
 */
int supply_take_offer(struct supply *supply, const struct guest_info *guest,
		      const struct supply_offer *offer, struct supplied **out);

/* Is it in use? */
bool supply_offer_is_taken(const struct supply *supply, uint64_t key);

/* Has it ever been filled with success, but for the guest's directory? */
bool supply_offer_is_granted(const struct supply *supply, uint64_t key);

/* The offer ends: its grants do, too, as soon as it is given back, but not what the guest pays. */
void supply_end_offer(struct supply *supply, uint64_t key);

/* The key of the offer that it is, 0: it is none. */
uint64_t supplied_key(const struct supplied *supplied);

/* What was filled in memory: NULL when it cannot be mapped, as some dma-bufs. */
void *supplied_data(const struct supplied *supplied);

/* The dma-buf of an offer, -ENOTTY for others. */
int supplied_dmabuf_fd(const struct supplied *supplied);

/*
 * Zero the buffer and put its grefs into the guest's directory, see xenshbuf_provide().  On the
 * worker.
 *
 * @return 0 or -errno, for which supply_explain() has words.
 */
int supplied_fill(struct supplied *supplied, uint32_t gref_directory, uint32_t size_bytes);

/* What was filled; stays the buffer's.  NULL for an offer. */
struct xenshbuf *supplied_shbuf(const struct supplied *supplied);

/* The guest has no use for it any more, or filling it has failed. */
void supply_give_back(struct supplied *supplied);

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

#endif
