/* SPDX-License-Identifier: MIT */
/* The claims of one consumer, from their beginning to their end: see claims.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <stdlib.h>

#include "consumer/claims-priv.h"
#include "wire/wire.h"

void claims_init(struct claims *claims, struct outbox *box, uint32_t ways)
{
	claims->box = box;
	claims->ways = ways;
	LIST_INIT(&claims->all);
}

static int occupy(struct claim *claim)
{
	const struct object *object = claim->object;

	if (object->stream && claim->watches)
		return stream_watch(object->stream, &tell_of_stream, claim);
	if (object->stream)
		return stream_claim(object->stream, &tell_of_stream, claim);
	if (claim->watches)
		return connector_watch(object->connector, &tell_of_connector, claim->ways, claim);
	return connector_claim(object->connector, &tell_of_connector, claim->ways, claim);
}

static void send_claimed(const struct claim *claim, uint32_t mode)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIMED, claim->object->id);
	msg.claim.ways = claim->ways;
	msg.claim.mode = mode;
	lane_send(&claim->claims->box->replies, &msg, -1);
}

struct claim *claims_find(const struct claims *claims, const struct object *object)
{
	struct claim *claim;

	LIST_FOREACH (claim, &object->claims, by_same)
		if (claim->claims == claims)
			return claim;
	return NULL;
}

/* What of the ways offered it may have.  Sound is copied: 192 kB a second are not worth trusting
 * anybody with more. */
static uint32_t admitted(const struct claims *claims, const struct object *object, uint32_t ways)
{
	return ways & claims->ways & (object->stream ? XENAV_WAY_COPY : XENAV_WAYS);
}

int claims_take(struct claims *claims, struct object *object, uint32_t ways, uint32_t mode)
{
	struct claim *claim;
	int rc;

	if (claims_find(claims, object))
		return -EALREADY;
	ways = admitted(claims, object, ways);
	if (!ways)
		return -EOPNOTSUPP;
	claim = calloc(1, sizeof *claim);
	if (!claim)
		return -ENOMEM;
	claim->claims = claims;
	claim->object = object;
	claim->ways = ways;
	claim->watches = mode == XENAV_MODE_WATCH;
	lane_init(&claim->lane, claims->box, object->stream ? tell_stream_anew : tell_next_frame,
		  claim);
	rc = occupy(claim);
	if (rc < 0) {
		free(claim);
		return rc;
	}
	LIST_INSERT_HEAD(&object->claims, claim, by_same);
	LIST_INSERT_HEAD(&claims->all, claim, link);
	send_claimed(claim, mode);
	if (object->stream)
		stream_resync(object->stream, claim);
	return 0;
}

/* From here on nobody finds the claim, so that nobody can end it a second time. */
static void detach(struct claim *claim)
{
	LIST_REMOVE(claim, by_same);
	LIST_REMOVE(claim, link);
}

static void destroy(struct claim *claim)
{
	lane_finish(&claim->lane);
	free(claim);
}

/* The listener may still be called until the object has been released. */
void claims_give_back(struct claim *claim)
{
	detach(claim);
	if (claim->object->stream)
		stream_release(claim->object->stream, claim);
	else
		connector_release(claim->object->connector, claim);
	destroy(claim);
}

void claims_finish(struct claims *claims)
{
	struct claim *claim;

	while ((claim = LIST_FIRST(&claims->all)))
		claims_give_back(claim);
}

void claims_lost(struct object *object)
{
	struct claim *claim;

	while ((claim = LIST_FIRST(&object->claims))) {
		detach(claim);
		destroy(claim);
	}
}
