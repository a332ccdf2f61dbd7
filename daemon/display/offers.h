/* SPDX-License-Identifier: MIT */
/*
 * Buffers that the driver of a connector offers for what its guest wants to be supplied with.
 * Offers end with the claim; the guest keeps those that it uses by then.
 */
#ifndef XENAVD_OFFERS_H
#define XENAVD_OFFERS_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer/offer.h"
#include "xenav-proto.h"

struct display_context;

/* Key 0 is a free entry. */
struct offer {
	struct supply_offer it;
	bool failed; /* it could not be granted, and is not tried again */
};

/* All zero is no offer. */
struct offers {
	struct offer all[XENAV_MAX_OFFERS];
};

/* @return as connector_offer(). */
int offers_put(struct offers *offers, const struct display_context *context, uint32_t index,
	       uint32_t size_bytes, int fd);

/* The driver's claim ends. */
void offers_end(struct offers *offers, struct supply *supply);

/* The smallest that is free and large enough; NULL: none. */
struct offer *offers_fitting(struct offers *offers, const struct supply *supply, uint32_t pages);

/* The offer of that key, or NULL. */
struct offer *offers_find(struct offers *offers, uint64_t key);

/* The index of the offer of that key, plus 1; 0: there is none. */
uint32_t offers_index(const struct offers *offers, uint64_t key);

#endif
