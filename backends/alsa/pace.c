/* SPDX-License-Identifier: MIT */
/*
 * See pace.h.  A PCM with a clock may take a lot when it starts, up to what its hardware or sound
 * server buffers, and its rate may be a little off.
 */
#include <config.h>

#include "alsa/pace.h"
#include "common/clock.h"

#define START_NS (250 * NS_PER_MS)

static uint64_t frames_in(const struct pace *p, uint64_t ns)
{
	return ns / NS_PER_S * p->rate_hz + ns % NS_PER_S * p->rate_hz / NS_PER_S;
}

void pace_start(struct pace *p, uint32_t rate_hz, uint32_t queued_frames, uint64_t now_ns)
{
	p->rate_hz = rate_hz;
	p->start_ns = now_ns;
	p->moved_frames = queued_frames;
}

void pace_moved(struct pace *p, uint32_t frames)
{
	p->moved_frames += frames;
}

void pace_forget(struct pace *p)
{
	*p = (struct pace){0};
}

/* Is a PCM that has gone through so many frames too fast for any clock? */
static bool too_fast(const struct pace *p, uint64_t frames, uint64_t elapsed_ns)
{
	return frames > frames_in(p, elapsed_ns + elapsed_ns / 8 + START_NS);
}

uint32_t pace_playback(struct pace *p, uint32_t fill_frames, uint64_t now_ns)
{
	const uint64_t elapsed_ns = now_ns - p->start_ns;
	const uint64_t due = frames_in(p, elapsed_ns);

	/* Nothing is left, long before that can be, and the PCM does not call it an underrun. */
	if (fill_frames == 0 && p->moved_frames > 2 * due)
		p->needed = true;
	if (fill_frames < p->moved_frames && too_fast(p, p->moved_frames - fill_frames, elapsed_ns))
		p->needed = true;
	if (!p->needed)
		return fill_frames;
	/* After a standstill of the program time goes on from now. */
	if (p->moved_frames < due) {
		p->start_ns = now_ns;
		p->moved_frames = 0;
		return 0;
	}
	return (uint32_t)(p->moved_frames - due);
}

uint32_t pace_capture(struct pace *p, uint32_t avail_frames, uint64_t now_ns)
{
	const uint64_t elapsed_ns = now_ns - p->start_ns;
	const uint64_t due = frames_in(p, elapsed_ns);
	uint64_t allowed;

	if (too_fast(p, p->moved_frames + avail_frames, elapsed_ns))
		p->needed = true;
	if (!p->needed)
		return avail_frames;
	allowed = due > p->moved_frames ? due - p->moved_frames : 0;
	return allowed < avail_frames ? (uint32_t)allowed : avail_frames;
}
