/* SPDX-License-Identifier: MIT */
/*
 * READ and WRITE: what the guest has put into its buffer is copied for those who listen, and what
 * was captured, or silence, is put there.  Large ones are done in slices, between which others have
 * their turn; the guest pays for what was really copied, and nothing is copied for nobody.
 */
#include <config.h>

#include <string.h>

#include "sound/format.h"
#include "sound/stream-priv.h"

#define SLICE_BYTES 65536u

/* Silence stands in for what nobody has captured. @return the bytes that were written. */
static uint32_t put_silence(struct stream *stream, uint32_t offset_bytes, uint32_t bytes)
{
	uint8_t *out = (uint8_t *)gbuf_data(stream->buffer) + offset_bytes;

	if (bytes == 0 || silence_covers(&stream->silence, offset_bytes, bytes))
		return 0;
	format_silence(stream->open.pcm_format, out, bytes);
	silence_add(&stream->silence, offset_bytes, bytes);
	return bytes;
}

/* @return the bytes that were written. */
static uint32_t put_captured(struct stream *stream, uint64_t position_bytes, uint32_t offset_bytes,
			     uint32_t bytes)
{
	const uint64_t captured = stream->progress.captured_frames * stream->frame_bytes;
	uint8_t *out = (uint8_t *)gbuf_data(stream->buffer) + offset_bytes;
	uint32_t there = 0;

	if (captured > position_bytes)
		there = captured - position_bytes < bytes ? (uint32_t)(captured - position_bytes)
							  : bytes;
	if (there > 0 && audience_captured(stream, offset_bytes, out, there))
		silence_init(&stream->silence, stream->open.buffer_sz);
	else
		there = 0;
	return there + put_silence(stream, offset_bytes + there, bytes - there);
}

static uint32_t move_slice(struct stream *stream, const struct xensnd_req *req, uint32_t bytes)
{
	const struct xensnd_rw_req *rw = &req->op.rw;
	const struct transfer *t = &stream->transfer;
	const uint32_t offset = rw->offset + t->moved_bytes;

	if (req->operation == XENSND_OP_WRITE)
		return audience_written(stream, t->position_bytes + rw->length, offset, bytes);
	return put_captured(stream, t->position_bytes + t->moved_bytes, offset, bytes);
}

static void go_on(struct channel *ch, void *owner)
{
	struct stream *stream = owner;
	struct transfer *t = &stream->transfer;
	struct xensnd_req req;
	uint32_t copied = 0;

	memcpy(&req, stream->request, sizeof req);
	while (t->moved_bytes < req.op.rw.length && copied < SLICE_BYTES) {
		uint32_t bytes = req.op.rw.length - t->moved_bytes;

		if (bytes > SLICE_BYTES)
			bytes = SLICE_BYTES;
		copied += move_slice(stream, &req, bytes);
		t->moved_bytes += bytes;
	}
	channel_charge(ch, copied);
	if (t->moved_bytes < req.op.rw.length) {
		channel_go_on(ch, go_on);
		return;
	}
	t->writes = false;
	if (req.op.rw.length > 0)
		audience_data(stream, t->position_bytes, req.op.rw.length);
	stream_respond(stream, &req, 0);
}

void transfer_start(struct stream *stream, const struct xensnd_req *req)
{
	const struct xensnd_rw_req *rw = &req->op.rw;
	struct transfer *t = &stream->transfer;

	memcpy(stream->request, req, sizeof *req);
	t->moved_bytes = 0;
	t->writes = req->operation == XENSND_OP_WRITE;
	if (rw->length > 0 && req->operation == XENSND_OP_WRITE)
		t->position_bytes = progress_written(&stream->progress, rw->offset, rw->length);
	else if (rw->length > 0)
		t->position_bytes = progress_read(&stream->progress, rw->offset, rw->length);
	go_on(&stream->channel, stream);
}
