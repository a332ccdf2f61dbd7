/* SPDX-License-Identifier: MIT */
/* See rings.h. */
#include <config.h>

#include <string.h>

#include "sound/format.h"
#include "sound/mover.h"
#include "sound/rings.h"
#include "sound/stream-priv.h"

static size_t tail_offset(const struct stream *stream)
{
	const size_t bytes = stream->open.buffer_sz;

	return (bytes + XENAV_RING_TAIL_ALIGN - 1) / XENAV_RING_TAIL_ALIGN * XENAV_RING_TAIL_ALIGN;
}

static struct user_ring *rings_end(struct stream *stream)
{
	return stream->rings + PLACES;
}

static struct user_ring *find(struct stream *stream, uid_t uid)
{
	for (struct user_ring *ring = stream->rings; ring < rings_end(stream); ring++)
		if (ring->copy.mem.data && ring->uid == uid)
			return ring;
	return NULL;
}

/* There is a free one: every other one belongs to another user in the audience. */
static struct user_ring *find_free(struct stream *stream)
{
	struct user_ring *ring = stream->rings;

	while (ring->copy.mem.data)
		ring++;
	return ring;
}

/* Publish the edge before overwriting: samples more than one ring behind it are gone. */
static void raise_edge(struct stream *stream, struct user_ring *ring, uint64_t edge_frames)
{
	struct xenav_ring_tail *tail =
		(void *)((uint8_t *)ring->copy.mem.data + tail_offset(stream));

	if (edge_frames > tail->edge_frames)
		__atomic_store_n(&tail->edge_frames, edge_frames, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/* A new ring holds what is written and not yet played. */
static int make(struct stream *stream, uid_t uid, struct user_ring *ring)
{
	const bool capture = stream->published.direction == XENAV_CAPTURE;
	size_t size = stream->open.buffer_sz;
	int rc;

	if (!capture)
		size = tail_offset(stream) + XENAV_RING_TAIL_ALIGN;
	rc = copy_reserve(&ring->copy, stream->guest, uid, size);
	if (rc < 0)
		return rc;
	rc = copy_make(&ring->copy, size, capture);
	copy_settle(&ring->copy);
	if (rc < 0)
		return rc;
	ring->uid = uid;
	if (capture) {
		/* Nothing was captured before this consumer came. */
		format_silence(stream->open.pcm_format, ring->copy.mem.data,
			       stream->open.buffer_sz);
		return 0;
	}
	raise_edge(stream, ring, stream->progress.edge_frames);
	if (stream->progress.edge_frames > stream->progress.position_frames)
		memcpy(ring->copy.mem.data, gbuf_data(stream->buffer), stream->open.buffer_sz);
	return 0;
}

void rings_init(struct stream *stream)
{
	for (struct user_ring *ring = stream->rings; ring < rings_end(stream); ring++)
		ring->copy = (struct copy)COPY_INIT;
}

int rings_join(struct stream *stream, uid_t uid)
{
	struct user_ring *ring = find(stream, uid);
	int rc = 0;

	if (!ring) {
		ring = find_free(stream);
		rc = make(stream, uid, ring);
	}
	return rc < 0 ? rc : ring->copy.mem.fd;
}

/* What is being moved goes on to a ring that nobody sees any more. */
static void drop(struct stream *stream, struct user_ring *ring)
{
	if (!mover_take_ring(stream->transfer.mover, &ring->copy))
		copy_destroy(&ring->copy);
}

void rings_leave(struct stream *stream, uid_t uid)
{
	struct user_ring *ring = find(stream, uid);

	if (ring)
		drop(stream, ring);
}

void rings_drop(struct stream *stream)
{
	for (struct user_ring *ring = stream->rings; ring < rings_end(stream); ring++)
		drop(stream, ring);
}

void rings_write(struct stream *stream, uint64_t edge_frames, struct move *move)
{
	for (struct user_ring *ring = stream->rings; ring < rings_end(stream); ring++) {
		if (!ring->copy.mem.data)
			continue;
		raise_edge(stream, ring, edge_frames);
		move->rings[move->n_rings++] = (uint8_t *)ring->copy.mem.data + move->offset_bytes;
	}
}

void rings_read(struct stream *stream, uid_t uid, struct move *move)
{
	const struct user_ring *ring = find(stream, uid);

	if (ring)
		move->ring = ring->copy.mem;
	else
		move->captured_bytes = 0;
}
