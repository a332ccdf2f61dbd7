/* SPDX-License-Identifier: MIT */
/*
 * One thread for what would block the event loop: mapping and unmapping guest memory, and large
 * copies.  Jobs run in the order they were submitted, and their done callbacks come back to the
 * loop in that order too, so a last job submitted by an object comes home after all of its others.
 */
#ifndef XENAVD_WORKER_H
#define XENAVD_WORKER_H

#include <stddef.h>
#include <sys/queue.h>

struct event_base;
struct worker;

/* Embedded by the owner, which keeps it alive from the submission until done. */
struct job {
	void (*run)(struct job *job);  /* on the worker thread */
	void (*done)(struct job *job); /* on the event loop; may free the job */
	STAILQ_ENTRY(job) link;
};

/* The structure that something, e.g. a job, is embedded in. */
#define CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

int worker_start(struct worker **out, struct event_base *base);

void worker_submit(struct worker *worker, struct job *job);

/* Run what is queued, deliver every done, stop the thread; NULL is fine. */
void worker_stop(struct worker *worker);

#endif
