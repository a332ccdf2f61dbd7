/* SPDX-License-Identifier: MIT */
/*
 * The clock of a sound card that is not there: how far a stream has got in real time.  Pure.
 *
 * A recorder can wait, as no sound card can: when it has come to the end of what the guest has
 * delivered, it gives the guest a moment to go on before it runs on into the underrun.
 */
#ifndef XENAV_RECORD_CLOCK_H
#define XENAV_RECORD_CLOCK_H

#include <stdint.h>

#include "xenav.h"

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

/* CLOCK_MONOTONIC. */
uint64_t record_now(void);

struct clock {
	uint32_t rate_hz;
	uint32_t buffer_frames;
	uint64_t interval_ns; /* between reports */
	uint64_t patience_ns; /* with a guest that is late */
	uint64_t start_frames;
	uint64_t start_ns;
	uint64_t last_frames; /* the newest report */
	uint64_t edge_frames; /* the end of what is there to be played; UINT64_MAX: no matter */
	uint64_t late_ns;     /* since when the guest lets us wait; 0: it does not */
};

/* For a stream that was opened like this. */
void clock_init(struct clock *c, const struct xenav_pcm *pcm);

/* The stream goes on at this position now.  Time before that is not caught up. */
void clock_start(struct clock *c, uint64_t frames, uint64_t now_ns);

/* There is something to play up to this position. */
void clock_supply(struct clock *c, uint64_t edge_frames);

/* The position to report now: real time, but never more than one buffer beyond the report before,
 * however late it is, and one frame short of the edge as long as the guest is waited for. */
uint64_t clock_report(struct clock *c, uint64_t now_ns);

#endif
