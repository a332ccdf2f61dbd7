/* SPDX-License-Identifier: MIT */
/* See requests.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <stddef.h>

#include "consumer/claims-priv.h"
#include "consumer/requests.h"

static int on_release(struct claim *claim, const union xenav_msg *request, int passed)
{
	claims_give_back(claim);
	return 0;
}

/* -------- of streams -------- */

static int on_position(struct claim *claim, const union xenav_msg *request, int passed)
{
	const struct xenav_msg_stream_position *msg = &request->stream_position;

	stream_report(claim->object->stream, msg->generation, msg->position_frames, msg->when_ns);
	return 0;
}

static int on_filled(struct claim *claim, const union xenav_msg *request, int passed)
{
	const struct xenav_msg_stream_filled *msg = &request->stream_filled;

	stream_filled(claim->object->stream, msg->generation, msg->filled_frames);
	return 0;
}

static int on_limits(struct claim *claim, const union xenav_msg *request, int passed)
{
	const struct xenav_msg_stream_limits *msg = &request->stream_limits;
	const struct stream_bounds bounds = {
		.formats = msg->formats,
		.rate_hz = {msg->rate_min_hz, msg->rate_max_hz},
		.channels = {msg->channels_min, msg->channels_max},
		.buffer_frames = {msg->buffer_min_frames, msg->buffer_max_frames},
		.period_frames = {msg->period_min_frames, msg->period_max_frames},
	};

	return stream_bound(claim->object->stream, &bounds);
}

/* -------- of connectors -------- */

/* A consumer that has not been sent its last frame is not given another: this bounds its lane,
 * however often it asks. */
static int on_frame_ready(struct claim *claim, const union xenav_msg *request, int passed)
{
	const bool again = request->frame_ready.flags & XENAV_FRAME_AGAIN;

	if (claim->lane.n_unsent == 0) {
		connector_ready(claim->object->connector, claim, again);
		return 0;
	}
	claim->ready = true;
	claim->again |= again;
	lane_await_room(&claim->lane);
	return 0;
}

static int on_frame_done(struct claim *claim, const union xenav_msg *request, int passed)
{
	connector_done(claim->object->connector, claim, request->frame_done.serial);
	return 0;
}

static int on_freed(struct claim *claim, const union xenav_msg *request, int passed)
{
	return connector_freed(claim->object->connector, claim, request->frame_buffer_gone.buffer);
}

static int on_edid(struct claim *claim, const union xenav_msg *request, int passed)
{
	return connector_edid(claim->object->connector, &request->connector_edid);
}

static int on_refresh(struct claim *claim, const union xenav_msg *request, int passed)
{
	return connector_refresh(claim->object->connector, request->connector_refresh.period_ns);
}

static int on_offer(struct claim *claim, const union xenav_msg *request, int passed)
{
	const struct xenav_msg_connector_buffer *msg = &request->connector_buffer;

	if (!(claim->ways & XENAV_WAY_DMABUF))
		return -EACCES;
	return connector_offer(claim->object->connector, msg->buffer, msg->size_bytes, passed);
}

/* -------- the table -------- */

enum kind { ANY, STREAM, CONNECTOR };
enum who { WATCHERS_TOO, DRIVER };

struct request {
	uint16_t opcode;
	enum kind kind; /* of the object */
	enum who who;
	int (*serve)(struct claim *claim, const union xenav_msg *request, int passed);
};

static const struct request requests[] = {
	{XENAV_OP_RELEASE, ANY, WATCHERS_TOO, on_release},
	{XENAV_OP_STREAM_POSITION, STREAM, DRIVER, on_position},
	{XENAV_OP_STREAM_FILLED, STREAM, DRIVER, on_filled},
	{XENAV_OP_STREAM_LIMITS, STREAM, DRIVER, on_limits},
	{XENAV_OP_FRAME_READY, CONNECTOR, WATCHERS_TOO, on_frame_ready},
	{XENAV_OP_FRAME_DONE, CONNECTOR, WATCHERS_TOO, on_frame_done},
	{XENAV_OP_FRAME_BUFFER_FREED, CONNECTOR, WATCHERS_TOO, on_freed},
	{XENAV_OP_CONNECTOR_EDID, CONNECTOR, DRIVER, on_edid},
	{XENAV_OP_CONNECTOR_BUFFER, CONNECTOR, DRIVER, on_offer},
	{XENAV_OP_CONNECTOR_REFRESH, CONNECTOR, DRIVER, on_refresh},
};

static const struct request *find(uint16_t opcode)
{
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
		if (requests[i].opcode == opcode)
			return &requests[i];
	return NULL;
}

int requests_serve(struct claims *claims, struct object *object, const union xenav_msg *msg,
		   int passed)
{
	const struct request *request = find(msg->h.opcode);
	struct claim *claim = claims_find(claims, object);

	if (!request)
		return -EOPNOTSUPP;
	if (!claim)
		return -ENOTCONN;
	if ((request->kind == STREAM && !object->stream) ||
	    (request->kind == CONNECTOR && !object->connector))
		return -EINVAL;
	if (request->who == DRIVER && claim->watches)
		return -EPERM;
	return request->serve(claim, msg, passed);
}
