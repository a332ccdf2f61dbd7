/* SPDX-License-Identifier: MIT */
/* What a stream or connector says becomes messages to the consumer that claimed it: see
 * claims-priv.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>

#include "consumer/claims-priv.h"
#include "wire/wire.h"

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

static void on_data(uint32_t generation, uint64_t position_frames, uint32_t frames, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_DATA, claim->object->id);
	msg.stream_data.generation = generation;
	msg.stream_data.position_frames = position_frames;
	msg.stream_data.frames = frames;
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

const struct stream_listener tell_of_stream = {
	.user = user_of,
	.opened = on_opened,
	.state = on_state,
	.data = on_data,
	.closed = on_closed,
	.volume = on_volume,
};

/* The consumer missed something.  That the stream has been closed is among what only we know. */
void tell_stream_anew(void *data)
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

const struct connector_listener tell_of_connector = {
	.user = user_of,
	.buffer = on_buffer,
	.gone = on_gone,
	.late = on_late,
	.frame = on_frame,
	.blank = on_blank,
};

void tell_next_frame(void *data)
{
	struct claim *claim = data;
	const bool again = claim->again;

	if (!claim->ready)
		return;
	claim->ready = false;
	claim->again = false;
	connector_ready(claim->object->connector, claim, again);
}
