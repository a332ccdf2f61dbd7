/* SPDX-License-Identifier: MIT */
/*
 * What one consumer drives or watches: every claim ties an object of the registry to a lane of the
 * consumer's outbox, and hands what the one says to the other.  A watch is a claim in another mode:
 * it is told the same, and what it may say moves nothing.
 *
 * A claim ends exactly once: by release, with the consumer, or with the object.  Streams and
 * connectors call back into here, but never end a claim while they are called from here.
 */
#ifndef XENAVD_CLAIMS_H
#define XENAVD_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "xenav-proto.h"

struct claim;
struct object;
struct outbox;

struct claims {
	struct outbox *box;
	uid_t uid;     /* of the consumer */
	uint32_t ways; /* XENAV_WAY_* that this consumer may have */
	LIST_HEAD(, claim) all;
};

void claims_init(struct claims *claims, struct outbox *box, uint32_t ways);

/* Release everything. */
void claims_finish(struct claims *claims);

/*
 * Claim or watch an object (XENAV_MODE_*), answer CLAIMED and tell its present state.
 *
 * @return 0, -EALREADY when this consumer has it in one mode or the other, -EBUSY when another
 * drives it, -EUSERS when enough others watch it, -EOPNOTSUPP when there is no common way or it
 * cannot be watched, -ENOMEM.
 */
int claims_take(struct claims *claims, struct object *object, uint32_t ways, uint32_t mode);

/* The object has gone, and whoever had claimed or watched it has lost it. */
void claims_lost(struct object *object);

#endif
