/* SPDX-License-Identifier: MIT */
/*
 * What one consumer sees of the registry, and what of that it has claimed.  A claim ties an object
 * to a lane of the consumer's outbox, in one of the modes that the object has; what the object
 * tells goes there.
 *
 * A claim ends exactly once: by release, with the consumer, or with the object.  Objects call back
 * into the claim, but never end it while they are called from here.
 */
#ifndef XENAVD_CLAIMS_H
#define XENAVD_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "consumer/objects.h"
#include "consumer/outbox.h"
#include "xenav-proto.h"

struct claims {
	struct outbox *box;
	const struct objects *objects;
	const struct policy *policy;
	const struct consumer_id *consumer;
	uint32_t announced; /* objects up to this number, if they are still there and the consumer
			       may see them */
	LIST_HEAD(, claim) all;
};

struct claim {
	struct claims *claims;
	struct object *object;
	struct lane lane;
	uint32_t ways; /* that its buffers may take */
	enum xenav_mode mode;
	bool opened;               /* stream: it was told so since this was last cleared */
	bool ready;                /* connector: FRAME_READY waits until the lane is empty */
	bool again;                /* with XENAV_FRAME_AGAIN */
	LIST_ENTRY(claim) link;    // claims::all
	LIST_ENTRY(claim) by_same; // object::claims
};

/* Release everything. */
void claims_finish(struct claims *claims);

/* Announce what the consumer may see and has not been told of: as much as the socket takes now. */
void claims_announce(struct claims *claims);

/* An object that all claims of have ended goes: tell the consumer, if it knows the object. */
void claims_removed(struct claims *claims, const struct object *object);

/* The object of that number, or NULL when it is gone, not announced yet, or none of this consumer's
 * business. */
struct object *claims_object(const struct claims *claims, uint32_t id);

/*
 * Claim an object, answer CLAIMED and tell its present state.
 *
 * @return 0, -EACCES without the right to that mode, -EOPNOTSUPP when the object has no such mode
 * or there is no common way, -EALREADY when this consumer has it in one mode or another, -EBUSY
 * when another drives it, -EUSERS when enough others watch it, -ENOMEM.
 */
int claims_take(struct claims *claims, struct object *object, const struct xenav_msg_claim *wish);

/* The consumer's claim of that object, or NULL. */
struct claim *claims_find(const struct claims *claims, const struct object *object);

/* End it; the claim is freed. */
void claims_give_back(struct claim *claim);

/* The object has gone, and with it all claims of all consumers. */
void claims_lost(struct object *object);

#endif
