/* SPDX-License-Identifier: MIT */
/*
 * The requests of displif.h.  Each gets one answer with its id and operation, so that a guest never
 * waits for its time-out; refusals are logged with the reason.  Mapping and unmapping take
 * time and are answered when they are done; the ring waits, other connectors do not.
 *
 * Reserved bits are never a reason to refuse: Linux does not clear a slot before it fills it.
 *
 * Limits are answered with -ENOSPC (tables, the domain's pages) or -EBUSY (unread events), names
 * that mean nothing with -ENOENT, and invalid parameters with -EINVAL.
 */
#ifndef XENAVD_REQUESTS_H
#define XENAVD_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "display/geometry.h"
#include "xen/displif.h"

struct connector;
struct tables;

/* Returned while a request is being served and its answer comes later. */
#define LATER 1

/* One for each connector: a ring has one request under way. */
struct request {
	struct tables *tables;
	struct connector *conn;
	const char *name; /* of the operation; NULL: unknown */
	struct xendispl_req req;

	/* DBUF_CREATE */
	struct dbuf_shape shape;
	bool supplies;      /* the guest wants our memory */
	uint64_t offer_key; /* the consumer's memory that is being tried, or 0 */

	/* GET_EDID */
	uint32_t edid_bytes;
};

/* Prepare the channel of a connector, and the request for it. */
void request_init(struct request *request, struct tables *tables, struct connector *conn);

/* Answer with rc, and log a refusal: why may be NULL for one that is not worth a warning. */
void request_finish(struct request *request, int rc, const char *why);

#endif
