/* SPDX-License-Identifier: MIT */
/* See requests.h. */
#include <config.h>

#include <errno.h>
#include <stddef.h>

#include "consumer/claims.h"
#include "consumer/feed.h"
#include "consumer/requests.h"
#include "display/connector.h"
#include "sound/stream.h"

struct call {
	struct claims *claims;
	struct object *object;
	struct claim *claim; /* of the consumer on the object, or NULL */
	const union xenav_msg *msg;
	int passed;
};

/* -------- all objects -------- */

static int on_claim(const struct call *call)
{
	return claims_take(call->claims, call->object, &call->msg->claim);
}

static int on_claim_wait(const struct call *call)
{
	return claims_take_or_wait(call->claims, call->object, &call->msg->claim);
}

static int on_release(const struct call *call)
{
	if (!call->claim)
		return claims_stop_waiting(call->claims, call->object);
	claims_give_back(call->claim);
	return 0;
}

/* -------- streams -------- */

static int on_position(const struct call *call)
{
	const struct xenav_msg_stream_position *msg = &call->msg->stream_position;

	return stream_report(call->object->stream, msg->generation, msg->position_frames,
			     msg->when_ns, msg->carry_frames);
}

static int on_filled(const struct call *call)
{
	const struct xenav_msg_stream_filled *msg = &call->msg->stream_filled;

	stream_filled(call->object->stream, msg->generation, msg->filled_frames);
	return 0;
}

static int on_limits(const struct call *call)
{
	const struct xenav_msg_stream_limits *msg = &call->msg->stream_limits;
	const struct stream_bounds bounds = {
		.formats = msg->formats,
		.rate_hz = {msg->rate_min_hz, msg->rate_max_hz},
		.channels = {msg->channels_min, msg->channels_max},
		.buffer_frames = {msg->buffer_min_frames, msg->buffer_max_frames},
		.period_frames = {msg->period_min_frames, msg->period_max_frames},
	};

	return stream_bound(call->object->stream, &bounds);
}

/* -------- connectors -------- */

/* A consumer whose last frame is unsent gets no other: this bounds its lane, however often it asks.
 */
static int on_frame_ready(const struct call *call)
{
	const bool again = call->msg->frame_ready.flags & XENAV_FRAME_AGAIN;

	if (call->claim->lane.n_unsent == 0) {
		connector_ready(call->object->connector, call->claim, again);
		return 0;
	}
	call->claim->ready = true;
	call->claim->again |= again;
	lane_await_room(&call->claim->lane);
	return 0;
}

static int on_frame_done(const struct call *call)
{
	connector_done(call->object->connector, call->claim, call->msg->frame_done.serial);
	return 0;
}

static int on_freed(const struct call *call)
{
	return connector_freed(call->object->connector, call->claim,
			       call->msg->frame_buffer_gone.buffer);
}

static int on_edid(const struct call *call)
{
	return connector_edid(call->object->connector, &call->msg->connector_edid);
}

static int on_refresh(const struct call *call)
{
	return connector_refresh(call->object->connector, call->msg->connector_refresh.period_ns);
}

static int on_offer(const struct call *call)
{
	const struct xenav_msg_connector_buffer *msg = &call->msg->connector_buffer;

	if (!(call->claim->ways & XENAV_WAY_DMABUF))
		return -EACCES;
	return connector_offer(call->object->connector, msg->buffer, msg->size_bytes, call->passed);
}

/* -------- of input devices -------- */

static int on_input_events(const struct call *call)
{
	feed_events(call->claim, &call->msg->input_events);
	return 0;
}

static int on_input_reset(const struct call *call)
{
	feed_reset(call->claim);
	return 0;
}

/* -------- the table -------- */

enum who { WITHOUT_CLAIM, WAITING_OR_NOT, IN_ANY_MODE, NOT_WATCHING };

static const struct request {
	uint16_t opcode;
	enum object_kind kind;
	enum who who;
	int (*serve)(const struct call *call);
} requests[] = {
	{XENAV_OP_CLAIM, OBJECT_ANY, WITHOUT_CLAIM, on_claim},
	{XENAV_OP_CLAIM_WAIT, OBJECT_ANY, WITHOUT_CLAIM, on_claim_wait},
	{XENAV_OP_RELEASE, OBJECT_ANY, WAITING_OR_NOT, on_release},
	{XENAV_OP_STREAM_POSITION, OBJECT_STREAM, NOT_WATCHING, on_position},
	{XENAV_OP_STREAM_FILLED, OBJECT_STREAM, NOT_WATCHING, on_filled},
	{XENAV_OP_STREAM_LIMITS, OBJECT_STREAM, NOT_WATCHING, on_limits},
	{XENAV_OP_FRAME_READY, OBJECT_CONNECTOR, IN_ANY_MODE, on_frame_ready},
	{XENAV_OP_FRAME_DONE, OBJECT_CONNECTOR, IN_ANY_MODE, on_frame_done},
	{XENAV_OP_FRAME_BUFFER_FREED, OBJECT_CONNECTOR, IN_ANY_MODE, on_freed},
	{XENAV_OP_CONNECTOR_EDID, OBJECT_CONNECTOR, NOT_WATCHING, on_edid},
	{XENAV_OP_CONNECTOR_BUFFER, OBJECT_CONNECTOR, NOT_WATCHING, on_offer},
	{XENAV_OP_CONNECTOR_REFRESH, OBJECT_CONNECTOR, NOT_WATCHING, on_refresh},
	{XENAV_OP_INPUT_EVENTS, OBJECT_INPUT, IN_ANY_MODE, on_input_events},
	{XENAV_OP_INPUT_RESET, OBJECT_INPUT, IN_ANY_MODE, on_input_reset},
};

static const struct request *find(uint16_t opcode)
{
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
		if (requests[i].opcode == opcode)
			return &requests[i];
	return NULL;
}

static int check(const struct request *request, const struct call *call)
{
	if (request->who == WITHOUT_CLAIM || request->who == WAITING_OR_NOT)
		return 0;
	if (!call->claim)
		return -ENOTCONN;
	if (request->kind != OBJECT_ANY && request->kind != call->object->ops->kind)
		return -EINVAL;
	if (request->who == NOT_WATCHING && call->claim->mode == XENAV_MODE_WATCH)
		return -EPERM;
	return 0;
}

/* A consumer may send requests about an object before it reads that the object is gone. */
static int absent(const struct claims *claims, const struct request *request, uint32_t id)
{
	if (request->who == WITHOUT_CLAIM)
		return -ENOENT;
	return id != 0 && id <= claims->announced ? 0 : -ENOTCONN;
}

int requests_serve(struct claims *claims, const union xenav_msg *msg, int passed)
{
	const struct request *request = find(msg->h.opcode);
	struct call call = {.claims = claims, .msg = msg, .passed = passed};
	int rc;

	if (!request)
		return -EOPNOTSUPP;
	call.object = claims_object(claims, msg->h.object);
	if (!call.object)
		return absent(claims, request, msg->h.object);
	call.claim = claims_find(claims, call.object);
	rc = check(request, &call);
	return rc < 0 ? rc : request->serve(&call);
}
