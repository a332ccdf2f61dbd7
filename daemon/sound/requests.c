/* SPDX-License-Identifier: MIT */
/*
 * The requests of sndif (sndif.h, "Request packets"): each is checked, handed to the stream, and
 * answered with 0 or a negative errno, which on Linux is the XEN_E* of the same name.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sound/hwparams.h"
#include "sound/stream-priv.h"
#include "xenav-proto.h"

struct op {
	const char *name;
	void (*serve)(struct stream *stream, const struct xensnd_req *req);
};

static const struct op *find_op(uint8_t operation);

static void refuse(struct stream *stream, const struct xensnd_req *req, int status,
		   const char *reason)
{
	const struct op *op = find_op(req->operation);

	log_about(stream->log, LOG_LEVEL_WARN, STREAM_NAMED(stream), "Stream %u/%u: Refused %s: %s",
		  stream->published.pcm, stream->published.stream,
		  op ? op->name : "an unknown request", reason);
	stream_respond(stream, req, status);
}

/* -------- requests that need the worker -------- */

static void on_mapped(struct gbuf *buffer, int rc, void *data)
{
	struct stream *stream = data;
	struct xensnd_req req;

	memcpy(&req, stream->request, sizeof req);
	if (stream->dead) {
		gbuf_unmap(stream->env->xen, buffer, NULL, NULL);
		return;
	}
	if (rc < 0) {
		refuse(stream, &req, rc, gbuf_explain(stream->guest, req.op.open.buffer_sz, rc));
		return;
	}
	stream_opened(stream, buffer, &req.op.open);
	stream_respond(stream, &req, 0);
}

static void open_request(struct stream *stream, const struct xensnd_req *req)
{
	const struct xensnd_open_req *open = &req->op.open;
	struct gbuf *old;
	const char *problem;
	int rc;

	rc = hwparams_check_open(&stream->published.limits, open, &problem);
	if (rc == 0)
		rc = hwparams_check_inside(&stream->bounds, open, &problem);
	if (rc < 0) {
		refuse(stream, req, rc, problem);
		return;
	}
	/* Linux opens an open stream for a second hw_params; the old buffer is no longer the
	 * guest's. */
	old = stream_closed(stream);
	if (old)
		gbuf_unmap(stream->env->xen, old, NULL, NULL);
	memcpy(stream->request, req, sizeof *req);
	channel_charge_map(&stream->channel, open->buffer_sz);
	rc = gbuf_map(stream->env->xen, stream->guest, open->gref_directory, open->buffer_sz,
		      stream->published.direction == XENAV_CAPTURE, on_mapped, stream);
	if (rc < 0)
		refuse(stream, req, rc, gbuf_explain(stream->guest, open->buffer_sz, rc));
}

static void on_unmapped(void *data)
{
	struct stream *stream = data;
	struct xensnd_req req;

	if (stream->dead)
		return;
	memcpy(&req, stream->request, sizeof req);
	stream_respond(stream, &req, 0);
}

/* Linux closes streams that it never opened, too; it takes the pages back once it has the
 * answer. */
static void close_request(struct stream *stream, const struct xensnd_req *req)
{
	struct gbuf *buffer = stream_closed(stream);

	if (!buffer) {
		stream_respond(stream, req, 0);
		return;
	}
	memcpy(stream->request, req, sizeof *req);
	gbuf_unmap(stream->env->xen, buffer, on_unmapped, stream);
}

static void on_volume_written(int rc, void *data)
{
	struct stream *stream = data;
	struct xensnd_req req;

	if (stream->dead)
		return;
	memcpy(&req, stream->request, sizeof req);
	if (rc < 0)
		refuse(stream, &req, rc, strerror(-rc));
	else
		stream_respond(stream, &req, 0);
}

/* The values go into the guest's buffer, which is mapped read-only for playback: the worker
 * writes. */
static void get_volume_request(struct stream *stream, const struct xensnd_req *req)
{
	uint8_t values[VOLUME_MAX_BYTES];
	int rc;

	volume_get(&stream->volume, stream->open.pcm_channels, values);
	memcpy(stream->request, req, sizeof *req);
	rc = gbuf_write(stream->env->xen, stream->buffer, req->op.rw.offset, values,
			volume_bytes(req->operation, stream->open.pcm_channels), on_volume_written,
			stream);
	if (rc < 0)
		refuse(stream, req, rc, strerror(-rc));
}

/* -------- requests that are answered at once -------- */

static void set_volume_request(struct stream *stream, const struct xensnd_req *req)
{
	const volatile uint8_t *guest =
		(const volatile uint8_t *)gbuf_data(stream->buffer) + req->op.rw.offset;
	const uint32_t n = volume_bytes(req->operation, stream->open.pcm_channels);
	uint8_t values[VOLUME_MAX_BYTES];

	/* Read each value once: the guest may be changing them. */
	for (uint32_t i = 0; i < n; i++)
		values[i] = guest[i];
	stream_set_volume(stream, req->operation, values);
	stream_respond(stream, req, 0);
}

/* The values overwrite samples, perhaps silence of ours. */
static void use_values(struct stream *stream, const struct xensnd_req *req)
{
	silence_init(&stream->silence, stream->open.buffer_sz);
	if (req->operation == XENSND_OP_GET_VOLUME)
		get_volume_request(stream, req);
	else
		set_volume_request(stream, req);
}

static void volume_request(struct stream *stream, const struct xensnd_req *req)
{
	const struct xensnd_rw_req *rw = &req->op.rw;
	uint32_t size = stream->open.buffer_sz;

	if (!stream->buffer)
		refuse(stream, req, -EIO, "the stream is not open");
	else if (rw->offset >= size || rw->length > size - rw->offset)
		refuse(stream, req, -EINVAL, "outside of the buffer");
	else if (rw->length < volume_bytes(req->operation, stream->open.pcm_channels))
		refuse(stream, req, -EINVAL, "not a value for every channel");
	else
		use_values(stream, req);
}

static void transfer_request(struct stream *stream, const struct xensnd_req *req)
{
	const struct xensnd_rw_req *rw = &req->op.rw;
	bool write = req->operation == XENSND_OP_WRITE;
	uint32_t size = stream->open.buffer_sz;

	if (write != (stream->published.direction == XENAV_PLAYBACK)) {
		refuse(stream, req, -EINVAL, "wrong direction");
	} else if (!stream->buffer) {
		refuse(stream, req, -EIO, "the stream is not open");
	} else if (rw->offset >= size || rw->length > size - rw->offset) {
		refuse(stream, req, -EINVAL, "outside of the buffer");
	} else if (rw->offset % stream->frame_bytes || rw->length % stream->frame_bytes) {
		refuse(stream, req, -EINVAL, "part of a frame");
	} else {
		transfer_start(stream, req);
	}
}

static void trigger_request(struct stream *stream, const struct xensnd_req *req)
{
	int rc;

	if (!stream->buffer) {
		refuse(stream, req, -EIO, "the stream is not open");
		return;
	}
	rc = stream_trigger(stream, req->op.trigger.type);
	if (rc < 0)
		refuse(stream, req, rc, "unknown type");
	else
		stream_respond(stream, req, 0);
}

static void query_request(struct stream *stream, const struct xensnd_req *req)
{
	struct xensnd_req answer = *req;
	int rc;

	hwparams_intersect(&stream->bounds, &answer.op.hw_param);
	rc = hwparams_narrow(&stream->published.limits, &answer.op.hw_param);
	/* No log line: an empty space is an ordinary answer while an application looks around. */
	stream_respond(stream, &answer, rc);
}

/* By number, without a gap. */
static const struct op ops[] = {
	[XENSND_OP_OPEN] = {"OPEN", open_request},
	[XENSND_OP_CLOSE] = {"CLOSE", close_request},
	[XENSND_OP_READ] = {"READ", transfer_request},
	[XENSND_OP_WRITE] = {"WRITE", transfer_request},
	[XENSND_OP_SET_VOLUME] = {"SET_VOLUME", volume_request},
	[XENSND_OP_GET_VOLUME] = {"GET_VOLUME", volume_request},
	[XENSND_OP_MUTE] = {"MUTE", volume_request},
	[XENSND_OP_UNMUTE] = {"UNMUTE", volume_request},
	[XENSND_OP_TRIGGER] = {"TRIGGER", trigger_request},
	[XENSND_OP_HW_PARAM_QUERY] = {"HW_PARAM_QUERY", query_request},
};

static const struct op *find_op(uint8_t operation)
{
	return operation < sizeof ops / sizeof ops[0] ? &ops[operation] : NULL;
}

void stream_request(struct channel *, const uint8_t image[RING_SLOT_BYTES], void *owner)
{
	struct stream *stream = owner;
	const struct op *op;
	struct xensnd_req req;

	_Static_assert(sizeof req == RING_SLOT_BYTES, "requests fill their slots");
	memcpy(&req, image, sizeof req);
	op = find_op(req.operation);
	if (op)
		op->serve(stream, &req);
	else
		refuse(stream, &req, -EOPNOTSUPP, "not supported");
}
