/* SPDX-License-Identifier: MIT */
/*
 * Dma-bufs that consumers offer to be supplied to a guest, in the domain's pool (pool.h).  A guest
 * may keep a granted offer mapped as long as it lives, and stays charged for it.
 */
#ifndef XENAVD_OFFER_H
#define XENAVD_OFFER_H

#include <stdbool.h>
#include <stdint.h>

struct guest_info;
struct pooled;
struct supply;

struct supply_offer {
	uint64_t key; /* unique for ever */
	int fd;
	uint32_t pages;
};

/*
 * Take an offer for a guest and charge the domain; pool_give_back() returns it.  fd is duplicated.
 *
 * @return 0; -EBUSY when it is in use, -ENOSPC, -ENOMEM, -EMFILE.
 */
int offer_take(struct supply *supply, const struct guest_info *guest,
	       const struct supply_offer *offer, struct pooled **out);

/* Grant the dma-buf unless it is granted, and write its grefs into the guest's directory.  To be
 * called on the worker.  @return 0 or -errno. */
int offer_fill(struct pooled *pooled, uint32_t gref_directory, uint32_t size_bytes);

bool supply_offer_is_taken(const struct supply *supply, uint64_t key);

/* Was the dma-buf ever granted?  If so, an error of offer_fill() is one of the guest's directory.
 */
bool supply_offer_is_granted(const struct supply *supply, uint64_t key);

/* End an offer, and its grants when it is given back.  The domain stays charged. */
void supply_end_offer(struct supply *supply, uint64_t key);

/* Of an offer that was filled.  offer_data() is NULL for a dma-buf that cannot be mapped. */
void *offer_data(struct pooled *pooled);
const uint32_t *offer_grefs(struct pooled *pooled);
int offer_fd(struct pooled *pooled);

#endif
