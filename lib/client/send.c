/* SPDX-License-Identifier: MIT */
/*
 * Messages that wait to be sent.
 *
 * There is no queue: each object knows which messages it has to send, and holds the newest values
 * of each.  So a slow daemon costs no memory, and a newer position replaces one that is not sent.
 * The order of the rows is right for an object: positions and frames exist only once a claim is
 * answered, and are dropped with a release.  A message that memory is unmapped waits until it is.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "client/send.h"
#include "wire/wire.h"

static int put_claim(struct xenav_object *o, union xenav_msg *m)
{
	if (o->waits)
		wire_init(m, XENAV_OP_CLAIM_WAIT, o->id);
	m->claim.ways = o->ways;
	m->claim.mode = o->mode;
	return -1;
}

static bool claim_sent(struct xenav_object *o)
{
	o->unanswered++;
	o->ever_claimed = true;
	return false;
}

static const struct out_row common[] = {
	{OUT_RELEASE, XENAV_OP_RELEASE, true, NULL, NULL},
	{OUT_CLAIM, XENAV_OP_CLAIM, false, put_claim, claim_sent},
	{0},
};

static const struct out_row *next_row(const struct xenav_object *o)
{
	const struct out_row *row = common;

	while (row->what && !(o->pending & row->what))
		row++;
	if (row->what)
		return row;
	row = o->ops->out;
	while (!(o->pending & row->what))
		row++;
	return row;
}

static int send_hello(struct xenav *x)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_HELLO, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	msg.hello.minor = XENAV_PROTO_MINOR;
	msg.hello.features = XENAV_FEATURE_RESUME | XENAV_FEATURE_TAKEN;
	COPY_STRING(msg.hello.name, x->name);
	return wire_send(x->sock, &msg, -1);
}

static int send_resume(struct xenav *x)
{
	const struct tokens *t = &x->tokens;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_RESUME, 0);
	COPY_STRING(msg.token.token, t->earlier[t->n_earlier - t->n_unsent]);
	return wire_send(x->sock, &msg, -1);
}

static int send_of_connection(struct xenav *x)
{
	int rc = 0;

	if (x->hello_waits) {
		rc = send_hello(x);
		x->hello_waits = rc < 0;
	}
	while (rc == 0 && x->tokens.n_unsent > 0) {
		rc = send_resume(x);
		x->tokens.n_unsent -= rc == 0;
	}
	return rc;
}

static int send_one(struct xenav_object *o, const struct out_row *row)
{
	union xenav_msg msg;
	int fd, rc;

	wire_init(&msg, row->opcode, o->id);
	fd = row->put ? row->put(o, &msg) : -1;
	rc = wire_send(o->x->sock, &msg, fd);
	if (rc == 0 && !(row->sent && row->sent(o)))
		send_cancel(o, row->what);
	return rc;
}

bool send_waits(const struct xenav *x)
{
	return x->hello_waits || x->tokens.n_unsent > 0 || !TAILQ_EMPTY(&x->outgoing);
}

void send_flush(struct xenav *x)
{
	struct xenav_object *o;
	int rc;

	if (x->error || x->send_error || x->sock < 0)
		return;
	rc = send_of_connection(x);
	while (rc == 0 && (o = TAILQ_FIRST(&x->outgoing))) {
		const struct out_row *row = next_row(o);

		/* Dropped memory is unmapped when the message is handled: see dispatch_one(). */
		if (row->after_unmapping && !SLIST_EMPTY(&x->dead_maps))
			break;
		rc = send_one(o, row);
	}
	/* xenav_dispatch() reports it, once it has read the last messages of the daemon. */
	if (rc < 0 && rc != -EAGAIN)
		x->send_error = rc;
	watch_for_room(&x->watch, send_waits(x) && !x->send_error);
}

void send_post(struct xenav_object *o, unsigned int what)
{
	if (o->gone || o->absent)
		return;
	/* What is of the kind is sent once the object is claimed again. */
	if (o->resuming)
		what &= OUT_OF_EVERY;
	if (!what)
		return;
	if (!o->pending)
		TAILQ_INSERT_TAIL(&o->x->outgoing, o, out_link);
	o->pending |= what;
	send_flush(o->x);
}

void send_cancel(struct xenav_object *o, unsigned int what)
{
	if (!o->pending)
		return;
	o->pending &= ~what;
	if (!o->pending)
		TAILQ_REMOVE(&o->x->outgoing, o, out_link);
}
