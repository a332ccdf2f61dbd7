/* SPDX-License-Identifier: MIT */
/*
 * See writer.h.
 *
 * Frames come in blocks, but positions move with time: they are so far behind the hardware that a
 * whole block and its delay are bridged, and never beyond what is written.  A guest that does not
 * read is overrun, as by a card.
 */
#include <config.h>

#include <string.h>

#include "client/clock.h"
#include "client/writer.h"
#include "wire/formats.h"

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Silence, where nobody has written in time; at most a ring of it counts. */
static void skip(struct writer *w, const struct opening *o, uint64_t to)
{
	const uint32_t buffer = o->pcm.buffer_frames;
	const size_t bytes = o->pcm.frame_bytes;
	uint64_t at = w->captured.end_frames;

	w->captured.skipped_frames += less(to, at);
	if (less(to, at) > buffer)
		at = to - buffer;
	while (at < to) {
		const uint32_t first = (uint32_t)(at % buffer);
		const uint64_t n = to - at < buffer - first ? to - at : buffer - first;

		format_silence(o->pcm.format, (uint8_t *)o->map->addr + first * bytes, n * bytes);
		at += n;
	}
}

/* Begin at the base, or where xenavd's own clock is; after a pause go on. */
static void follow(struct writer *w, const struct opening *o, uint64_t now_ns)
{
	const uint64_t clock = follower_clock(&w->follower, o, now_ns);
	const bool anew = follower_follow(&w->follower);
	union captured *captured = &w->captured;

	if (!anew && captured->end_frames >= clock &&
	    captured->end_frames - clock <= o->pcm.buffer_frames)
		return;
	if (!anew)
		skip(w, o, clock);
	captured->end_frames = clock;
	w->lag_frames = 0;
}

static void copy(const struct opening *o, uint64_t at, const uint8_t *src, uint32_t frames)
{
	const size_t bytes = o->pcm.frame_bytes;
	const uint32_t first = (uint32_t)(at % o->pcm.buffer_frames);
	const uint32_t room = o->pcm.buffer_frames - first;
	const uint32_t n = room < frames ? room : frames;
	uint8_t *ring = o->map->addr;

	memcpy(ring + first * bytes, src, n * bytes);
	memcpy(ring, src + n * bytes, (frames - n) * bytes);
}

/* Append frames; of more than a ring only the last ones remain. */
static void put(struct writer *w, const struct opening *o, const uint8_t *src, uint32_t frames)
{
	union captured *captured = &w->captured;
	const uint32_t most = o->pcm.buffer_frames;
	const uint32_t over = frames > most ? frames - most : 0;
	const uint64_t before = captured->end_frames;
	const uint64_t room = w->follower.orders.edge_frames + most;

	copy(o, before + over, src + (size_t)over * o->pcm.frame_bytes, frames - over);
	captured->end_frames = before + frames;
	captured->frames += frames;
	captured->late_frames += less(captured->end_frames, before > room ? before : room);
}

/* The position at the time of the write. */
static uint64_t position(struct writer *w, const struct opening *o, uint32_t frames, uint32_t delay)
{
	const uint64_t most = o->pcm.buffer_frames / 2;
	uint64_t lag = (uint64_t)frames + delay;

	if (lag > most)
		lag = most;
	if (w->lag_frames < lag)
		w->lag_frames = lag;
	return less(w->captured.end_frames, less(w->lag_frames, delay));
}

uint32_t writer_write(struct writer *w, struct opening *o, const void *src, uint32_t frames,
		      uint32_t delay_frames, uint64_t now_ns)
{
	union captured *captured = &w->captured;

	if (!follower_attend(&w->follower, o, frames))
		return 0;
	if (w->follower.change != w->follower.orders.change)
		follow(w, o, now_ns);
	/* The guest has read frames that were never written. */
	if (captured->end_frames < w->follower.orders.edge_frames)
		captured->end_frames = w->follower.orders.edge_frames;
	put(w, o, src, frames);
	captured->generation = o->generation;
	captured->change = w->follower.change;
	captured->when_ns = now_ns;
	captured->position_frames = position(w, o, frames, delay_frames);
	captured->delay_frames = captured->end_frames - captured->position_frames;
	return frames;
}

uint64_t captured_position(const union captured *captured, uint32_t rate_hz, uint64_t now_ns)
{
	const uint64_t elapsed = clock_frames(less(now_ns, captured->when_ns), rate_hz);
	const uint64_t left = captured->end_frames - captured->position_frames;

	return elapsed < left ? captured->position_frames + elapsed : captured->end_frames;
}
