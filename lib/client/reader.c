/* SPDX-License-Identifier: MIT */
/*
 * See reader.h.
 *
 * The position is that of a card: it moves with every frame that the hardware plays, the guest's or
 * silence.  After a START it is the delay behind the frames that are read, so that the guest knows
 * when they are heard.  A guest that is late by less than the delay loses nothing: its frames are
 * read as soon as they are there, and positions are then less far behind them.  A guest whose edge
 * the position has reached has an underrun, and frames behind the position are never played.
 */
#include <config.h>

#include <string.h>

#include "client/clock.h"
#include "client/reader.h"
#include "wire/formats.h"
#include "xenav-proto.h"

/* Reports may come that late. */
#define SPARE_FRAMES(rate) ((rate) / 200)

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The time after which xenavd's own clock takes over, see STREAM_POSITION in xenav-proto.h. */
static uint64_t silence_frames(const struct xenav_pcm *pcm)
{
	const uint64_t least = pcm->rate_hz / 50;
	const uint64_t half = smaller(pcm->buffer_frames / 2, pcm->rate_hz);

	return half > least ? half : least;
}

/* How far positions are behind the frames that are read.  The guest has to be able to write what is
 * read next, and must not wait for its first position until xenavd's clock takes over. */
static uint64_t bound_delay(const struct reader *r, const struct xenav_pcm *pcm, uint64_t delay)
{
	const uint64_t call = r->follower.most_frames;
	const uint64_t buffer = less(pcm->buffer_frames, call + 2 * (uint64_t)pcm->period_frames);
	const uint64_t silence = less(silence_frames(pcm), call + SPARE_FRAMES(pcm->rate_hz));

	return smaller(delay, smaller(buffer, silence));
}

/* Go on where xenavd's own clock is, with the frame that is due when this one is heard; none is
 * read twice. */
static void go_on(struct reader *r, const struct opening *o, uint64_t delay, uint64_t now_ns)
{
	const uint64_t clock = follower_clock(&r->follower, o, now_ns);
	uint64_t at = smaller(clock + delay, r->follower.orders.edge_frames);

	if (at < r->at_frames && r->at_frames - at <= o->pcm.buffer_frames)
		at = r->at_frames;
	r->at_frames = at;
	r->played.end_frames = clock + delay;
}

/* After a pause, frames that are read already are not read again. */
static void follow(struct reader *r, const struct opening *o, uint64_t delay, uint64_t now_ns)
{
	const union orders *orders = &r->follower.orders;
	const uint64_t base = orders->base_frames;
	const uint64_t before = r->at_frames;
	const bool anew = follower_follow(&r->follower);

	r->gap_frames = 0;
	r->waits = false;
	if (anew || (!orders->clock_ns && r->at_frames < base) ||
	    less(r->at_frames, base) > o->pcm.buffer_frames)
		r->at_frames = base;
	r->played.end_frames = r->at_frames;
	if (!orders->clock_ns)
		return;
	go_on(r, o, delay, now_ns);
	if (!anew)
		r->played.skipped_frames += less(r->at_frames, before);
}

/* Has the guest written nothing yet of what xenavd's clock has reached?  Then that clock goes on.
 */
static bool is_behind_clock(const struct reader *r, const struct opening *o, uint64_t now_ns)
{
	const union orders *orders = &r->follower.orders;

	return orders->clock_ns && orders->edge_frames <= follower_clock(&r->follower, o, now_ns);
}

/* Frames behind the position are over: there was silence instead. */
static void catch_up(struct reader *r, uint64_t position)
{
	if (r->at_frames < position)
		r->at_frames = position;
	r->played.delay_frames = r->at_frames - position;
}

/* The first frame that is not overwritten. */
static uint64_t first_whole(const struct opening *o)
{
	const size_t bytes = (size_t)o->pcm.buffer_frames * o->pcm.frame_bytes;
	const size_t at =
		(bytes + XENAV_RING_TAIL_ALIGN - 1) / XENAV_RING_TAIL_ALIGN * XENAV_RING_TAIL_ALIGN;
	const struct xenav_ring_tail *tail = (const void *)((const char *)o->map->addr + at);

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return less(__atomic_load_n(&tail->edge_frames, __ATOMIC_RELAXED), o->pcm.buffer_frames);
}

/* A watched stream does not follow this card's clock: a card that is too fast waits until something
 * is in hand, and one that is too slow, or late, leaves out a quarter of the buffer. */
static void keep_up(struct reader *r, const struct opening *o, uint64_t frames)
{
	const uint64_t edge = r->follower.orders.edge_frames;
	const uint64_t whole = first_whole(o);
	const uint64_t enough =
		smaller(o->pcm.buffer_frames / 2, 2 * frames + o->pcm.rate_hz / 100);
	uint64_t ready;

	if (r->at_frames < whole) {
		const uint64_t at = smaller(whole + o->pcm.buffer_frames / 4, edge);

		r->played.skipped_frames += less(at, r->at_frames);
		r->at_frames = at > r->at_frames ? at : r->at_frames;
	}
	ready = less(edge, r->at_frames);
	r->waits = ready < (r->waits ? enough : frames);
	r->played.delay_frames = ready;
}

/* Copy frames, at most a whole ring.  @return how many of the first ones were overwritten. */
static uint32_t copy(const struct opening *o, uint64_t at, uint8_t *dst, uint32_t frames)
{
	const size_t bytes = o->pcm.frame_bytes;
	const uint32_t first = (uint32_t)(at % o->pcm.buffer_frames);
	const uint32_t n = (uint32_t)smaller(o->pcm.buffer_frames - first, frames);
	const uint8_t *ring = o->map->addr;

	memcpy(dst, ring + first * bytes, n * bytes);
	memcpy(dst + n * bytes, ring, (frames - n) * bytes);
	return (uint32_t)smaller(less(first_whole(o), at), frames);
}

/* Silence counts as late once the guest goes on: it may be the end of what it plays. */
static void count(struct reader *r, uint32_t ready, uint32_t lost, uint32_t frames)
{
	if (ready > 0) {
		r->played.late_frames += r->gap_frames;
		r->gap_frames = 0;
	}
	r->gap_frames += frames - ready;
	r->played.skipped_frames += lost;
	r->played.frames += ready - lost;
}

/* Fill dst from what the guest has written.  @return the number of frames. */
static uint32_t take(struct reader *r, const struct opening *o, uint8_t *dst, uint32_t frames)
{
	const size_t bytes = o->pcm.frame_bytes;
	const uint64_t ready = r->waits ? 0 : less(r->follower.orders.edge_frames, r->at_frames);
	const uint32_t n = (uint32_t)smaller(smaller(ready, frames), o->pcm.buffer_frames);
	const uint32_t lost = copy(o, r->at_frames, dst, n);

	format_silence(o->pcm.format, dst, lost * bytes);
	format_silence(o->pcm.format, dst + n * bytes, (frames - n) * bytes);
	r->at_frames += n;
	count(r, n, lost, frames);
	return n - lost;
}

uint32_t reader_read(struct reader *r, struct opening *o, void *dst, uint32_t frames,
		     uint32_t delay_frames, uint64_t now_ns)
{
	union played *played = &r->played;
	const bool started = follower_attend(&r->follower, o, frames);
	const bool news = r->follower.change != r->follower.orders.change;
	uint64_t delay;
	uint32_t n;

	if (!started || (news && is_behind_clock(r, o, now_ns))) {
		format_silence(o->pcm.format, dst, (size_t)frames * o->pcm.frame_bytes);
		return 0;
	}
	delay = bound_delay(r, &o->pcm, delay_frames);
	if (news)
		follow(r, o, delay, now_ns);
	if (r->follower.orders.watched)
		keep_up(r, o, frames);
	else
		catch_up(r, less(played->end_frames, delay));
	n = take(r, o, dst, frames);
	played->generation = o->generation;
	played->change = r->follower.change;
	played->when_ns = now_ns;
	played->end_frames += frames;
	played->left_frames = delay + frames;
	return n;
}

uint64_t played_position(const union played *played, uint32_t rate_hz, uint64_t now_ns,
			 uint64_t *left_frames)
{
	const uint64_t elapsed = clock_frames(less(now_ns, played->when_ns), rate_hz);
	const uint64_t left = less(played->left_frames, elapsed);

	*left_frames = left > 0 ? left : 1;
	return less(played->end_frames, *left_frames);
}
