/* SPDX-License-Identifier: MIT */
/*
 * How fast keys that have waited go to the guest.  Linux takes all events out of the page at once,
 * but keeps 64 for a program that reads a keyboard, two for each key, and drops all of them when
 * there are more.  So few go at once, and more only as time passes in a guest that reads its page:
 * a guest without time gets no more.  Pure.
 */
#ifndef XENAVD_INPUT_PACE_H
#define XENAVD_INPUT_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* Keys that a program in the guest may not have read: a third of what it has room for. */
#define PACE_BURST 12

/* For each further key.  The second one is when many wait: a pace at which the queue does not grow,
 * however fast xenav-type(1) types. */
#define PACE_NS      (4 * NS_PER_MS)
#define PACE_FAST_NS NS_PER_MS
#define PACE_MANY    256

struct pace {
	unsigned n_unread; /* the keys sent that a program may not have read */
	bool is_read;      /* the guest has taken them out of its page */
	uint64_t since_ns; /* the time from which it has read its page, less what was counted */
};

/* Is there room for another key now?  is_read: the page is empty; n_waiting: keys that wait. */
bool pace_allows(struct pace *pace, bool is_read, unsigned n_waiting, uint64_t now);

/* A key is sent. */
void pace_add(struct pace *pace);

/* When to ask again after pace_allows() has said no to a guest that has read its page. */
uint64_t pace_next_ns(const struct pace *pace, unsigned n_waiting);

#endif
