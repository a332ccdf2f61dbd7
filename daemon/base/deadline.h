/* SPDX-License-Identifier: MIT */
/*
 * Points of time that matter to a guest, on the event loop.  Timers of libevent are up to several
 * milliseconds early or late; a loop with exact ones would make a system call more in every round.
 */
#ifndef XENAVD_DEADLINE_H
#define XENAVD_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct deadlines;
struct event_base;

/* Embedded by the owner. */
struct deadline {
	/* Private to deadline.c. */
	struct deadlines *all;
	bool pending;
	uint64_t at_ns;
	void (*reached)(void *data);
	void *data;
	LIST_ENTRY(deadline) link;
};

/* @return 0, -ENOMEM, -EMFILE or another -errno of timerfd_create(). */
int deadlines_open(struct deadlines **out, struct event_base *base);

/* No deadline may be pending any more; NULL is fine. */
void deadlines_close(struct deadlines *all);

/* @return the number of those that are pending. */
unsigned deadlines_count(const struct deadlines *all);

/* reached is called on the loop, never before the time; then the deadline is not pending. */
void deadline_init(struct deadline *deadline, struct deadlines *all, void (*reached)(void *data),
		   void *data);

/* Let it be reached at that time of now_ns() and no other; soon when that has passed. */
void deadline_set(struct deadline *deadline, uint64_t at_ns);

/* Let it not be reached; idempotent, also for one that is all zero. */
void deadline_clear(struct deadline *deadline);

#endif
