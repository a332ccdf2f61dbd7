/* SPDX-License-Identifier: MIT */
/* The progress of a stream of 48 kHz, s16 stereo, with a buffer of 4800 frames (100 ms). */
#ifndef XENAVD_PROGRESS_RIG_H
#define XENAVD_PROGRESS_RIG_H

#include <stdint.h>

#include "base/clock.h"
#include "sound/progress.h"

#define RATE   48000
#define BUFFER 4800
#define MS     NS_PER_MS

extern struct progress p;
extern uint64_t now;

/* For cmocka. */
int setup(void **state);

void claim_and_start(void);

/* The last position that may be reported by now. */
uint64_t furthest(void);

/* Let time go by, with a tick in every step. */
void tick_for(uint64_t ns, uint64_t step_ns);

#endif
