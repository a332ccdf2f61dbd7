/* SPDX-License-Identifier: MIT */
/* A claim from the inside, for claims.c, tell.c and requests.c. */
#ifndef XENAVD_CLAIMS_PRIV_H
#define XENAVD_CLAIMS_PRIV_H

#include "consumer/claims.h"
#include "consumer/objects.h"
#include "consumer/outbox.h"
#include "display/connector.h"
#include "sound/stream.h"

struct claim {
	struct claims *claims;
	struct object *object;
	struct lane lane;
	uint32_t ways;             /* that its buffers may take */
	bool watches;              /* and does not drive */
	bool opened;               /* has been called since it was last cleared */
	bool ready;                /* FRAME_READY waits until the lane is empty */
	bool again;                /* with XENAV_FRAME_AGAIN */
	LIST_ENTRY(claim) link;    // claims::all
	LIST_ENTRY(claim) by_same; // object::claims
};

/* -------- claims.c -------- */

/* The consumer's claim of that object, or NULL. */
struct claim *claims_find(const struct claims *claims, const struct object *object);

/* End it; the claim is freed. */
void claims_give_back(struct claim *claim);

/* -------- tell.c -------- */

/* What the stream or connector says is sent on; their data is the claim. */
extern const struct stream_listener tell_of_stream;
extern const struct connector_listener tell_of_connector;

/* For the claim's lane: there is room again. */
void tell_stream_anew(void *data);
void tell_next_frame(void *data);

#endif
