/* SPDX-License-Identifier: MIT */
/* Pools as the files of pool.h see them. */
#ifndef XENAVD_POOL_PRIV_H
#define XENAVD_POOL_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "buffer/pool.h"
#include "config/policy.h"

struct pool {
	uint16_t domid;
	char uuid[GUEST_UUID_BYTES];
	bool gone; /* the domain */
	uint32_t pages;
	uint32_t offered_pages;    /* part of pages */
	uint32_t granted_pages;    /* part of offered_pages: of those that were ever granted */
	struct journal_slot *slot; /* with granted_pages */
	unsigned n_buffers;
	LIST_HEAD(, pooled) buffers;
	LIST_ENTRY(pool) link; /* supply::pools */
};

struct supply {
	const struct xen *xen;
	uint32_t pages;       /* of all pools, including those being released */
	uint32_t last_number; /* of a buffer in the fd store */
	unsigned n_kept;      /* buffers with a number */
	LIST_HEAD(, pool) pools;
};

/* A buffer of our own memory. */
struct supplied {
	struct pooled pooled;
	struct xenshbuf *shbuf; /* NULL until filled */
};

/* The pool of the domain with that number and uuid, or NULL; a new one, or NULL without memory. */
struct pool *pool_find(const struct supply *supply, uint16_t domid, const char *uuid);
struct pool *pool_make(struct supply *supply, uint16_t domid, const char *uuid);

/* The pool of the guest, or NULL.  The domains that had its number before are gone. */
struct pool *pool_of(struct supply *supply, const struct guest_info *guest);

/* Add a buffer to the pool, and its pages to the sums. */
void pool_join(struct pool *pool, struct supply *supply, struct pooled *pooled);

/* Free the pool if nothing is left of it. */
void pool_settle(struct pool *pool);

/* Of a buffer of our own memory. */
int supplied_release(struct pooled *pooled);

#endif
