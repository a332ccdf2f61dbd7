/* SPDX-License-Identifier: MIT */
/*
 * How much faster the clock of a consumer is than ours, by the positions that it reports.  Pure.
 */
#ifndef XENAVD_DRIFT_H
#define XENAVD_DRIFT_H

#include <stdint.h>

#define DRIFT_UNKNOWN INT32_MIN

/* All zero: no report yet. */
struct drift {
	/* Private to drift.c: a report and its time, and a later one that will take its place. */
	uint64_t from_frames;
	uint64_t from_ns;
	uint64_t then_frames;
	uint64_t then_ns;
};

/* The next report does not go on from those before. */
void drift_restart(struct drift *drift);

/* The consumer was at this position at that time. */
void drift_note(struct drift *drift, uint64_t frames, uint64_t when_ns);

/*
 * The drift up to the newest report, over five to ten minutes, or less after a restart.
 *
 * @return millionths, or DRIFT_UNKNOWN for less than two seconds.
 */
int32_t drift_ppm(const struct drift *drift, uint64_t frames, uint64_t when_ns, uint32_t rate_hz);

#endif
