/* SPDX-License-Identifier: MIT */
/*
 * One thread for what would block the event loop: mapping and unmapping guest memory, and large
 * copies.  Jobs run in the order they were submitted, and their done callbacks come back to the
 * loop in the order in which they have run.
 *
 * Guests wait for mappings, and copies take long.  So there is a second line, behind: its jobs run
 * in order, too, and after everything that was submitted before; but jobs that are submitted later
 * overtake them, also between the steps of one that takes several.  While there are both, they take
 * turns, so nobody waits for ever.  A last job that an object submits behind comes home after all
 * of its others.
 */
#ifndef XENAVD_WORKER_H
#define XENAVD_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/container.h"

struct event_base;
struct worker;

/* Embedded by the owner, which keeps it alive from the submission until done. */
struct job {
	void (*run)(struct job *job);  /* on the worker thread */
	void (*done)(struct job *job); /* on the event loop; may free the job */
	bool more;                     /* set by run: it wants to run again before it is done */
	uint64_t number;               /* the worker's: the order of submission */
	STAILQ_ENTRY(job) link;
};

int worker_start(struct worker **out, struct event_base *base);

void worker_submit(struct worker *worker, struct job *job);

/* The same in the second line.  Only there a job may have several steps. */
void worker_submit_behind(struct worker *worker, struct job *job);

/*
 * A job that was submitted behind is of no use any more.
 *
 * @return true when it does not run now, and then done will not be called; else it makes no step
 * after the present one, and done is called as usual.
 */
bool worker_drop(struct worker *worker, struct job *job);

/* Run what is queued, deliver every done, stop the thread; NULL is fine. */
void worker_stop(struct worker *worker);

#endif
