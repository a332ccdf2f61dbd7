/* SPDX-License-Identifier: MIT */
/*
 * The samples that a guest plays.
 *
 * Nobody waits for a program that is late: the guest goes on writing into the ring, and the daemon
 * takes over from who drives the stream and does not.  So samples are taken out of the ring first,
 * and only then, from the mark that the daemon raises before it overwrites anything, it is known
 * which of them were whole.  The program is given the copy, and told what is lost.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <string.h>

#include "client/internal.h"

static size_t tail_offset(uint32_t buffer_bytes)
{
	const size_t bytes = buffer_bytes;

	return (bytes + XENAV_RING_TAIL_ALIGN - 1) / XENAV_RING_TAIL_ALIGN * XENAV_RING_TAIL_ALIGN;
}

static uint32_t ring_bytes(const struct xenav_stream *s)
{
	return s->pcm.buffer_frames * s->pcm.frame_bytes;
}

uint32_t playback_map_bytes(uint32_t buffer_bytes)
{
	if (buffer_bytes > UINT32_MAX - 2 * XENAV_RING_TAIL_ALIGN)
		return 0;
	return (uint32_t)tail_offset(buffer_bytes) + XENAV_RING_TAIL_ALIGN;
}

int playback_open(struct xenav_stream *s)
{
	return map_private(&s->heard, ring_bytes(s));
}

/* The first frame that nothing has been written over so far. */
static uint64_t first_whole(const struct xenav_stream *s)
{
	const struct xenav_ring_tail *tail =
		(const void *)((const char *)s->ring->addr + tail_offset(ring_bytes(s)));
	uint64_t edge_frames;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	edge_frames = __atomic_load_n(&tail->edge_frames, __ATOMIC_RELAXED);
	return edge_frames > s->pcm.buffer_frames ? edge_frames - s->pcm.buffer_frames : 0;
}

/* Take out what stands from there on, up to the end of the ring; returns how many frames. */
static uint32_t take(struct xenav_stream *s, uint64_t at, uint64_t end)
{
	const uint32_t first = (uint32_t)(at % s->pcm.buffer_frames);
	uint32_t n = s->pcm.buffer_frames - first;

	if (n > end - at)
		n = (uint32_t)(end - at);
	memcpy(s->heard->addr, (const char *)s->ring->addr + (size_t)first * s->pcm.frame_bytes,
	       (size_t)n * s->pcm.frame_bytes);
	return n;
}

void playback_deliver(struct xenav_stream *s, uint64_t at, uint64_t end)
{
	const struct xenav_map *ring = s->ring;

	while (at < end && s->ring == ring && !s->o.x->closing) {
		const uint32_t n = take(s, at, end);
		const uint64_t whole = first_whole(s);
		const uint32_t lost = whole <= at ? 0 : whole - at < n ? (uint32_t)(whole - at) : n;

		if (lost > 0)
			TELL(s->o.x, stream_lost, s, at, lost);
		if (lost < n && s->ring == ring && !s->o.x->closing)
			TELL(s->o.x, stream_data, s, at + lost,
			     (const char *)s->heard->addr + (size_t)lost * s->pcm.frame_bytes,
			     n - lost);
		at += n;
	}
}
