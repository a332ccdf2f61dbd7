/* SPDX-License-Identifier: MIT */
/* See streams.h. */
#include <config.h>

#include "consumer/claims.h"
#include "consumer/server.h"
#include "consumer/streams.h"
#include "journal/journal.h"
#include "wire/wire.h"

/* -------- a stream in the registry -------- */

static enum right right(const struct object *object, const struct consumer_rights *rights)
{
	struct stream_info info;

	stream_get_info(object->stream, &info);
	return info.direction == XENAV_CAPTURE ? rights->capture : rights->playback;
}

static bool has_mode(const struct object *object, enum xenav_mode mode)
{
	struct stream_info info;

	stream_get_info(object->stream, &info);
	return (mode == XENAV_MODE_FEED) == (info.direction == XENAV_CAPTURE);
}

static void announce(const struct object *object, union xenav_msg *msg)
{
	struct xenav_msg_stream_added *m = &msg->stream_added;
	struct stream_info info;

	stream_get_info(object->stream, &info);
	wire_init(msg, XENAV_OP_STREAM_ADDED, object->id);
	m->domid = info.guest->domid;
	m->devid = info.devid;
	m->pcm = info.pcm;
	m->stream = info.stream;
	m->direction = info.direction;
	object_put_string(m->domain_name, sizeof m->domain_name, info.guest->name);
	object_put_string(m->unique_id, sizeof m->unique_id, info.unique_id);
	object_put_string(m->pcm_name, sizeof m->pcm_name, info.pcm_name);
}

static void status(const struct object *object, union xenav_msg *msg)
{
	struct xenav_msg_status_stream *m = &msg->status_stream;
	struct stream_info info;

	stream_get_info(object->stream, &info);
	wire_init(msg, XENAV_OP_STATUS_STREAM, object->id);
	m->domid = info.guest->domid;
	m->devid = info.devid;
	m->pcm = info.pcm;
	m->stream = info.stream;
	m->direction = info.direction;
	object_put_string(m->unique_id, sizeof m->unique_id, info.unique_id);
	stream_get_status(object->stream, m);
}

static void place(const struct object *object, struct journal_key *key)
{
	struct stream_info info;

	stream_get_info(object->stream, &info);
	key->kind = JOURNAL_SOUND;
	key->devid = info.devid;
	key->id = (uint64_t)info.pcm << 8 | info.stream;
}

/* -------- messages -------- */

static void on_opened(const struct stream_opening *opening, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;
	struct xenav_msg_stream_opened *m = &msg.stream_opened;

	claim->opened = true;
	wire_init(&msg, XENAV_OP_STREAM_OPENED, claim->object->id);
	m->generation = opening->generation;
	m->rate_hz = opening->rate_hz;
	m->buffer_bytes = opening->buffer_bytes;
	m->period_bytes = opening->period_bytes;
	m->frame_bytes = opening->frame_bytes;
	m->format = opening->format;
	m->channels = opening->channels;
	lane_send(&claim->lane, &msg, opening->fd);
}

static void on_state(uint32_t generation, uint32_t state, uint64_t position_frames, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_STATE, claim->object->id);
	msg.stream_state.generation = generation;
	msg.stream_state.state = state;
	msg.stream_state.position_frames = position_frames;
	msg.stream_state.stood_frames = stream_stood_frames(claim->object->stream);
	lane_send(&claim->lane, &msg, -1);
}

static void on_written(uint32_t generation, uint64_t position_frames, uint32_t frames, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_DATA, claim->object->id);
	msg.stream_data.generation = generation;
	msg.stream_data.position_frames = position_frames;
	msg.stream_data.frames = frames;
	lane_send(&claim->lane, &msg, -1);
}

static void on_closed(uint32_t generation, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_CLOSED, claim->object->id);
	msg.stream_closed.generation = generation;
	lane_send(&claim->lane, &msg, -1);
}

static void on_volume(const struct stream_volume *volume, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;
	struct xenav_msg_stream_volume *m = &msg.stream_volume;

	wire_init(&msg, XENAV_OP_STREAM_VOLUME, claim->object->id);
	m->generation = volume->generation;
	m->first_channel = volume->first_channel;
	m->n_channels = volume->n_channels;
	m->muted = volume->muted;
	for (unsigned i = 0; i < volume->n_channels; i++)
		m->volume_mdb[i] = volume->volume_mdb[i];
	lane_send(&claim->lane, &msg, -1);
}

static void on_moved(uint32_t generation, uint64_t position_frames, uint64_t when_ns, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_MOVED, claim->object->id);
	msg.stream_moved.generation = generation;
	msg.stream_moved.position_frames = position_frames;
	msg.stream_moved.when_ns = when_ns;
	lane_send(&claim->lane, &msg, -1);
}

static const struct stream_listener listener = {
	.user = claim_user,
	.opened = on_opened,
	.state = on_state,
	.written = on_written,
	.closed = on_closed,
	.volume = on_volume,
	.moved = on_moved,
};

/* The consumer has missed messages: send the state anew, or the end of an opening that it knows. */
static void on_room(void *data)
{
	struct claim *claim = data;

	claim->opened = false;
	stream_resync(claim->object->stream, claim);
	if (!claim->opened && claim->lane.told_generation)
		on_closed(claim->lane.told_generation, claim);
}

/* -------- claims -------- */

static int claim_it(struct claim *claim)
{
	return stream_claim(claim->object->stream, claim->mode, &listener, claim);
}

static void on_claimed(struct claim *claim)
{
	stream_resync(claim->object->stream, claim);
}

static void release(struct claim *claim)
{
	stream_release(claim->object->stream, claim);
}

/* Sound is copied: 192 kB a second are not worth trusting a consumer with more. */
static const struct object_ops ops = {
	.kind = OBJECT_STREAM,
	.name = "stream",
	.ways = XENAV_WAY_COPY,
	.right = right,
	.has_mode = has_mode,
	.announce = announce,
	.status = status,
	.place = place,
	.claim = claim_it,
	.claimed = on_claimed,
	.release = release,
	.room = on_room,
};

static void on_added(struct stream *stream, void *data)
{
	struct stream_info info;

	stream_get_info(stream, &info);
	server_announce(data, &ops, stream, info.guest);
}

static void on_removed(struct stream *stream, void *data)
{
	server_withdraw(data, stream);
}

const struct stream_observer server_streams = {
	.added = on_added,
	.removed = on_removed,
};
