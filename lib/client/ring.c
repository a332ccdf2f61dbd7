/* SPDX-License-Identifier: MIT */
/*
 * The ring of an open stream.
 *
 * Playback: the guest goes on writing into the ring, and does not wait for a late program.  So
 * samples are copied out of the ring first.  The edge, which the daemon raises before it overwrites
 * anything, then tells which of them were whole.
 *
 * Capture: writing runs ahead of the guest's reading.  A guest takes a full buffer for an overrun,
 * so a source that can wait stops before; but it has to go beyond one period, because the Linux
 * frontend wakes its program only after more than one period.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "client/ring.h"
#include "wire/formats.h"

static size_t tail_offset(uint32_t buffer_bytes)
{
	const size_t bytes = buffer_bytes;

	return (bytes + XENAV_RING_TAIL_ALIGN - 1) / XENAV_RING_TAIL_ALIGN * XENAV_RING_TAIL_ALIGN;
}

int ring_map(struct ring *r, struct xenav *x, int fd, const struct xenav_pcm *pcm, bool playback)
{
	const uint32_t bytes = pcm->buffer_frames * pcm->frame_bytes;
	uint32_t map_bytes = bytes;
	struct xenav_map *map;
	int rc;

	if (playback && bytes > UINT32_MAX - 2 * XENAV_RING_TAIL_ALIGN)
		return -EPROTO;
	if (playback)
		map_bytes = (uint32_t)tail_offset(bytes) + XENAV_RING_TAIL_ALIGN;
	rc = map_new(&map, fd, map_bytes, !playback);
	if (rc < 0)
		return rc;
	map_drop(x, &r->map);
	r->map = map;
	r->buffer_frames = pcm->buffer_frames;
	r->frame_bytes = pcm->frame_bytes;
	return playback && !r->heard ? map_private(&r->heard, bytes) : 0;
}

void ring_drop(struct ring *r, struct xenav *x)
{
	map_drop(x, &r->map);
	map_drop(x, &r->heard);
}

/* The first frame that is not overwritten. */
static uint64_t first_whole(const struct ring *r)
{
	const size_t offset = tail_offset(r->buffer_frames * r->frame_bytes);
	const struct xenav_ring_tail *tail = (const void *)((const char *)r->map->addr + offset);
	uint64_t edge_frames;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	edge_frames = __atomic_load_n(&tail->edge_frames, __ATOMIC_RELAXED);
	return edge_frames > r->buffer_frames ? edge_frames - r->buffer_frames : 0;
}

/* @return where the frame at a position stands; *frames: how many stand there in a row, at most
 * `most`. */
static void *stands(const struct ring *r, uint64_t at, uint64_t most, uint32_t *frames)
{
	const uint32_t first = (uint32_t)(at % r->buffer_frames);
	const uint32_t n = r->buffer_frames - first;

	*frames = most < n ? (uint32_t)most : n;
	return (char *)r->map->addr + (size_t)first * r->frame_bytes;
}

uint32_t ring_take(struct ring *r, uint64_t at, uint64_t end, uint32_t *lost)
{
	uint64_t whole;
	uint32_t n;
	const void *from = stands(r, at, end - at, &n);

	memcpy(r->heard->addr, from, (size_t)n * r->frame_bytes);
	whole = first_whole(r);
	*lost = whole <= at ? 0 : whole - at < n ? (uint32_t)(whole - at) : n;
	return n;
}

const void *ring_samples(const struct ring *r, uint32_t index)
{
	return (const char *)r->heard->addr + (size_t)index * r->frame_bytes;
}

void ring_put(struct ring *r, uint64_t at, const void *samples, uint32_t frames)
{
	while (frames > 0) {
		uint32_t n;
		void *to = stands(r, at, frames, &n);

		memcpy(to, samples, (size_t)n * r->frame_bytes);
		samples = (const char *)samples + (size_t)n * r->frame_bytes;
		at += n;
		frames -= n;
	}
}

void ring_silence(struct ring *r, uint8_t format, uint64_t at, uint64_t end)
{
	if (end > r->buffer_frames && at < end - r->buffer_frames)
		at = end - r->buffer_frames;
	while (at < end) {
		uint32_t n;
		void *to = stands(r, at, end - at, &n);

		format_silence(format, to, (size_t)n * r->frame_bytes);
		at += n;
	}
}

/* How far writing may run ahead: at least into the second period, never a whole buffer. */
static uint32_t limit_frames(const struct xenav_pcm *pcm)
{
	const uint32_t buffer = pcm->buffer_frames;
	uint32_t period = pcm->period_frames ? pcm->period_frames : buffer / 4;
	uint32_t less_one_period, halfway;

	if (period == 0)
		period = 1;
	if (period >= buffer)
		return buffer > 1 ? buffer - 1 : 1;
	less_one_period = buffer - period;
	halfway = period + (buffer - period) / 2;
	return less_one_period > halfway ? less_one_period : halfway;
}

uint32_t ring_space(const struct xenav_pcm *pcm, uint64_t ahead_frames)
{
	const uint32_t limit = limit_frames(pcm);

	return ahead_frames < limit ? limit - (uint32_t)ahead_frames : 0;
}
