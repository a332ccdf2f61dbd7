/* SPDX-License-Identifier: MIT */
/*
 * Dma-bufs that the drivers of a display's connectors offer for buffers that the guest asks to be
 * supplied with.  Offers end with the claim; the guest keeps those that it uses by then.
 */
#ifndef XENAVD_OFFERS_H
#define XENAVD_OFFERS_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer/offer.h"
#include "display/published.h"
#include "xenav-proto.h"

struct display_context;

/* Key 0 is a free entry. */
struct offer {
	struct supply_offer it;
	bool failed; /* could not be granted, is not tried again */
};

struct offers {
	const struct display_context *context;
	struct offer all[DISPLAY_MAX_CONNECTORS][XENAV_MAX_OFFERS];
};

/* See connector_offer(). */
int offers_put(struct offers *offers, unsigned connector, uint32_t index, uint32_t size_bytes,
	       int fd);

/* The claim of the connector's driver ends. */
void offers_end(struct offers *offers, unsigned connector);

/* The smallest offer that is free and large enough, or NULL. */
const struct offer *offers_fitting(const struct offers *offers, uint32_t size_bytes);

/* The offer of that key, which may have ended, cannot be used: log why. */
void offers_fail(struct offers *offers, uint64_t key, const char *why);

/* The index of the offer of that key, plus 1; 0: the connector has none. */
uint32_t offers_index(const struct offers *offers, unsigned connector, uint64_t key);

#endif
