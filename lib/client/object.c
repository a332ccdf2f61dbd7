/* SPDX-License-Identifier: MIT */
/*
 * What streams and connectors have in common: they come, are claimed and released, and go.
 *
 * A program may release and claim again before the daemon has answered the first claim.  Every
 * CLAIM has exactly one answer, so the answers that belong to given-up claims are counted, and
 * what arrives before the last one is about a claim that we do not have any more.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

struct xenav_object *object_find(struct xenav *x, uint32_t id)
{
	struct xenav_object *o;

	TAILQ_FOREACH (o, &x->objects, link)
		if (o->id == id)
			return o;
	return NULL;
}

int object_add(struct xenav *x, struct xenav_object *o, uint32_t id, enum object_kind kind)
{
	if (id == 0 || object_find(x, id))
		return -EPROTO;
	o->x = x;
	o->id = id;
	o->kind = kind;
	TAILQ_INSERT_TAIL(&x->objects, o, link);
	return 0;
}

/* Forget what the daemon has told about the object. */
static void object_reset(struct xenav_object *o)
{
	o->claimed = false;
	switch (o->kind) {
	case OBJECT_STREAM:
		stream_reset(stream_of(o));
		break;
	case OBJECT_CONNECTOR:
		connector_reset(connector_of(o));
		break;
	}
}

void object_destroy(struct xenav_object *o)
{
	object_reset(o);
	send_cancel(o, ~0u);
	TAILQ_REMOVE(&o->x->objects, o, link);
	switch (o->kind) {
	case OBJECT_STREAM:
		free(stream_of(o));
		break;
	case OBJECT_CONNECTOR:
		free(connector_of(o));
		break;
	}
}

int object_claim(struct xenav_object *o, bool watch)
{
	int rc;

	rc = client_check(o->x);
	if (rc < 0)
		return rc;
	if (o->wanted)
		return -EALREADY;
	o->wanted = true;
	o->watches = watch;
	send_post(o, OUT_CLAIM);
	return 0;
}

uint32_t object_mode(struct xenav_object *o)
{
	if (o->watches)
		return XENAV_MODE_WATCH;
	if (o->kind == OBJECT_STREAM && stream_of(o)->info.direction == XENAV_CAPTURE)
		return XENAV_MODE_FEED;
	return XENAV_MODE_DRIVE;
}

int object_release(struct xenav_object *o)
{
	int rc;

	rc = client_check(o->x);
	if (rc < 0)
		return rc;
	if (!o->wanted)
		return -EINVAL;
	o->wanted = false;
	object_reset(o);
	if (o->pending & OUT_CLAIM) {
		send_cancel(o, OUT_CLAIM);
	} else {
		send_cancel(o, ~0u);
		send_post(o, OUT_RELEASE);
	}
	return 0;
}

int object_target(struct xenav *x, uint32_t id, enum object_kind kind, struct xenav_object **out)
{
	struct xenav_object *o = object_find(x, id);

	if (!o || o->kind != kind || !o->ever_claimed)
		return -EPROTO;
	*out = o->claimed ? o : NULL;
	return 0;
}

int object_on_removed(struct xenav *x, const struct xenav_msg_plain *m)
{
	struct xenav_object *o = object_find(x, m->h.object);

	if (!o)
		return -EPROTO;
	o->gone = true;
	send_cancel(o, ~0u);
	client_log(x, XENAV_LOG_DEBUG, "Object %u is gone", (unsigned int)o->id);
	switch (o->kind) {
	case OBJECT_STREAM:
		stream_close(stream_of(o));
		if (!x->closing)
			TELL(x, stream_removed, stream_of(o));
		break;
	case OBJECT_CONNECTOR:
		TELL(x, connector_removed, connector_of(o));
		break;
	}
	object_destroy(o);
	return 0;
}

/* Is this the answer to the claim that the program still wants? */
static int claim_answered(struct xenav_object *o, bool *ours)
{
	if (o->unanswered == 0)
		return -EPROTO;
	o->unanswered--;
	*ours = o->wanted && o->unanswered == 0 && !(o->pending & OUT_CLAIM);
	return 0;
}

int object_on_claimed(struct xenav *x, const struct xenav_msg_claim *m)
{
	struct xenav_object *o = object_find(x, m->h.object);
	bool ours = false;
	int rc;

	if (!o)
		return -EPROTO;
	rc = claim_answered(o, &ours);
	if (rc < 0 || !ours)
		return rc;
	if (m->mode != object_mode(o))
		return -EPROTO;
	if (m->ways & ~(o->kind == OBJECT_CONNECTOR ? connector_of(o)->ways : XENAV_WAY_COPY))
		return -EPROTO;
	o->claimed = true;
	switch (o->kind) {
	case OBJECT_STREAM:
		TELL(x, stream_claimed, stream_of(o));
		break;
	case OBJECT_CONNECTOR:
		connector_of(o)->granted = m->ways;
		connector_on_claimed(connector_of(o));
		break;
	}
	return 0;
}

static int claim_failed(struct xenav_object *o, int error)
{
	bool ours = false;
	int rc;

	rc = claim_answered(o, &ours);
	if (rc < 0 || !ours)
		return rc;
	o->wanted = false;
	switch (o->kind) {
	case OBJECT_STREAM:
		TELL(o->x, stream_claim_failed, stream_of(o), error);
		break;
	case OBJECT_CONNECTOR:
		TELL(o->x, connector_claim_failed, connector_of(o), error);
		break;
	}
	return 0;
}

int object_on_error(struct xenav *x, const struct xenav_msg_error *m)
{
	struct xenav_object *o;

	client_log(x, XENAV_LOG_INFO, "Request 0x%04x about object %u failed: %s",
		   (unsigned int)m->opcode, (unsigned int)m->h.object, strerror(-m->error));
	if (m->h.object == 0)
		return m->error;
	/* It may have been removed while the request was on its way. */
	o = object_find(x, m->h.object);
	if (o && m->opcode == XENAV_OP_CLAIM)
		return claim_failed(o, m->error);
	if (o && m->opcode == XENAV_OP_STREAM_LIMITS && o->kind == OBJECT_STREAM)
		stream_on_limits_failed(stream_of(o), m->error);
	if (o && m->opcode == XENAV_OP_CONNECTOR_BUFFER && o->kind == OBJECT_CONNECTOR &&
	    o->claimed)
		TELL(x, connector_offer_failed, connector_of(o), m->error);
	return 0;
}
