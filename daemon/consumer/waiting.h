/* SPDX-License-Identifier: MIT */
/*
 * Claims that wait until their object is free: a queue for each object, first come, first served.
 * Pure lists; claims.c decides who waits, and grants.
 */
#ifndef XENAVD_WAITING_H
#define XENAVD_WAITING_H

#include <stdbool.h>
#include <sys/queue.h>

#include "xenav-proto.h"

struct claims;
struct object;

struct waiting {
	struct claims *claims;
	struct object *object;
	struct xenav_msg_claim wish;
	TAILQ_ENTRY(waiting) by_turn; // object::waiting
	LIST_ENTRY(waiting) link;     // claims::waiting
};

TAILQ_HEAD(waiting_queue, waiting);
LIST_HEAD(waiting_list, waiting);

/*
 * Put a claim at the end of its object's queue.
 *
 * @return 0, -EUSERS if XENAV_MAX_WAITING wait for it, -ENOMEM.
 */
int waiting_add(struct claims *claims, struct object *object, const struct xenav_msg_claim *wish);

/* The consumer's claim that waits for the object, or NULL. */
struct waiting *waiting_find(const struct claims *claims, const struct object *object);

/* Take a claim out of its queue and free it. */
void waiting_end(struct waiting *waiting);

#endif
