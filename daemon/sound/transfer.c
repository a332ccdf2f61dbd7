/* SPDX-License-Identifier: MIT */
/*
 * READ and WRITE: samples that the guest has written are copied to the rings; captured samples, or
 * silence, are copied to the guest.  Large requests are served in slices, and other guests have
 * their turn in between.  The guest pays for the bytes that were copied; nothing is copied without
 * a consumer.
 */
#include <config.h>

#include <string.h>

#include "report/news.h"
#include "sound/format.h"
#include "sound/stream-priv.h"

#define SLICE_BYTES 65536u

/* Silence replaces samples that were not captured. @return the number of bytes written. */
static uint32_t put_silence(struct stream *stream, uint32_t offset_bytes, uint32_t bytes)
{
	uint8_t *out = (uint8_t *)gbuf_data(stream->buffer) + offset_bytes;

	if (bytes == 0 || silence_covers(&stream->silence, offset_bytes, bytes))
		return 0;
	format_silence(stream->open.pcm_format, out, bytes);
	silence_add(&stream->silence, offset_bytes, bytes);
	return bytes;
}

/* @return the number of bytes written. */
static uint32_t put_captured(struct stream *stream, uint32_t offset_bytes, uint32_t bytes)
{
	const struct transfer *t = &stream->transfer;
	const uint64_t captured = stream->progress.captured_frames;
	uint8_t *out = (uint8_t *)gbuf_data(stream->buffer) + offset_bytes;
	uint64_t ready_bytes = 0; /* of the transfer */
	uint32_t n = 0;
	uid_t uid;

	if (captured > t->position_frames)
		ready_bytes = (captured - t->position_frames) * stream->frame_bytes;
	if (ready_bytes > t->moved_bytes)
		n = ready_bytes - t->moved_bytes < bytes ? (uint32_t)ready_bytes - t->moved_bytes
							 : bytes;
	if (n > 0 && audience_driver_user(stream, &uid) &&
	    rings_read(stream, uid, offset_bytes, out, n) == 0)
		silence_init(&stream->silence, stream->open.buffer_sz);
	else
		n = 0;
	return n + put_silence(stream, offset_bytes + n, bytes - n);
}

static uint32_t move_slice(struct stream *stream, const struct xensnd_req *req, uint32_t bytes)
{
	const struct xensnd_rw_req *rw = &req->op.rw;
	const struct transfer *t = &stream->transfer;
	const uint32_t offset = rw->offset + t->moved_bytes;

	if (req->operation == XENSND_OP_READ)
		return put_captured(stream, offset, bytes);
	return rings_write(stream, t->position_frames + rw->length / stream->frame_bytes, offset,
			   bytes);
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
	stream->n_frames += req.op.rw.length / stream->frame_bytes;
	if (req.op.rw.length > 0)
		audience_moved(stream, t->position_frames, req.op.rw.length / stream->frame_bytes);
	stream_respond(stream, &req, 0);
}

static uint64_t written(struct stream *stream, uint32_t offset_frames, uint32_t n_frames)
{
	const uint64_t before = stream->progress.n_underruns;
	const uint64_t position = progress_written(&stream->progress, offset_frames, n_frames);

	if (stream->progress.n_underruns != before)
		news_of(XENAV_EVENT_UNDERRUN, stream, 0);
	return position;
}

void transfer_start(struct stream *stream, const struct xensnd_req *req)
{
	const uint32_t offset = req->op.rw.offset / stream->frame_bytes;
	const uint32_t length = req->op.rw.length / stream->frame_bytes;
	struct transfer *t = &stream->transfer;

	memcpy(stream->request, req, sizeof *req);
	t->moved_bytes = 0;
	t->writes = req->operation == XENSND_OP_WRITE;
	if (length > 0 && t->writes)
		t->position_frames = written(stream, offset, length);
	else if (length > 0)
		t->position_frames = progress_read(&stream->progress, offset, length);
	go_on(&stream->channel, stream);
}
