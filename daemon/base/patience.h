/* SPDX-License-Identifier: MIT */
/*
 * The time that another party has for something, on the event loop.  It is counted in ticks, and a
 * tick that comes late is one tick: where the daemon cannot run, for instance in a paused driver
 * domain, consumers cannot either, and they have their time after that.
 */
#ifndef XENAVD_PATIENCE_H
#define XENAVD_PATIENCE_H

#include <stdbool.h>

struct event;
struct event_base;

/* Embedded by the owner; all zero before patience_init(). */
struct patience {
	/* Private to patience.c. */
	struct event *tick;
	unsigned ticks_left;
	void (*over)(void *data);
	void *data;
};

/* over is called on the loop when the time is over; it may finish the patience.  @return 0 or
 * -ENOMEM. */
int patience_init(struct patience *patience, struct event_base *base, void (*over)(void *data),
		  void *data);

/* Begin, also anew, a time of so many milliseconds.  @return 0 or -ENOMEM. */
int patience_start(struct patience *patience, unsigned ms);

/* @return whether there is a time that is neither over nor stopped. */
bool patience_runs(const struct patience *patience);

/* Idempotent, also for one that is all zero, as is patience_finish(). */
void patience_stop(struct patience *patience);
void patience_finish(struct patience *patience);

#endif
