/* SPDX-License-Identifier: MIT */
/* The request that is being served on the ring of a connector, and its answer. */
#ifndef XENAVD_REQUEST_H
#define XENAVD_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "display/geometry.h"
#include "xen/displif.h"

/* Serving says this if the answer comes later. */
#define LATER 1

struct connector;
struct tables;

/* One for each connector: a ring has one request under way. */
struct request {
	struct tables *tables;
	struct connector *conn;
	const char *name; /* of the operation; NULL: it is not known */
	struct xendispl_req req;

	/* DBUF_CREATE */
	struct dbuf_shape shape;
	bool supplies;      /* the guest wants our memory */
	uint64_t offer_key; /* or that of a consumer, which is being tried */

	/* GET_EDID */
	uint32_t edid_bytes;
};

/* Answer with that status. */
void request_answer(struct request *request, int status);

/* Answer with rc, and log what is refused: why may be NULL for what is not worth a warning. */
void request_finish(struct request *request, int rc, const char *why);

#endif
