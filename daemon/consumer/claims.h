/* SPDX-License-Identifier: MIT */
/*
 * The objects that one consumer may see, and those that it has claimed.  A claim ties an object to
 * a lane of the consumer's outbox, in one of the modes of the object; messages about the object go
 * there.
 *
 * A claim ends exactly once: by release, with the consumer, or with the object.  One that waits is
 * none yet.  Objects call the
 * listener of a claim, but never end the claim while they are called from here.
 */
#ifndef XENAVD_CLAIMS_H
#define XENAVD_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "consumer/objects.h"
#include "consumer/outbox.h"
#include "xenav-proto.h"

struct journal_slot;
struct reserve;

struct claims {
	struct outbox *box;
	struct reserve *reserve;
	const struct objects *objects;
	const struct policy *policy;
	const struct consumer_id *consumer;
	uint32_t id;        /* the number of the consumer */
	const char *name;   /* of the consumer */
	uint32_t announced; /* objects up to this number are announced, if they still exist and the
			       consumer may see them */
	bool told;          /* ANNOUNCED is sent */
	bool resumes;       /* the consumer knows the messages of XENAV_FEATURE_RESUME.. */
	bool counts;        /* ..and of XENAV_FEATURE_TAKEN */
	uint8_t token[XENAV_TOKEN_BYTES]; /* of the consumer, if it does */
	/* A guest waits for what the consumer has been asked to release. */
	void (*asked)(struct claims *claims);
	LIST_HEAD(, claim) all;
	struct waiting_list waiting;
};

struct claim {
	struct claims *claims;
	struct object *object;
	struct lane lane;
	uint32_t ways; /* XENAV_WAY_* of its buffers */
	enum xenav_mode mode;
	struct journal_slot *kept; /* its record, or NULL */
	bool opened;               /* stream: OPENED was sent since this was last cleared */
	bool ready;                /* connector: FRAME_READY waits until the lane is empty */
	bool again;                /* connector: that has XENAV_FRAME_AGAIN */
	LIST_ENTRY(claim) link;    // claims::all
	LIST_ENTRY(claim) by_same; // object::claims
};

/* Does the consumer have the same rights to every object as by the rules of that policy? */
bool claims_have_rights_as(const struct claims *claims, const struct policy *old);
/* Tell the consumer what has to be told before any object. */
void claims_greet(struct claims *claims);

/* Release everything. */
void claims_finish(struct claims *claims);

/* Announce new objects that the consumer may see, as many as the socket takes now, and behind the
 * first of them ANNOUNCED. */
void claims_announce(struct claims *claims);

/* Tell the consumer of the end of an object, if it knows the object.  All claims have ended. */
void claims_removed(struct claims *claims, const struct object *object);

/* The object of that number, or NULL when it is gone, not announced yet, or hidden from the
 * consumer. */
struct object *claims_object(const struct claims *claims, uint32_t id);

/*
 * Claim an object, answer CLAIMED and send the present state.
 *
 * @return 0, -EACCES without the right to that mode, -EOPNOTSUPP when the object has no such mode
 * or there is no common way, -EALREADY when this consumer has it in one mode or another, -EBUSY
 * when another drives it, -EUSERS when enough others watch it, -ENOMEM.
 */
int claims_take(struct claims *claims, struct object *object, const struct xenav_msg_claim *wish);

/*
 * The same, but a claim waits where claims_take() returns -EBUSY: it is answered by CLAIMED when
 * the claims before it have ended.
 *
 * @return 0, -EUSERS when XENAV_MAX_WAITING others wait, or as claims_take().
 */
int claims_take_or_wait(struct claims *claims, struct object *object,
			const struct xenav_msg_claim *wish);

/* Answer the consumer's claim that waits for the object by -ECANCELED.  @return 0 or -ENOTCONN. */
int claims_stop_waiting(struct claims *claims, struct object *object);

/* The consumer's claim of that object, or NULL. */
struct claim *claims_find(const struct claims *claims, const struct object *object);

/* End the claim and free it; the object is the next one's that waits for it. */
void claims_give_back(struct claim *claim);

/* The user who pays for a claim, which is data: for listeners. */
uid_t claim_user(void *data);

/* Nobody has the object any more: it is the next one's that waits for it. */
void claims_freed(struct object *object);

/* End all claims of an object that has gone, and those that wait for it. */
void claims_lost(struct object *object);

#endif
