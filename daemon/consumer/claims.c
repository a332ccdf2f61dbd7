/* SPDX-License-Identifier: MIT */
/* The claims of one consumer: see claims.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <stdlib.h>

#include "consumer/claims.h"
#include "consumer/objects.h"
#include "consumer/outbox.h"
#include "display/connector.h"
#include "sound/stream.h"
#include "wire/wire.h"

struct claim {
	struct claims *claims;
	struct object *object;
	struct lane lane;
	uint32_t ways;             /* that its buffers may take */
	bool watches;              /* and does not drive */
	bool opened;               /* has been called since it was last cleared */
	bool ready;                /* FRAME_READY waits until the lane is empty */
	bool again;                /* with XENAV_FRAME_AGAIN */
	LIST_ENTRY(claim) link;    // claims::all
	LIST_ENTRY(claim) by_same; // object::claims
};

static void tell(struct claim *claim, const union xenav_msg *msg, int fd)
{
	lane_send(&claim->lane, msg, fd);
}

static uid_t user_of(void *data)
{
	const struct claim *claim = data;

	return claim->claims->uid;
}

/* -------- what a stream says -------- */

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
	tell(claim, &msg, opening->fd);
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
	tell(claim, &msg, -1);
}

static void on_data(uint32_t generation, uint64_t position_bytes, uint32_t bytes, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_DATA, claim->object->id);
	msg.stream_data.generation = generation;
	msg.stream_data.position_bytes = position_bytes;
	msg.stream_data.bytes = bytes;
	tell(claim, &msg, -1);
}

static void on_closed(uint32_t generation, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_CLOSED, claim->object->id);
	msg.stream_closed.generation = generation;
	tell(claim, &msg, -1);
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
	tell(claim, &msg, -1);
}

static const struct stream_listener stream_listener = {
	.user = user_of,
	.opened = on_opened,
	.state = on_state,
	.data = on_data,
	.closed = on_closed,
	.volume = on_volume,
};

/* The consumer missed something.  That the stream has been closed is among what only we know. */
static void on_stream_room(void *data)
{
	struct claim *claim = data;

	claim->opened = false;
	stream_resync(claim->object->stream, claim);
	if (!claim->opened && claim->lane.told_generation)
		on_closed(claim->lane.told_generation, claim);
}

/* -------- what a connector says -------- */

static void on_buffer(const struct connector_buffer *buffer, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;
	struct xenav_msg_frame_buffer *m = &msg.frame_buffer;

	wire_init(&msg, XENAV_OP_FRAME_BUFFER, claim->object->id);
	m->buffer = buffer->index;
	m->size_bytes = buffer->size_bytes;
	m->way = buffer->way;
	m->offset_bytes = buffer->offset_bytes;
	m->offered = buffer->offered;
	tell(claim, &msg, buffer->fd);
}

static void on_gone(uint32_t index, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_FRAME_BUFFER_GONE, claim->object->id);
	msg.frame_buffer_gone.buffer = index;
	tell(claim, &msg, -1);
}

/* Somebody who keeps a guest waiting is not worth another chance. */
static void on_late(void *data)
{
	struct claim *claim = data;

	outbox_break(claim->claims->box, -ETIME);
}

static void on_frame(const struct connector_frame *frame, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;
	struct xenav_msg_frame *m = &msg.frame;

	wire_init(&msg, XENAV_OP_FRAME, claim->object->id);
	m->serial = frame->serial;
	m->buffer = frame->buffer;
	m->offset_bytes = frame->offset_bytes;
	m->width_px = frame->width_px;
	m->height_px = frame->height_px;
	m->stride_bytes = frame->stride_bytes;
	m->fourcc = frame->fourcc;
	tell(claim, &msg, -1);
}

static void on_blank(void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_BLANK, claim->object->id);
	tell(claim, &msg, -1);
}

static const struct connector_listener connector_listener = {
	.user = user_of,
	.buffer = on_buffer,
	.gone = on_gone,
	.late = on_late,
	.frame = on_frame,
	.blank = on_blank,
};

static void on_connector_room(void *data)
{
	struct claim *claim = data;
	const bool again = claim->again;

	if (!claim->ready)
		return;
	claim->ready = false;
	claim->again = false;
	connector_ready(claim->object->connector, claim, again);
}

/* -------- beginning and end -------- */

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
		return stream_watch(object->stream, &stream_listener, claim);
	if (object->stream)
		return stream_claim(object->stream, &stream_listener, claim);
	if (claim->watches)
		return connector_watch(object->connector, &connector_listener, claim->ways, claim);
	return connector_claim(object->connector, &connector_listener, claim->ways, claim);
}

static void send_claimed(const struct claim *claim)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIMED, claim->object->id);
	msg.claim.ways = claim->ways;
	msg.claim.mode = claim->watches ? XENAV_MODE_WATCH : XENAV_MODE_DRIVE;
	lane_send(&claim->claims->box->replies, &msg, -1);
}

/* The consumer's claim of that object, or NULL. */
static struct claim *find(const struct claims *claims, const struct object *object)
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

	if (find(claims, object))
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
	lane_init(&claim->lane, claims->box, object->stream ? on_stream_room : on_connector_room,
		  claim);
	rc = occupy(claim);
	if (rc < 0) {
		free(claim);
		return rc;
	}
	LIST_INSERT_HEAD(&object->claims, claim, by_same);
	LIST_INSERT_HEAD(&claims->all, claim, link);
	send_claimed(claim);
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
static void give_back(struct claim *claim)
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
		give_back(claim);
}

void claims_lost(struct object *object)
{
	struct claim *claim;

	while ((claim = LIST_FIRST(&object->claims))) {
		detach(claim);
		destroy(claim);
	}
}

/* -------- what the consumer says -------- */

int claims_release(struct claims *claims, struct object *object)
{
	struct claim *claim = find(claims, object);

	if (!claim)
		return -ENOTCONN;
	give_back(claim);
	return 0;
}

/* 0, or why the consumer may not drive the stream. */
static int check_drives_stream(const struct claims *claims, const struct object *object)
{
	const struct claim *claim = find(claims, object);

	if (!claim)
		return -ENOTCONN;
	if (!object->stream)
		return -EINVAL;
	return claim->watches ? -EPERM : 0;
}

/* The same of a connector. */
static int check_drives_connector(const struct claims *claims, const struct object *object)
{
	const struct claim *claim = find(claims, object);

	if (!claim)
		return -ENOTCONN;
	if (!object->connector)
		return -EINVAL;
	return claim->watches ? -EPERM : 0;
}

int claims_position(struct claims *claims, struct object *object,
		    const struct xenav_msg_stream_position *msg)
{
	const int rc = check_drives_stream(claims, object);

	if (rc < 0)
		return rc;
	stream_report(object->stream, msg->generation, msg->position_frames, msg->when_ns);
	return 0;
}

int claims_filled(struct claims *claims, struct object *object,
		  const struct xenav_msg_stream_filled *msg)
{
	const int rc = check_drives_stream(claims, object);

	if (rc < 0)
		return rc;
	stream_filled(object->stream, msg->generation, msg->filled_frames);
	return 0;
}

int claims_limits(struct claims *claims, struct object *object,
		  const struct xenav_msg_stream_limits *msg)
{
	const struct stream_bounds bounds = {
		.formats = msg->formats,
		.rate_hz = {msg->rate_min_hz, msg->rate_max_hz},
		.channels = {msg->channels_min, msg->channels_max},
		.buffer_frames = {msg->buffer_min_frames, msg->buffer_max_frames},
		.period_frames = {msg->period_min_frames, msg->period_max_frames},
	};
	const int rc = check_drives_stream(claims, object);

	return rc < 0 ? rc : stream_bound(object->stream, &bounds);
}

/* A consumer that has not been sent its last frame is not given another: this bounds its lane,
 * however often it asks. */
int claims_frame_ready(struct claims *claims, struct object *object, bool again)
{
	struct claim *claim = find(claims, object);

	if (!claim)
		return -ENOTCONN;
	if (!object->connector)
		return -EINVAL;
	if (claim->lane.n_unsent == 0) {
		connector_ready(object->connector, claim, again);
		return 0;
	}
	claim->ready = true;
	claim->again |= again;
	lane_await_room(&claim->lane);
	return 0;
}

int claims_frame_done(struct claims *claims, struct object *object, uint64_t serial)
{
	struct claim *claim = find(claims, object);

	if (!claim)
		return -ENOTCONN;
	if (!object->connector)
		return -EINVAL;
	connector_done(object->connector, claim, serial);
	return 0;
}

int claims_freed(struct claims *claims, struct object *object, uint32_t buffer)
{
	struct claim *claim = find(claims, object);

	if (!claim)
		return -ENOTCONN;
	if (!object->connector)
		return -EINVAL;
	return connector_freed(object->connector, claim, buffer);
}

int claims_edid(struct claims *claims, struct object *object,
		const struct xenav_msg_connector_edid *msg)
{
	const int rc = check_drives_connector(claims, object);

	return rc < 0 ? rc : connector_edid(object->connector, msg);
}

int claims_offer(struct claims *claims, struct object *object,
		 const struct xenav_msg_connector_buffer *msg, int fd)
{
	const int rc = check_drives_connector(claims, object);

	if (rc < 0)
		return rc;
	if (!(find(claims, object)->ways & XENAV_WAY_DMABUF))
		return -EACCES;
	return connector_offer(object->connector, msg->buffer, msg->size_bytes, fd);
}
