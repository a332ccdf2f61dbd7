/* SPDX-License-Identifier: MIT */
/*
 * The clock of a sound card without hardware: the position of a stream in real time.
 *
 * A recorder, unlike a sound card, can wait: at the end of the delivered samples it gives the guest
 * a moment to go on before it runs on into the underrun.
 */
#ifndef XENAV_RECORD_CLOCK_H
#define XENAV_RECORD_CLOCK_H

#include <stdint.h>

#include "common/clock.h"
#include "xenav.h"

struct clock {
	uint32_t rate_hz;
	uint32_t buffer_frames;
	uint64_t interval_ns; /* between reports */
	uint64_t patience_ns; /* longest wait for a late guest */
	uint64_t start_frames;
	uint64_t start_ns;
	uint64_t last_frames; /* the newest report */
	uint64_t edge_frames; /* end of the delivered samples; UINT64_MAX: never wait */
	uint64_t late_ns;     /* start of the present wait, or 0 */
};

/* Make a clock for a stream with these parameters. */
void clock_init(struct clock *c, const struct xenav_pcm *pcm);

/* Go on at this position now, without catching up earlier time. */
void clock_start(struct clock *c, uint64_t frames, uint64_t now_ns);

/* The guest has delivered samples up to this position. */
void clock_supply(struct clock *c, uint64_t edge_frames);

/* @return the position to report now: that of real time, but at most one buffer beyond the last
 * report, and one frame before the edge during a wait. */
uint64_t clock_report(struct clock *c, uint64_t now_ns);

#endif
