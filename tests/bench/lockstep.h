/* SPDX-License-Identifier: MIT */
/*
 * Things that guests and consumers do one at a time, each when the daemon has done all that the one
 * before has caused: what it does for one of them can then be counted, and is the same on every
 * machine, however busy.
 */
#ifndef XENAVD_BENCH_LOCKSTEP_H
#define XENAVD_BENCH_LOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#include "side.h"

enum lock_count {
	LOCK_CALLS,      /* system calls that the daemon would make on Xen, but futex() */
	LOCK_ALLOCS,     /* malloc(), calloc(), realloc() and the like */
	LOCK_HYPERCALLS, /* maps, unmaps and grant copies */
	LOCK_STORE,      /* requests to xenstored */
	LOCK_COPIED,     /* bytes of pixels, by the daemon's own account */
	/* Those of the program and its libraries; lock_run_stepped() alone counts them. */
	LOCK_INSTRUCTIONS,
	LOCK_COUNTS,
};

extern const char *const lock_count_names[LOCK_COUNTS];

#define LOCK_BIT(count) (1u << (count))

struct lockstep {
	const char *name; /* NULL ends a table */
	const char *what; /* that one is */
	bool peer;       /* somebody else's daemon can do it, too: it takes nothing but a display */
	bool direct;     /* consumers may have the memory of guests */
	unsigned n;      /* how often it is done and counted */
	unsigned parts;  /* requests, say, that one consists of */
	unsigned counts; /* LOCK_BIT()s of what is worth a line */
	/* Each returns NULL or what went wrong; end is called whatever did. */
	const char *(*begin)(void);
	const char *(*once)(unsigned i);
	const char *(*end)(void);
	/* How many per cent more than the table is too much: 5, or more where events come together
	 * by chance. */
	unsigned slack_percent;
};

/* What one has cost, for each part of it: the least of all n. */
struct lock_result {
	double counts[LOCK_COUNTS];
};

/* What lock_run() returns where no process may be traced. */
extern const char lock_untraced[];

/* Start the side, do it and stop the side. @return NULL or what went wrong. */
const char *lock_run(const struct side *side, const struct lockstep *work,
		     struct lock_result *result);

/* The same, a few times and instruction by instruction: LOCK_INSTRUCTIONS is what it counts. */
const char *lock_run_stepped(const struct side *side, const struct lockstep *work,
			     struct lock_result *result);

/* A guest with nothing but a display, connected.  @return NULL or what went wrong. */
const char *lock_begin_display(struct rig_guest *rg, uint16_t domid);

/* Wait until the daemon has nothing to do; for the middle of once(). */
const char *lock_quiet(void);

extern const struct lockstep request_steps[];
extern const struct lockstep flip_steps[];
extern const struct lockstep sound_steps[];
extern const struct lockstep connect_steps[];

#endif
