/* SPDX-License-Identifier: MIT */
/*
 * A side of a comparison: a program that serves devices, xenavd of this build, of another one, or
 * somebody else's daemon.  Each is started in a lab of its own, with the same guests and store.
 */
#ifndef XENAVD_BENCH_SIDE_H
#define XENAVD_BENCH_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/rig.h"

struct side {
	const char *name;
	const char *program;   /* NULL: xenavd of this build */
	const char *libraries; /* the folder of its shared libraries, or NULL */
	bool is_peer;          /* it knows nothing of our consumers and our status */
};

enum {
	SIDE_COUNTS_STORE = 1, /* its requests to xenstored, see store-count.h */
	SIDE_COUNTS_ALLOCS = 2,
};

/* xenavd of this build. */
extern const struct side side_now;

/* Text of a configuration file that lets who runs this do all, and have the memory of guests or
 * not. Static: the same after each call with the same argument. */
const char *side_config(bool direct);

/*
 * Start a lab and the side's program in it.  config is xenavd's, see lab.h; counted is what to
 * count of SIDE_COUNTS_*.
 *
 * @return NULL or what went wrong; side_stop() is called either way.
 */
const char *side_start(const struct side *side, const char *config, unsigned counted);

/* @return NULL, or what went wrong: the program has not ended well. */
const char *side_stop(void);

/* Allocations since it was started; 0 where they are not counted. */
uint64_t side_allocs(void);

/* Wait until the program and xenstored have nothing to do, see use.h. @return as there. */
bool side_wait_quiet(void);

#endif
