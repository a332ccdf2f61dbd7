/* SPDX-License-Identifier: MIT */
/*
 * READ and WRITE: samples that the guest has written are copied to the rings; captured samples, or
 * silence, are copied to the guest.  Large copies are made on the worker, and the loop goes on
 * meanwhile; the ring's next request waits for the answer.  The guest pays for the bytes that are
 * copied; nothing is copied without a consumer.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "report/news.h"
#include "sound/mover.h"
#include "sound/stream-priv.h"
#include "xen/xen.h"

/* The most to copy at once on the loop, for all rings together. */
#define LOOP_BYTES 65536u

static uint64_t written(struct stream *stream, uint32_t offset_frames, uint32_t n_frames)
{
	const uint64_t before = stream->progress.n_underruns;
	const uint64_t position = progress_written(&stream->progress, offset_frames, n_frames);

	if (stream->progress.n_underruns != before)
		news_of(XENAV_EVENT_UNDERRUN, stream, 0);
	return position;
}

/* The end of what was captured, in bytes of the transfer. */
static uint64_t captured_bytes(const struct stream *stream)
{
	const uint64_t captured = stream->progress.captured_frames;
	const uint64_t position = stream->transfer.position_frames;

	return captured > position ? (captured - position) * stream->frame_bytes : 0;
}

static void plan_read(struct stream *stream, struct move *move)
{
	const uint64_t captured = captured_bytes(stream);
	uid_t uid;

	move->pcm_format = stream->open.pcm_format;
	if (audience_driver_user(stream, &uid)) {
		move->captured_bytes = captured < move->bytes ? (uint32_t)captured : move->bytes;
		rings_read(stream, uid, move);
	}
	if (move->captured_bytes > 0)
		silence_init(&stream->silence, stream->open.buffer_sz);
	else if (move->bytes > 0 &&
		 silence_covers(&stream->silence, move->offset_bytes, move->bytes))
		move->bytes = 0;
}

_Static_assert(STREAM_BUFFER_MAX_BYTES <= UINT32_MAX / PLACES, "so that plan() can count");

/* @return the number of bytes to copy. */
static uint32_t plan(struct stream *stream, const struct xensnd_req *req, struct move *move)
{
	const struct xensnd_rw_req *rw = &req->op.rw;
	uint64_t end_frames = stream->transfer.position_frames + rw->length / stream->frame_bytes;

	*move = (struct move){
		.guest = (uint8_t *)gbuf_data(stream->buffer) + rw->offset,
		.offset_bytes = rw->offset,
		.bytes = rw->length,
	};
	if (req->operation == XENSND_OP_READ) {
		plan_read(stream, move);
		return move->bytes;
	}
	rings_write(stream, end_frames, move);
	return move->bytes * move->n_rings;
}

static void finish(struct stream *stream, const struct move *move)
{
	struct xensnd_req req;
	uint32_t n_frames;

	memcpy(&req, stream->request, sizeof req);
	n_frames = req.op.rw.length / stream->frame_bytes;
	if (req.operation == XENSND_OP_READ && move->bytes > move->captured_bytes)
		silence_add(&stream->silence, move->offset_bytes + move->captured_bytes,
			    move->bytes - move->captured_bytes);
	stream->n_frames += n_frames;
	if (n_frames > 0)
		audience_moved(stream, stream->transfer.position_frames, n_frames);
	stream_respond(stream, &req, 0);
}

static void on_moved(const struct move *move, void *data)
{
	struct stream *stream = data;

	stream->transfer.mover = NULL;
	finish(stream, move);
}

void transfer_start(struct stream *stream, const struct xensnd_req *req)
{
	const uint32_t offset = req->op.rw.offset / stream->frame_bytes;
	const uint32_t length = req->op.rw.length / stream->frame_bytes;
	struct transfer *t = &stream->transfer;
	struct move move;
	uint32_t n_bytes;

	memcpy(stream->request, req, sizeof *req);
	if (length > 0 && req->operation == XENSND_OP_WRITE)
		t->position_frames = written(stream, offset, length);
	else if (length > 0)
		t->position_frames = progress_read(&stream->progress, offset, length);
	n_bytes = plan(stream, req, &move);
	channel_charge(&stream->channel, n_bytes);
	if (n_bytes > LOOP_BYTES) {
		t->mover = mover_start(stream->env->xen->worker, stream->buffer, &move, on_moved,
				       stream);
		if (!t->mover)
			stream_respond(stream, req, -ENOMEM);
		return;
	}
	if (n_bytes > 0)
		move_all(&move);
	finish(stream, &move);
}
