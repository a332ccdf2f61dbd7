/* SPDX-License-Identifier: MIT */
/* See claims.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "consumer/claims.h"
#include "consumer/reserve.h"
#include "report/news.h"
#include "wire/wire.h"

/* -------- objects in the consumer's view -------- */

static enum right right_to(const struct claims *claims, const struct object *object, bool *direct)
{
	struct consumer_rights rights;

	policy_consumer(claims->policy, claims->consumer, object->guest, &rights);
	*direct = rights.direct;
	return object->ops->right(object, &rights);
}

bool claims_have_rights_as(const struct claims *claims, const struct policy *old)
{
	const struct object *object;
	struct consumer_rights before, now;

	for (object = objects_after(claims->objects, 0); object;
	     object = objects_after(claims->objects, object->id)) {
		policy_consumer(old, claims->consumer, object->guest, &before);
		policy_consumer(claims->policy, claims->consumer, object->guest, &now);
		if (!policy_same_rights(&before, &now))
			return false;
	}
	return true;
}

static bool may_see(const struct claims *claims, const struct object *object)
{
	bool direct;

	return right_to(claims, object, &direct) != RIGHT_NO;
}

/* Without randomness there is no token, and nothing is kept for the consumer. */
void claims_greet(struct claims *claims)
{
	union xenav_msg msg;

	if (!claims->resumes ||
	    getrandom(claims->token, sizeof claims->token, GRND_NONBLOCK) != sizeof claims->token)
		return;
	wire_init(&msg, XENAV_OP_TOKEN, 0);
	memcpy(msg.token.token, claims->token, sizeof msg.token.token);
	lane_send(&claims->box->replies, &msg, -1);
}

static void tell_guest(struct claims *claims, const struct object *object)
{
	union xenav_msg msg;

	if (!claims->resumes)
		return;
	wire_init(&msg, XENAV_OP_GUEST, object->id);
	object_put_string(msg.guest.uuid, sizeof msg.guest.uuid, object->guest->uuid);
	lane_send(&claims->box->replies, &msg, -1);
}

static void tell_announced(struct claims *claims)
{
	union xenav_msg msg;

	if (claims->told)
		return;
	claims->told = true;
	wire_init(&msg, XENAV_OP_ANNOUNCED, 0);
	lane_send(&claims->box->replies, &msg, -1);
}

void claims_announce(struct claims *claims)
{
	const struct object *object;
	union xenav_msg msg;

	while (outbox_ready(claims->box)) {
		object = objects_after(claims->objects, claims->announced);
		if (!object) {
			tell_announced(claims);
			return;
		}
		claims->announced = object->id;
		if (!may_see(claims, object))
			continue;
		tell_guest(claims, object);
		object->ops->announce(object, &msg);
		lane_send(&claims->box->replies, &msg, -1);
	}
}

void claims_removed(struct claims *claims, const struct object *object)
{
	union xenav_msg msg;

	if (object->id > claims->announced || !may_see(claims, object))
		return;
	wire_init(&msg, XENAV_OP_REMOVED, object->id);
	lane_send(&claims->box->replies, &msg, -1);
}

struct object *claims_object(const struct claims *claims, uint32_t id)
{
	struct object *object;

	if (id > claims->announced)
		return NULL;
	object = objects_find(claims->objects, id);
	return object && may_see(claims, object) ? object : NULL;
}

/* -------- claims -------- */

struct claim *claims_find(const struct claims *claims, const struct object *object)
{
	struct claim *claim;

	LIST_FOREACH (claim, &object->claims, by_same)
		if (claim->claims == claims)
			return claim;
	return NULL;
}

/* Without the right to `direct` there are only copies: a consumer can write to a dma-buf as well,
 * and keep it when its guest is gone. */
static int check(const struct claims *claims, const struct object *object,
		 const struct xenav_msg_claim *wish, uint32_t *ways)
{
	bool direct;
	const enum right right = right_to(claims, object, &direct);

	if (right < (wish->mode == XENAV_MODE_WATCH ? RIGHT_WATCH : RIGHT_CLAIM))
		return -EACCES;
	if (!object->ops->has_mode(object, wish->mode))
		return -EOPNOTSUPP;
	if (claims_find(claims, object) || waiting_find(claims, object))
		return -EALREADY;
	*ways = wish->ways & object->ops->ways & (direct ? XENAV_WAYS : XENAV_WAY_COPY);
	return *ways ? 0 : -EOPNOTSUPP;
}

static void send_claimed(const struct claim *claim)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIMED, claim->object->id);
	msg.claim.ways = claim->ways;
	msg.claim.mode = claim->mode;
	lane_send(&claim->claims->box->replies, &msg, -1);
}

static void tell_news(const struct claim *claim, enum xenav_event_kind kind)
{
	news_tell(&(struct news){.kind = kind,
				 .thing = claim->object->thing,
				 .value = claim->mode,
				 .consumer = claim->claims->id,
				 .uid = claim->claims->consumer->uid,
				 .name = claim->claims->name});
}

static void tell_told(struct claims *claims, const struct object *object)
{
	union xenav_msg msg;

	if (!claims->resumes)
		return;
	wire_init(&msg, XENAV_OP_TOLD, object->id);
	lane_send(&claims->box->replies, &msg, -1);
}

int claims_take(struct claims *claims, struct object *object, const struct xenav_msg_claim *wish)
{
	struct claim *claim;
	uint32_t ways;
	int rc;

	rc = check(claims, object, wish, &ways);
	if (rc < 0)
		return rc;
	if (wish->mode != XENAV_MODE_WATCH && reserve_bars(claims->reserve, claims, object))
		return -EBUSY;
	claim = calloc(1, sizeof *claim);
	if (!claim)
		return -ENOMEM;
	claim->claims = claims;
	claim->object = object;
	claim->ways = ways;
	claim->mode = wish->mode;
	lane_init(&claim->lane, claims->box, object->ops->room, claim);
	rc = object->ops->claim(claim);
	if (rc < 0) {
		free(claim);
		return rc;
	}
	LIST_INSERT_HEAD(&object->claims, claim, by_same);
	LIST_INSERT_HEAD(&claims->all, claim, link);
	if (claim->mode != XENAV_MODE_WATCH)
		reserve_begin(claims->reserve, claim);
	send_claimed(claim);
	tell_news(claim, XENAV_EVENT_CLAIMED);
	if (object->ops->claimed)
		object->ops->claimed(claim);
	tell_told(claims, object);
	return 0;
}

/* -------- claims that wait -------- */

static void refuse(struct claims *claims, const struct object *object, int error)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_ERROR, object->id);
	msg.error.error = error;
	msg.error.opcode = XENAV_OP_CLAIM_WAIT;
	lane_send(&claims->box->replies, &msg, -1);
}

int claims_take_or_wait(struct claims *claims, struct object *object,
			const struct xenav_msg_claim *wish)
{
	const int rc = claims_take(claims, object, wish);

	return rc == -EBUSY ? waiting_add(claims, object, wish) : rc;
}

int claims_stop_waiting(struct claims *claims, struct object *object)
{
	struct waiting *w = waiting_find(claims, object);

	if (!w)
		return -ENOTCONN;
	waiting_end(w);
	refuse(claims, object, -ECANCELED);
	return 0;
}

/* It is the first one's that can take it. */
void claims_freed(struct object *object)
{
	struct waiting *w;

	while ((w = TAILQ_FIRST(&object->waiting))) {
		const struct xenav_msg_claim wish = w->wish;
		struct claims *claims = w->claims;
		int rc;

		waiting_end(w);
		rc = claims_take(claims, object, &wish);
		if (rc == 0)
			return;
		refuse(claims, object, rc);
	}
}

/* -------- the end of claims -------- */

/* After this the claim cannot be found, and so not ended a second time. */
static void detach(struct claim *claim)
{
	reserve_end(claim);
	LIST_REMOVE(claim, by_same);
	LIST_REMOVE(claim, link);
}

static void destroy(struct claim *claim)
{
	lane_finish(&claim->lane);
	free(claim);
}

/* The object may call the listener until it is released.  A device that is going ends with the last
 * release of what it has lent, and its object with it. */
void claims_give_back(struct claim *claim)
{
	const struct objects *objects = claim->claims->objects;
	const uint32_t id = claim->object->id;
	const bool was_watching = claim->mode == XENAV_MODE_WATCH;
	struct object *object;

	detach(claim);
	tell_news(claim, XENAV_EVENT_RELEASED);
	claim->object->ops->release(claim);
	destroy(claim);
	object = objects_find(objects, id);
	if (object && !was_watching)
		claims_freed(object);
}

void claims_finish(struct claims *claims)
{
	struct waiting *w;
	struct claim *claim;

	while ((w = LIST_FIRST(&claims->waiting)))
		waiting_end(w);
	while ((claim = LIST_FIRST(&claims->all)))
		claims_give_back(claim);
}

uid_t claim_user(void *data)
{
	const struct claim *claim = data;

	return claim->claims->consumer->uid;
}

void claims_lost(struct object *object)
{
	struct waiting *w;
	struct claim *claim;

	while ((w = TAILQ_FIRST(&object->waiting)))
		waiting_end(w);
	while ((claim = LIST_FIRST(&object->claims))) {
		detach(claim);
		destroy(claim);
	}
}
