/* SPDX-License-Identifier: MIT */
/*
 * A histogram of times, as HdrHistogram has them: each power of two has 128 steps, so that a value
 * is kept within 0.8 % of what it was, in the same memory for any number of values.
 */
#ifndef XENAVD_BENCH_HIST_H
#define XENAVD_BENCH_HIST_H

#include <stdint.h>
#include <stdio.h>

#define HIST_SUB_BITS 7
#define HIST_BUCKETS  ((64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
	uint64_t n;
	uint64_t max_ns;
	uint64_t min_ns; /* UINT64_MAX without values */
	uint64_t counts[HIST_BUCKETS];
};

void hist_init(struct hist *hist);

void hist_record(struct hist *hist, uint64_t ns);

/*
 * Record a time during which nothing else was asked for, by somebody who would have asked every
 * interval_ns: a time that is longer than that stands also for those who would have waited
 * meanwhile (the correction of coordinated omission).
 */
void hist_record_every(struct hist *hist, uint64_t ns, uint64_t interval_ns);

void hist_add(struct hist *to, const struct hist *from);

/* The time that so many of a hundred do not exceed; 0 without values. */
uint64_t hist_percentile_ns(const struct hist *hist, double percent);

/* All percentiles, in microseconds, in the text format that plotters of HdrHistogram read. */
void hist_print(const struct hist *hist, FILE *file);

#endif
