/* SPDX-License-Identifier: MIT */
/*
 * See clock.h.
 */
#include <config.h>

#include "clock.h"

/* A guest wakes up after strictly more than one period: report several times in each. */
#define REPORTS_PER_PERIOD 4
#define INTERVAL_MIN_NS    (2 * NS_PER_MS)
#define INTERVAL_MAX_NS    (20 * NS_PER_MS)

/* A draining guest gives up when nothing moves for 1.1 buffers, and xenavd's own clock replaces a
 * consumer that stands still for half a buffer. */
#define PATIENCE_BUFFERS(frames) ((frames) / 8 * 3)
#define PATIENCE_MAX_NS          (500 * NS_PER_MS)

void clock_init(struct clock *c, const struct xenav_pcm *pcm)
{
	uint64_t interval = INTERVAL_MAX_NS;
	uint64_t patience;

	if (pcm->period_frames)
		interval = pcm->period_frames * NS_PER_S / pcm->rate_hz / REPORTS_PER_PERIOD;
	if (interval < INTERVAL_MIN_NS)
		interval = INTERVAL_MIN_NS;
	if (interval > INTERVAL_MAX_NS)
		interval = INTERVAL_MAX_NS;
	patience = PATIENCE_BUFFERS(pcm->buffer_frames) * NS_PER_S / pcm->rate_hz;
	*c = (struct clock){
		.rate_hz = pcm->rate_hz,
		.buffer_frames = pcm->buffer_frames,
		.interval_ns = interval,
		.patience_ns = patience < PATIENCE_MAX_NS ? patience : PATIENCE_MAX_NS,
		.edge_frames = UINT64_MAX,
	};
}

void clock_start(struct clock *c, uint64_t frames, uint64_t now_ns)
{
	c->start_frames = c->last_frames = frames;
	c->start_ns = now_ns;
}

void clock_supply(struct clock *c, uint64_t edge_frames)
{
	c->edge_frames = edge_frames;
	c->late_ns = 0;
}

/* Hold the position one frame before the edge, where the guest has no underrun yet. */
static uint64_t wait_at_edge(struct clock *c, uint64_t frames, uint64_t now_ns)
{
	uint64_t stop = c->edge_frames > 0 ? c->edge_frames - 1 : 0;

	if (frames <= stop)
		return frames;
	if (c->late_ns == 0)
		c->late_ns = now_ns;
	if (now_ns - c->late_ns >= c->patience_ns)
		return frames;
	if (stop < c->last_frames)
		stop = c->last_frames;
	/* The stream does not catch up the time of waiting. */
	clock_start(c, stop, now_ns);
	return stop;
}

uint64_t clock_report(struct clock *c, uint64_t now_ns)
{
	const uint64_t ns = now_ns - c->start_ns;
	uint64_t frames = c->start_frames;

	/* Two steps avoid an overflow for centuries. */
	frames += ns / NS_PER_S * c->rate_hz + ns % NS_PER_S * c->rate_hz / NS_PER_S;
	if (frames - c->last_frames > c->buffer_frames)
		frames = c->last_frames + c->buffer_frames;
	if (c->edge_frames != UINT64_MAX)
		frames = wait_at_edge(c, frames, now_ns);
	c->last_frames = frames;
	return frames;
}
