/* SPDX-License-Identifier: MIT */
/*
 * Dma-bufs that consumers offer for what their guest wants to be supplied with, in the guest's pool
 * (pool.h).  What a guest was granted of offers it may keep mapped as long as it lives, and pays
 * for, whoever comes to offer more.
 */
#ifndef XENAVD_OFFER_H
#define XENAVD_OFFER_H

#include <stdbool.h>
#include <stdint.h>

struct guest_info;
struct pooled;
struct supply;

struct supply_offer {
	uint64_t key; /* never used again */
	int fd;
	uint32_t pages;
};

/*
 * Take that one, which is charged as what else is supplied.  It is not zeroed.  fd is duplicated.
 * It is given back by pool_give_back().
 *
 * @return 0; -EBUSY when it is taken already, -ENOSPC, -ENOMEM, -EMFILE.
 */
int offer_take(struct supply *supply, const struct guest_info *guest,
	       const struct supply_offer *offer, struct pooled **out);

/*
 * Grant it, for the first time, and put its grefs into the guest's directory.  On the worker.
 *
 * @return 0 or -errno.
 */
int offer_fill(struct pooled *pooled, uint32_t gref_directory, uint32_t size_bytes);

/* Is it in use? */
bool supply_offer_is_taken(const struct supply *supply, uint64_t key);

/* Has it ever been filled with success, but for the guest's directory? */
bool supply_offer_is_granted(const struct supply *supply, uint64_t key);

/* The offer ends: its grants do, too, as soon as it is given back, but not what the guest pays. */
void supply_end_offer(struct supply *supply, uint64_t key);

/* What was filled in memory: NULL when it cannot be mapped, as some dma-bufs. */
void *offer_data(struct pooled *pooled);
const uint32_t *offer_grefs(struct pooled *pooled);
int offer_fd(struct pooled *pooled);

#endif
