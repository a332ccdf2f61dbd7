/* SPDX-License-Identifier: MIT */
/* See rings.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sound/format.h"
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

/* Copy from the guest's buffer to the same place in the ring. */
static void copy_to_ring(struct stream *stream, struct user_ring *ring, uint32_t offset_bytes,
			 uint32_t length_bytes)
{
	const uint8_t *guest = gbuf_data(stream->buffer);
	uint8_t *to = ring->copy.mem.data;

	memcpy(to + offset_bytes, guest + offset_bytes, length_bytes);
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
		copy_to_ring(stream, ring, 0, stream->open.buffer_sz);
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

void rings_leave(struct stream *stream, uid_t uid)
{
	struct user_ring *ring = find(stream, uid);

	if (ring)
		copy_destroy(&ring->copy);
}

void rings_drop(struct stream *stream)
{
	for (struct user_ring *ring = stream->rings; ring < rings_end(stream); ring++)
		copy_destroy(&ring->copy);
}

uint32_t rings_write(struct stream *stream, uint64_t edge_frames, uint32_t offset_bytes,
		     uint32_t bytes)
{
	uint32_t copied = 0;

	for (struct user_ring *ring = stream->rings; ring < rings_end(stream); ring++) {
		if (!ring->copy.mem.data)
			continue;
		raise_edge(stream, ring, edge_frames);
		copy_to_ring(stream, ring, offset_bytes, bytes);
		copied += bytes;
	}
	return copied;
}

int rings_read(struct stream *stream, uid_t uid, uint32_t offset_bytes, void *to, uint32_t bytes)
{
	const struct user_ring *ring = find(stream, uid);

	return ring ? outmem_read(&ring->copy.mem, offset_bytes, to, bytes) : -ENOENT;
}
