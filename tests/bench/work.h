/* SPDX-License-Identifier: MIT */
/* What is measured, and how it is told.  Each work has a file of its own, bench.c lists them. */
#ifndef XENAVD_BENCH_WORK_H
#define XENAVD_BENCH_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "side.h"
#include "table.h"

/* How many metrics an object consists of. */
#define METRICS_IN(object) (sizeof(object) / (sizeof(struct metric)))

struct work {
	const char *name; /* for the command line */
	const struct metric *metrics;
	unsigned n_metrics;
	bool direct;      /* the configuration of side_config() */
	unsigned counted; /* SIDE_COUNTS_* */
	bool once;        /* one repetition is enough, and run() starts the side itself */
	bool ours_only;   /* somebody else's daemon cannot do it */
	/* Measure the side that is started, into that column.  @return NULL or what went wrong. */
	const char *(*run)(const struct side *side, unsigned column);
	/* Measure the floor, once for each repetition; or NULL. */
	const char *(*floor)(void);
};

extern const struct work ring_work, burst_work, pairs_work;
extern const struct work copy_work, direct_work;
extern const struct work buffer_work;
extern const struct work connect_work, store_work, idle_work;
extern const struct work sound_work;
extern const struct work counts_work, instructions_work;

/* A guest with a display alone, which any daemon serves; its nodes are those of one connector of
 * that size.  @return NULL or what went wrong; work_guest_end() is called either way. */
const char *work_guest_begin(struct rig_guest *rg, uint16_t domid, unsigned width_px,
			     unsigned height_px);
void work_guest_end(struct rig_guest *rg);

/* The number of a domain that there has not been: pages of the one before may still be mapped. */
uint16_t work_domid(void);

#endif
