/* SPDX-License-Identifier: MIT */
/*
 * The worker is one thread for work that would block the event loop: mapping and unmapping guest
 * memory, and large copies.  Jobs run in the order of submission, and the loop calls their done
 * callbacks in the order in which they have run.
 *
 * Guests wait for mappings, and copies take long.  Therefore jobs can be submitted to a second
 * line, behind.  They run in order, and after everything submitted before them; but later jobs of
 * the first line overtake them, also between the steps of a job with several.  While both lines
 * have jobs they take turns, so no job waits for ever.  The last job that an object submits behind
 * is done after all its other jobs.
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
	void (*run)(struct job *job);  /* on the worker thread */
	void (*done)(struct job *job); /* on the event loop; may free the job */
	bool more;                     /* set by run: run again before done */
	uint64_t number;               /* private: the order of submission */
	STAILQ_ENTRY(job) link;
};

int worker_start(struct worker **out, struct event_base *base);

void worker_submit(struct worker *worker, struct job *job);

/* Submit to the second line.  Only there a job may have several steps. */
void worker_submit_behind(struct worker *worker, struct job *job);

/*
 * Withdraw a job of the second line.
 *
 * @return true when the job is not running: it is withdrawn, and done is not called.  false: it
 * makes no step after the present one, and done is called as usual.
 */
bool worker_drop(struct worker *worker, struct job *job);

/* Let the watchdog, or NULL, see whether the worker comes to its jobs. */
void worker_watch(struct worker *worker, struct watchdog *watchdog);

/* Run all queued jobs, call every done, stop the thread; NULL is fine. */
void worker_stop(struct worker *worker);

#endif
