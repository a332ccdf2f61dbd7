/* SPDX-License-Identifier: MIT */
/*
 * Streams: messages from the daemon and to it.
 *
 * The ring is a detail of the protocol that ends here: a program sees positions and contiguous
 * samples.  Volume and mute are stored, so that a program can ask for them at any time; they are
 * not applied to the samples.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "client/clock.h"
#include "client/pcm.h"
#include "client/retell.h"
#include "client/send.h"
#include "client/stream.h"

static struct xenav_stream *stream_of(struct xenav_object *o)
{
	_Static_assert(offsetof(struct xenav_stream, o) == 0, "a stream begins with its object");
	return (struct xenav_stream *)o;
}

/* Forget the opening. */
static void shut(struct xenav_stream *s)
{
	s->open = false;
	s->orders.state = XENAV_STREAM_STOPPED;
	s->orders.change++;
	s->orders.stops++;
	s->orders.edge_frames = 0;
	if (s->handover)
		handover_close(s->handover);
	ring_drop(&s->ring, s->o.x);
	memset(s->volume_mdb, 0, sizeof s->volume_mdb);
	memset(s->muted, 0, sizeof s->muted);
	send_cancel(&s->o, OUT_FILLED | OUT_POSITION);
}

static void reset(struct xenav_object *o)
{
	struct xenav_stream *s = stream_of(o);

	shut(s);
	s->retelling = false;
	s->limits.size = s->limits_before.size = 0;
	send_cancel(o, OUT_LIMITS);
}

/* Close the stream for the program, if it is open. */
static void close_stream(struct xenav_stream *s)
{
	if (!s->open)
		return;
	/* The callback may still ask for the format, but no longer report. */
	s->state = XENAV_STREAM_STOPPED;
	TELL(s->o.x, stream_closed, s);
	if (s->open)
		shut(s);
}

static void on_added(struct xenav_object *o, const union xenav_msg *msg)
{
	const struct xenav_msg_stream_added *m = &msg->stream_added;
	struct xenav_stream *s = stream_of(o);

	COPY_STRING(s->domain_name, m->domain_name);
	COPY_STRING(s->unique_id, m->unique_id);
	COPY_STRING(s->pcm_name, m->pcm_name);
	s->info = (struct xenav_stream_info){
		.domid = m->domid,
		.devid = m->devid,
		.pcm = m->pcm,
		.stream = m->stream,
		.direction = m->direction,
		.domain_name = s->domain_name,
		.unique_id = s->unique_id,
		.pcm_name = s->pcm_name,
	};
	base_log(o->x, XENAV_LOG_DEBUG, "Object %u is stream %u/%u of domain %u",
		 (unsigned int)o->id, (unsigned int)m->pcm, (unsigned int)m->stream,
		 (unsigned int)m->domid);
	TELL(o->x, stream_added, s);
}

static int map_stream(struct xenav_stream *s, const struct xenav_pcm *pcm, int fd)
{
	return ring_map(&s->ring, s->o.x, fd, pcm, s->info.direction == XENAV_PLAYBACK);
}

/* The same opening again, after a pause, or because the daemon could not tell everything in time.
 */
static int open_again(struct xenav_stream *s, const struct xenav_pcm *pcm, int fd)
{
	int rc;

	if (!pcm_is_same(pcm, &s->pcm))
		return -EPROTO;
	rc = s->retelling ? retell_ring(s, pcm, fd) : map_stream(s, pcm, fd);
	if (rc == 0 && s->handover)
		rc = handover_open(s->handover);
	if (rc == 0 && !s->retelling)
		TELL(s->o.x, stream_lost, s, s->position, 0);
	return rc;
}

static int open_stream(struct xenav_stream *s, const struct xenav_pcm *pcm, uint32_t generation,
		       int fd)
{
	int rc;

	if (s->open && s->generation == generation && (!s->retelling || pcm_is_same(pcm, &s->pcm)))
		return open_again(s, pcm, fd);
	/* The daemon could not tell in time that the guest has closed the stream. */
	if (s->open && !s->retelling)
		TELL(s->o.x, stream_lost, s, s->position, 0);
	close_stream(s);
	if (s->o.x->closing || !s->o.claimed)
		return 0;
	s->retelling = false;
	rc = map_stream(s, pcm, fd);
	if (rc < 0)
		return rc;
	s->generation = generation;
	s->pcm = *pcm;
	s->state = XENAV_STREAM_STOPPED;
	s->position = s->reported = s->written = s->read = s->heard = 0;
	s->orders.base_frames = 0;
	s->orders.clock_ns = 0;
	s->orders.watched = s->o.mode == XENAV_MODE_WATCH;
	s->open = true;
	TELL(s->o.x, stream_opened, s, &s->pcm);
	/* Only now does the program know the format. */
	if (s->handover && s->open && !s->o.x->closing)
		return handover_open(s->handover);
	return 0;
}

static int on_opened(struct xenav_object *o, const struct incoming *in)
{
	const struct xenav_msg_stream_opened *m = &in->msg.stream_opened;
	struct xenav_pcm pcm;

	if (!pcm_is_ok(m))
		return -EPROTO;
	pcm = pcm_of(m);
	return open_stream(stream_of(o), &pcm, m->generation, in->fd);
}

/* The stream, or NULL if it has no opening of this generation. */
static struct xenav_stream *opened(struct xenav_object *o, uint32_t generation)
{
	struct xenav_stream *s = stream_of(o);

	return s->open && s->generation == generation ? s : NULL;
}

/* Hand the orders over to the thread of a player or recorder. */
static void order(const struct xenav_stream *s)
{
	if (s->handover)
		handover_tell(s->handover);
}

static void order_state(struct xenav_stream *s)
{
	union orders *orders = &s->orders;

	orders->state = s->state;
	orders->change++;
	orders->base_frames = s->position;
	/* A started stream that is joined, or joined again, has been moved by xenavd's clock. */
	orders->clock_ns =
		s->state == XENAV_STREAM_STARTED && (s->position > s->stood || s->retelling)
			? s->started_ns
			: 0;
	if (s->state == XENAV_STREAM_STOPPED) {
		orders->stops++;
		orders->edge_frames = s->position;
	}
	order(s);
}

static int on_state(struct xenav_object *o, const struct incoming *in)
{
	const struct xenav_msg_stream_state *m = &in->msg.stream_state;
	struct xenav_stream *s = opened(o, m->generation);

	if (!s)
		return -EPROTO;
	/* An unsent report belongs to the state before. */
	send_cancel(o, OUT_POSITION);
	if (s->retelling)
		retell_state(s, m);
	if (o->x->closing || !opened(o, m->generation))
		return 0;
	/* A stop voids the frames written ahead, and frames behind the position cannot be written.
	 */
	if (m->state == XENAV_STREAM_STOPPED || m->position_frames > s->written) {
		send_cancel(o, OUT_FILLED);
		s->written = s->read = m->position_frames;
	}
	if (!s->retelling && (m->state == XENAV_STREAM_STOPPED || m->position_frames > s->heard))
		s->heard = m->position_frames;
	s->state = m->state;
	s->position = s->reported = s->started = m->position_frames;
	s->started_ns = clock_now_ns();
	s->stood = m->stood_frames;
	order_state(s);
	TELL(o->x, stream_state, s, (int)m->state, m->position_frames);
	return 0;
}

/* Bring the frames [at, end) to the program, and tell it of those that are overwritten. */
static void deliver(struct xenav_stream *s, uint64_t at, uint64_t end)
{
	const struct xenav_map *map = s->ring.map;
	const struct xenav *x = s->o.x;

	if (s->retelling)
		at = retell_data(s, at, end);
	if (!s->open || x->closing)
		return;
	s->heard = end;
	s->orders.edge_frames = end;
	order(s);
	/* A program with a player needs no second copy. */
	if (!x->listener.stream_data && !x->listener.stream_lost)
		return;
	while (at < end && s->ring.map == map && !x->closing) {
		uint32_t lost;
		const uint32_t n = ring_take(&s->ring, at, end, &lost);

		if (lost > 0)
			TELL(x, stream_lost, s, at, lost);
		if (lost < n && s->ring.map == map && !x->closing)
			TELL(x, stream_data, s, at + lost, ring_samples(&s->ring, lost), n - lost);
		at += n;
	}
}

/* The guest has read everything before this frame. */
static void make_space(struct xenav_stream *s, uint64_t end)
{
	if (end > s->read)
		s->read = end;
	/* The guest may have read frames that were never written: do not write them later. */
	if (s->read > s->written)
		s->written = s->read;
	s->orders.edge_frames = s->read;
	order(s);
	TELL(s->o.x, stream_space, s, s->read, ring_space(&s->pcm, s->written - s->read));
}

static int on_data(struct xenav_object *o, const struct incoming *in)
{
	const struct xenav_msg_stream_data *m = &in->msg.stream_data;
	struct xenav_stream *s = opened(o, m->generation);
	uint64_t end;

	if (!s || m->frames > s->pcm.buffer_frames ||
	    __builtin_add_overflow(m->position_frames, (uint64_t)m->frames, &end))
		return -EPROTO;
	if (s->info.direction == XENAV_CAPTURE)
		make_space(s, end);
	else
		deliver(s, m->position_frames, end);
	return 0;
}

/* The guest has silence where nobody has written in time.  A recorder's thread sees to it itself.
 */
static void skip_to(struct xenav_stream *s, uint64_t position)
{
	if (position <= s->written)
		return;
	if (s->info.direction == XENAV_CAPTURE && !s->handover)
		ring_silence(&s->ring, s->pcm.format, s->written, position);
	s->written = s->read = position;
}

static int on_moved(struct xenav_object *o, const struct incoming *in)
{
	const struct xenav_msg_stream_moved *m = &in->msg.stream_moved;
	struct xenav_stream *s = opened(o, m->generation);
	uint64_t now_ns = clock_now_ns();

	if (!s || s->state != XENAV_STREAM_STARTED)
		return -EPROTO;
	/* An unsent report is of the time before. */
	send_cancel(o, OUT_POSITION);
	if (m->when_ns > now_ns)
		now_ns = m->when_ns;
	if (__builtin_add_overflow(m->position_frames,
				   clock_frames(now_ns - m->when_ns, s->pcm.rate_hz), &s->position))
		return -EPROTO;
	skip_to(s, s->position);
	s->orders.change++;
	s->orders.base_frames = s->position;
	s->orders.clock_ns = now_ns;
	order(s);
	if (s->handover)
		s->handover->moves++;
	TELL(o->x, stream_moved, s, s->position);
	return 0;
}

static int on_volume(struct xenav_object *o, const struct incoming *in)
{
	const struct xenav_msg_stream_volume *m = &in->msg.stream_volume;
	struct xenav_stream *s = opened(o, m->generation);

	if (!s || m->first_channel + m->n_channels > s->pcm.channels)
		return -EPROTO;
	for (unsigned int i = 0; i < m->n_channels; i++) {
		s->volume_mdb[m->first_channel + i] = m->volume_mdb[i];
		s->muted[m->first_channel + i] = m->muted >> i & 1;
	}
	TELL(o->x, stream_volume, s);
	return 0;
}

static int on_closed(struct xenav_object *o, const struct incoming *in)
{
	struct xenav_stream *s = opened(o, in->msg.stream_closed.generation);

	if (!s)
		return -EPROTO;
	close_stream(s);
	return 0;
}

static void on_claimed(struct xenav_object *o)
{
	TELL(o->x, stream_claimed, stream_of(o));
}

static void on_failed(struct xenav_object *o, uint16_t opcode, int error)
{
	struct xenav_stream *s = stream_of(o);

	if (opcode == XENAV_OP_CLAIM) {
		TELL(o->x, stream_claim_failed, s, error);
	} else if (opcode == XENAV_OP_STREAM_LIMITS) {
		s->limits = s->limits_before;
		TELL(o->x, stream_limits_failed, s, error);
	}
}

static void on_removed(struct xenav_object *o)
{
	close_stream(stream_of(o));
	if (!o->x->closing)
		TELL(o->x, stream_removed, stream_of(o));
}

static void on_destroyed(struct xenav_object *o)
{
	if (stream_of(o)->handover)
		handover_detach(stream_of(o)->handover);
}

/* A stream that is not open there is closed. */
static void on_told(struct xenav_object *o)
{
	struct xenav_stream *s = stream_of(o);

	if (s->retelling && !s->retold)
		close_stream(s);
	s->retelling = false;
}

static void on_ended(struct xenav_object *o)
{
	close_stream(stream_of(o));
	stream_of(o)->retelling = false;
}

static int put_filled(struct xenav_object *o, union xenav_msg *m)
{
	m->stream_filled.generation = stream_of(o)->generation;
	m->stream_filled.filled_frames = stream_of(o)->written;
	return -1;
}

static int put_position(struct xenav_object *o, union xenav_msg *m)
{
	m->stream_position.generation = stream_of(o)->generation;
	m->stream_position.position_frames = stream_of(o)->position;
	m->stream_position.when_ns = stream_of(o)->when_ns;
	m->stream_position.carry_frames = stream_of(o)->carry;
	return -1;
}

static int put_limits(struct xenav_object *o, union xenav_msg *m)
{
	const struct xenav_limits *l = &stream_of(o)->limits;

	m->stream_limits.formats = l->formats;
	m->stream_limits.rate_min_hz = l->rate_min_hz;
	m->stream_limits.rate_max_hz = l->rate_max_hz;
	m->stream_limits.channels_min = l->channels_min;
	m->stream_limits.channels_max = l->channels_max;
	m->stream_limits.buffer_min_frames = l->buffer_min_frames;
	m->stream_limits.buffer_max_frames = l->buffer_max_frames;
	m->stream_limits.period_min_frames = l->period_min_frames;
	m->stream_limits.period_max_frames = l->period_max_frames;
	return -1;
}

static const struct in_row in_rows[] = {
	{XENAV_OP_STREAM_OPENED, on_opened},
	{XENAV_OP_STREAM_STATE, on_state},
	{XENAV_OP_STREAM_DATA, on_data},
	{XENAV_OP_STREAM_VOLUME, on_volume},
	{XENAV_OP_STREAM_CLOSED, on_closed},
	{XENAV_OP_STREAM_MOVED, on_moved},
	{0},
};

static const struct out_row out_rows[] = {
	{OUT_FILLED, XENAV_OP_STREAM_FILLED, false, put_filled, NULL},
	{OUT_POSITION, XENAV_OP_STREAM_POSITION, false, put_position, NULL},
	{OUT_LIMITS, XENAV_OP_STREAM_LIMITS, false, put_limits, NULL},
	{0},
};

const struct object_ops stream_ops = {
	.added_opcode = XENAV_OP_STREAM_ADDED,
	.size = sizeof(struct xenav_stream),
	.in = in_rows,
	.out = out_rows,
	.added = on_added,
	.reset = reset,
	.claimed = on_claimed,
	.failed = on_failed,
	.removed = on_removed,
	.destroyed = on_destroyed,
	.same = retell_is_same,
	.resumed = retell_begin,
	.told = on_told,
	.ended = on_ended,
};
