/* SPDX-License-Identifier: MIT */
/*
 * What waits to be sent.
 *
 * There is no queue of messages: each object knows which kinds of message it has to send, and the
 * newest values of each.  So a daemon that reads slowly costs no memory, and a position that could
 * not be sent is replaced by the next one.  Within an object the order of OUT_* is always right:
 * positions and frames only exist once a claim is answered, and are dropped with a release.  What
 * says that memory is unmapped waits until it is.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <string.h>

#include "client/internal.h"
#include "wire/wire.h"

static int send_hello(struct xenav *x)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_HELLO, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	msg.hello.minor = XENAV_PROTO_MINOR;
	OBJECT_STRING(msg.hello.name, x->name);
	return wire_send(x->fd, &msg, -1);
}

static void put_limits(struct xenav_msg_stream_limits *m, const struct xenav_limits *l)
{
	m->formats = l->formats;
	m->rate_min_hz = l->rate_min_hz;
	m->rate_max_hz = l->rate_max_hz;
	m->channels_min = l->channels_min;
	m->channels_max = l->channels_max;
	m->buffer_min_frames = l->buffer_min_frames;
	m->buffer_max_frames = l->buffer_max_frames;
	m->period_min_frames = l->period_min_frames;
	m->period_max_frames = l->period_max_frames;
}

/* One message of an object: the lowest bit of what it has to send. */
static int send_one(struct xenav_object *o, unsigned int what)
{
	union xenav_msg msg;
	int fd = -1;

	switch (what) {
	case OUT_RELEASE:
		wire_init(&msg, XENAV_OP_RELEASE, o->id);
		break;
	case OUT_CLAIM:
		wire_init(&msg, XENAV_OP_CLAIM, o->id);
		msg.claim.ways =
			o->kind == OBJECT_CONNECTOR ? connector_of(o)->ways : XENAV_WAY_COPY;
		msg.claim.mode = object_mode(o);
		break;
	case OUT_FILLED:
		wire_init(&msg, XENAV_OP_STREAM_FILLED, o->id);
		msg.stream_filled.generation = stream_of(o)->generation;
		msg.stream_filled.filled_frames = stream_of(o)->written;
		break;
	case OUT_POSITION:
		wire_init(&msg, XENAV_OP_STREAM_POSITION, o->id);
		msg.stream_position.generation = stream_of(o)->generation;
		msg.stream_position.position_frames = stream_of(o)->position;
		msg.stream_position.when_ns = stream_of(o)->when_ns;
		break;
	case OUT_LIMITS:
		wire_init(&msg, XENAV_OP_STREAM_LIMITS, o->id);
		put_limits(&msg.stream_limits, &stream_of(o)->limits);
		break;
	case OUT_DONE:
		wire_init(&msg, XENAV_OP_FRAME_DONE, o->id);
		msg.frame_done.serial = connector_of(o)->done_serial;
		break;
	case OUT_EDID:
		wire_init(&msg, XENAV_OP_CONNECTOR_EDID, o->id);
		connector_put_edid(connector_of(o), &msg.connector_edid);
		break;
	case OUT_REFRESH:
		wire_init(&msg, XENAV_OP_CONNECTOR_REFRESH, o->id);
		msg.connector_refresh.period_ns = connector_of(o)->period_ns;
		break;
	case OUT_FREED:
		wire_init(&msg, XENAV_OP_FRAME_BUFFER_FREED, o->id);
		msg.frame_buffer_gone.buffer = connector_next_freed(connector_of(o));
		break;
	case OUT_OFFER:
		wire_init(&msg, XENAV_OP_CONNECTOR_BUFFER, o->id);
		fd = connector_put_offer(connector_of(o), &msg.connector_buffer);
		break;
	default:
		wire_init(&msg, XENAV_OP_FRAME_READY, o->id);
		msg.frame_ready.flags = connector_of(o)->ready_flags;
		break;
	}
	return wire_send(o->x->fd, &msg, fd);
}

static void sent(struct xenav_object *o, unsigned int what)
{
	if (what == OUT_FREED) {
		struct xenav_connector *c = connector_of(o);

		c->freed &= c->freed - 1;
		if (c->freed)
			return;
	}
	if (what == OUT_EDID && ++connector_of(o)->edid_next < connector_of(o)->edid_blocks)
		return;
	if (what == OUT_OFFER && connector_offer_sent(connector_of(o)))
		return;
	o->pending &= ~what;
	if (what == OUT_CLAIM) {
		o->unanswered++;
		o->ever_claimed = true;
	} else if (what == OUT_READY) {
		connector_of(o)->ready_flags = 0;
	}
}

void send_flush(struct xenav *x)
{
	struct xenav_object *o;
	int rc = 0;

	if (x->error || x->send_error)
		return;
	if (x->hello_waits) {
		rc = send_hello(x);
		x->hello_waits = rc < 0;
	}
	while (rc == 0 && (o = TAILQ_FIRST(&x->outgoing))) {
		const unsigned int what = o->pending & -o->pending;

		/* It would not be true yet; see dispatch_one(). */
		if ((what & OUT_AFTER_UNMAPPING) && !SLIST_EMPTY(&x->dead_maps))
			break;
		rc = send_one(o, what);
		if (rc < 0)
			break;
		sent(o, what);
		if (!o->pending)
			TAILQ_REMOVE(&x->outgoing, o, out_link);
	}
	/* Not reported here: what the daemon said before it went is still to be read. */
	if (rc < 0 && rc != -EAGAIN)
		x->send_error = rc;
}

void send_post(struct xenav_object *o, unsigned int what)
{
	if (o->gone)
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
