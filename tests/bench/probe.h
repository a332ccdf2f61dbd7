/* SPDX-License-Identifier: MIT */
/* A well-behaved guest that asks for ordinary things and notes how long the answers take. */
#ifndef XENAVD_BENCH_PROBE_H
#define XENAVD_BENCH_PROBE_H

#include <stddef.h>
#include <stdint.h>

#define PROBE_SAMPLES 20000

enum probe_kind {
	PROBE_SOUND,   /* HW_PARAM_QUERY: answered by the event loop */
	PROBE_DISPLAY, /* DBUF_CREATE and DBUF_DESTROY: two journeys to the worker */
	PROBE_KINDS,
};

extern const char *const probe_names[PROBE_KINDS];

struct probe {
	uint64_t ns[PROBE_KINDS][PROBE_SAMPLES];
	size_t n[PROBE_KINDS];
	unsigned failures; /* requests that were refused or not answered in time */
};

/* The guest comes, and goes.  @return NULL or what went wrong. */
const char *probe_begin(uint16_t domid);
const char *probe_end(void);

/* Ask for so long, with a pause after every request, and add to what is there. */
void probe_run(struct probe *probe, unsigned ms);

/* The sample that so many of a hundred do not exceed; 0 without samples.  Sorts them. */
uint64_t probe_percentile(struct probe *probe, enum probe_kind kind, unsigned percent);

#endif
