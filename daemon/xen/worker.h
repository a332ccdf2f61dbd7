/* SPDX-License-Identifier: MIT */
/*
 * The worker does what would block the event loop: mapping and unmapping guest memory, and large
 * copies.  It has two lines of jobs, with a thread each.  The loop calls the done callbacks in the
 * order in which jobs have run.
 *
 * Jobs of the first line run in the order of submission, and so do copies in the second.  Neither
 * waits for the other: an object that needs an order between a copy and a mapping submits one when
 * the other is done.  A job that is submitted behind runs after everything, in both lines, that was
 * submitted before it; copies that are submitted later may overtake it.  The last job that an
 * object submits behind is done after all its other jobs.
 */
#ifndef XENAVD_WORKER_H
#define XENAVD_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct event_base;
struct watchdog;
struct worker;

/* Embedded by the owner, which keeps it alive from the submission until done. */
struct job {
	void (*run)(struct job *job);  /* on the thread of its line */
	void (*done)(struct job *job); /* on the event loop; may free the job */
	bool more;                     /* set by run: run again before done */
	uint64_t number;               /* private: the order of submission */
	bool behind;                   /* private: after all jobs before it */
	STAILQ_ENTRY(job) link;
};

int worker_start(struct worker **out, struct event_base *base);

void worker_submit(struct worker *worker, struct job *job);

/* Submit to the second line.  Only such a job may have several steps. */
void worker_submit_copy(struct worker *worker, struct job *job);

/* Submit to the second line, after all that is there in both. */
void worker_submit_behind(struct worker *worker, struct job *job);

/*
 * Withdraw a job of the second line.
 *
 * @return true when the job is not running: it is withdrawn, and done is not called.  false: it
 * makes no step after the present one, and done is called as usual.
 */
bool worker_drop(struct worker *worker, struct job *job);

/* Let the watchdog, or NULL, see whether both threads come to their jobs, and end them. */
void worker_watch(struct worker *worker, struct watchdog *watchdog);

/* Run all queued jobs, call every done, stop the threads; NULL is fine. */
void worker_stop(struct worker *worker);

#endif
