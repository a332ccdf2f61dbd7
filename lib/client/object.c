/* SPDX-License-Identifier: MIT */
/*
 * Objects of every kind: they are announced, claimed, released and removed.
 *
 * A program may release and claim again before the daemon has answered the first claim.  Every
 * CLAIM has exactly one answer, so the unanswered claims are counted: messages before the last
 * answer belong to a claim that is given up.
 *
 * Over a pause an object stays as it is for the program: `wanted` and `claimed` go on.  It is
 * `absent` until the daemon announces an object of the same guest, devices and indices, and
 * `resuming` until the daemon has granted the claim again.  Meanwhile nothing of its kind is sent:
 * resumed() sends what the daemon has to know.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/object.h"
#include "client/send.h"
#include "wire/messages.h"

static struct xenav_object *find(struct xenav *x, uint32_t id)
{
	struct xenav_object *o;

	TAILQ_FOREACH (o, &x->objects, link)
		if (!o->absent && o->id == id)
			return o;
	return NULL;
}

/* -------- pauses -------- */

void object_lose(struct xenav_object *o)
{
	send_cancel(o, ~0u);
	o->absent = true;
	o->unanswered = 0;
	o->ever_claimed = false;
	if (!o->claimed)
		return;
	o->resuming = true;
	if (o->ops->lost)
		o->ops->lost(o);
}

bool objects_any_absent(const struct xenav *x)
{
	const struct xenav_object *o;

	TAILQ_FOREACH (o, &x->objects, link)
		if (o->absent)
			return true;
	return false;
}

bool objects_any_coming(const struct xenav *x)
{
	const struct xenav_object *o;

	TAILQ_FOREACH (o, &x->objects, link)
		if (o->wanted && base_is_paused(o))
			return true;
	return false;
}

static void remove_object(struct xenav_object *o)
{
	o->gone = true;
	send_cancel(o, ~0u);
	o->ops->removed(o);
	object_destroy(o);
}

void objects_remove_absent(struct xenav *x)
{
	struct xenav_object *o = TAILQ_FIRST(&x->objects), *next;

	for (; o && !x->closing; o = next) {
		next = TAILQ_NEXT(o, link);
		if (o->absent)
			remove_object(o);
	}
}

/* The UUID tells guests apart where both are known: a number may be another guest's by now. */
static bool is_same(const struct xenav_object *o, const struct object_ops *ops,
		    const union xenav_msg *m, const char *uuid)
{
	const bool by_uuid = *uuid && *o->uuid;

	if (!o->absent || o->ops != ops || (by_uuid && strcasecmp(uuid, o->uuid) != 0))
		return false;
	return ops->same(o, m, !by_uuid);
}

/* The object that is announced again, or NULL. */
static struct xenav_object *find_again(struct xenav *x, const struct object_ops *ops,
				       const union xenav_msg *m, const char *uuid)
{
	struct xenav_object *o;

	TAILQ_FOREACH (o, &x->objects, link)
		if (is_same(o, ops, m, uuid))
			return o;
	return NULL;
}

static int object_again(struct xenav_object *o, uint32_t id)
{
	o->id = id;
	o->absent = false;
	if (o->wanted)
		send_post(o, OUT_CLAIM);
	return 0;
}

/* -------- announcements -------- */

int object_add(struct xenav *x, const struct object_ops *ops, const union xenav_msg *m)
{
	const char *uuid = x->guest.h.object == m->h.object ? x->guest.uuid : "";
	struct xenav_object *o;

	if (m->h.object == 0 || find(x, m->h.object))
		return -EPROTO;
	o = find_again(x, ops, m, uuid);
	if (o)
		return object_again(o, m->h.object);
	o = calloc(1, ops->size);
	if (!o)
		return -ENOMEM;
	o->x = x;
	o->ops = ops;
	o->id = m->h.object;
	strcpy(o->uuid, uuid);
	o->ways = XENAV_WAY_COPY;
	TAILQ_INSERT_TAIL(&x->objects, o, link);
	ops->added(o, m);
	return 0;
}

/* Forget the state since the claim. */
static void reset(struct xenav_object *o)
{
	o->claimed = false;
	o->resuming = false;
	o->granted = 0;
	o->ops->reset(o);
}

void object_destroy(struct xenav_object *o)
{
	reset(o);
	if (o->ops->destroyed)
		o->ops->destroyed(o);
	send_cancel(o, ~0u);
	TAILQ_REMOVE(&o->x->objects, o, link);
	free(o);
}

static int claim(struct xenav_object *o, uint32_t mode, bool waits)
{
	if (base_is_over(o->x))
		return -ENOTCONN;
	if (o->wanted)
		return -EALREADY;
	reset(o);
	o->wanted = true;
	o->mode = mode;
	o->waits = waits;
	send_post(o, OUT_CLAIM);
	return 0;
}

int object_claim(struct xenav_object *o, uint32_t mode)
{
	return claim(o, mode, false);
}

int object_claim_wait(struct xenav_object *o, uint32_t mode)
{
	return claim(o, mode, true);
}

int object_release(struct xenav_object *o)
{
	bool claim_sent;

	if (base_is_over(o->x))
		return -ENOTCONN;
	if (!o->wanted)
		return -EINVAL;
	o->wanted = false;
	reset(o);
	claim_sent = !(o->pending & OUT_CLAIM);
	/* A waiting RELEASE belongs to an earlier claim. */
	send_cancel(o, ~OUT_RELEASE);
	if (claim_sent)
		send_post(o, OUT_RELEASE);
	return 0;
}

int object_handle(struct xenav *x, const struct object_ops *ops, const struct in_row *row,
		  const struct incoming *in)
{
	struct xenav_object *o = find(x, in->msg.h.object);

	if (!o || o->ops != ops || !o->ever_claimed)
		return -EPROTO;
	return o->claimed ? row->handle(o, in) : 0;
}

int object_on_removed(struct xenav *x, const struct xenav_msg_plain *m)
{
	struct xenav_object *o = find(x, m->h.object);

	if (!o)
		return -EPROTO;
	base_log(x, XENAV_LOG_DEBUG, "Object %u is gone", (unsigned int)o->id);
	remove_object(o);
	return 0;
}

/* Count an answer.  @return whether it is to the claim that the program still wants, or -EPROTO. */
static int claim_answered(struct xenav_object *o)
{
	if (!o || o->unanswered == 0)
		return -EPROTO;
	o->unanswered--;
	/* The daemon has read the RESUMEs before this claim: from now on it knows us by one token.
	 */
	o->x->tokens.n_earlier = 0;
	return o->wanted && o->unanswered == 0 && !(o->pending & OUT_CLAIM);
}

/* It is claimed as before the pause. */
static void resume(struct xenav_object *o)
{
	o->resuming = false;
	if (o->ops->resumed)
		o->ops->resumed(o);
	/* Such a daemon does not say when it has told everything. */
	if (!(o->x->features & XENAV_FEATURE_RESUME) && o->ops->ended)
		o->ops->ended(o);
}

int object_on_claimed(struct xenav *x, const struct xenav_msg_claim *m)
{
	struct xenav_object *o = find(x, m->h.object);
	int rc;

	rc = claim_answered(o);
	if (rc <= 0)
		return rc;
	if (m->mode != o->mode || (m->ways & ~o->ways))
		return -EPROTO;
	o->granted = m->ways;
	if (o->claimed) {
		resume(o);
		return 0;
	}
	o->claimed = true;
	o->ops->claimed(o);
	return 0;
}

int object_on_told(struct xenav *x, const struct xenav_msg_plain *m)
{
	struct xenav_object *o = find(x, m->h.object);

	if (!o || !o->ever_claimed)
		return -EPROTO;
	if (o->claimed && o->ops->told)
		o->ops->told(o);
	return 0;
}

static int claim_failed(struct xenav_object *o, int error)
{
	int rc;

	rc = claim_answered(o);
	if (rc <= 0)
		return rc;
	/* It was claimed before a pause, and another consumer has it now. */
	if (o->claimed && o->ops->ended)
		o->ops->ended(o);
	if (!o->wanted || o->x->closing)
		return 0;
	o->wanted = false;
	reset(o);
	o->ops->failed(o, XENAV_OP_CLAIM, error);
	return 0;
}

int object_on_error(struct xenav *x, const struct xenav_msg_error *m)
{
	struct xenav_object *o;
	char name[WIRE_NAME_SIZE];

	base_log(x, XENAV_LOG_INFO, "%s of object %u failed: %s", wire_op_name(m->opcode, name),
		 (unsigned int)m->h.object, strerror(-m->error));
	if (m->h.object == 0)
		return m->error;
	/* The daemon may have removed the object while the request was on its way. */
	o = find(x, m->h.object);
	if (o && (m->opcode == XENAV_OP_CLAIM || m->opcode == XENAV_OP_CLAIM_WAIT))
		return claim_failed(o, m->error);
	/* Without a claim the request belonged to one that is given up. */
	if (o && o->claimed)
		o->ops->failed(o, m->opcode, m->error);
	return 0;
}
