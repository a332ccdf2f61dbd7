/* SPDX-License-Identifier: MIT */
/*
 * The watchdog of the service manager (WatchdogSec=): it is fed only while the loop turns and every
 * watched thread answers.  Each can be the one that hangs: a thread that does not answer for longer
 * than its patience is logged, and the service manager is told to start the service again at once;
 * it notices by itself that the loop does not turn.
 *
 * Time is counted in looks, a quarter of WatchdogSec= each.  Each question wakes a thread, so one
 * that has answered rests, unless somebody waits for what it does.  Looks at a thread that is held
 * up by a call that may take long count apart.  A process that did not run, because it or the
 * machine was stopped, has looked once, so that its threads get the time to answer.
 */
#ifndef XENAVD_WATCHDOG_H
#define XENAVD_WATCHDOG_H

#include <stdbool.h>
#include <sys/queue.h>

struct event_base;
struct watchdog;

/* A thread, embedded in what it belongs to. */
struct watched {
	const char *name;                          /* in messages: "The NAME has not..." */
	unsigned patience;                         /* looks without an answer */
	unsigned long_patience;                    /* and looks while it was held up */
	unsigned rest;                             /* looks from an answer to the next question */
	void (*ask)(struct watched *watched);      /* must not wait */
	bool (*answered)(struct watched *watched); /* the last question, by now? */
	bool (*wanted)(struct watched *watched);   /* does somebody wait for it?  NULL: no */
	bool (*held_up)(struct watched *watched);  /* asked at every look; NULL: never */
	bool asked;                                /* private: a question is open */
	unsigned waiting;                          /* private: looks since the question */
	unsigned delayed;                          /* private: looks in which it was held up */
	unsigned resting;                          /* private: looks until the next question */
	LIST_ENTRY(watched) link;
};

/*
 * Begin to look.
 *
 * @return 0, with *out NULL when no service manager wants to be fed; -ENOMEM, or another -errno for
 * a limit that cannot be read.
 */
int watchdog_start(struct watchdog **out, struct event_base *base);

/* Watch a thread too; without a watchdog nothing happens.  It is asked from the next look on. */
void watchdog_add(struct watchdog *watchdog, struct watched *watched);

/* Look no more; before anything that is watched goes.  NULL is fine. */
void watchdog_stop(struct watchdog *watchdog);

#endif
