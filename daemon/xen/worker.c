/* SPDX-License-Identifier: MIT */
/* See worker.h.  Two lines of jobs under one lock, each with a thread and a condition that wakes
 * it; an eventfd wakes the loop. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/container.h"
#include "base/thread.h"
#include "service/watchdog.h"
#include "xen/long-call.h"
#include "xen/wake.h"
#include "xen/worker.h"

/* In looks of the watchdog, which are half a second in the unit.  A guest's driver waits for three
 * seconds.  Linux tries for 32 s to map a page that Xen has paged out, and nothing can end it
 * before. */
#define PATIENCE      2
#define LONG_PATIENCE 80
#define REST          8

STAILQ_HEAD(jobs, job);

enum { FIRST, SECOND, LINES };

struct line {
	struct worker *worker;
	const char *name; /* of its thread */
	pthread_t thread;
	pthread_cond_t more;
	struct jobs queued;
	struct job *running;
	struct watched watched;
	struct job question;   /* of the watchdog */
	bool asked;            /* the question is submitted and has not come back */
	atomic_uint n_run;     /* steps of jobs */
	unsigned n_run_before; /* when the watchdog asked */
	unsigned call_before;  /* that may be long, when the watchdog looked */
};

struct worker {
	pthread_mutex_t lock;
	struct line lines[LINES];
	struct jobs finished;
	uint64_t n_submitted;
	bool dropped; /* the running job of the second line makes no further step */
	bool stopping;
	int wake_fd;
	struct event *wake;
};

static bool is_before(const struct job *one, const struct job *other)
{
	return one && one->number < other->number;
}

/* Whoever asks has looked at the jobs of the second line that are before it. */
static bool is_blocked(const struct worker *worker, const struct job *job)
{
	const struct line *first = &worker->lines[FIRST];

	return job->behind &&
	       (is_before(first->running, job) || is_before(STAILQ_FIRST(&first->queued), job));
}

/* Take the next job that may run out of the line, or NULL. */
static struct job *take(struct line *line)
{
	struct job *job;

	STAILQ_FOREACH (job, &line->queued, link)
		if (!is_blocked(line->worker, job))
			break;
	if (job)
		STAILQ_REMOVE(&line->queued, job, job, link);
	return job;
}

/* With the lock, which is free while the job runs. */
static void run_job(struct line *line, struct job *job)
{
	struct worker *worker = line->worker;
	struct line *second = &worker->lines[SECOND];

	line->running = job;
	if (line == second)
		worker->dropped = false;
	job->more = false;
	pthread_mutex_unlock(&worker->lock);
	job->run(job);
	pthread_mutex_lock(&worker->lock);
	atomic_fetch_add(&line->n_run, 1);
	line->running = NULL;
	if (line == second && job->more && !worker->dropped) {
		STAILQ_INSERT_HEAD(&line->queued, job, link);
		return;
	}
	STAILQ_INSERT_TAIL(&worker->finished, job, link);
	wake_up(worker->wake_fd);
	/* One that is behind may have waited for this one. */
	if (line != second && !STAILQ_EMPTY(&second->queued))
		pthread_cond_signal(&second->more);
}

static void *work(void *arg)
{
	struct line *line = arg;
	struct worker *worker = line->worker;
	struct job *job;

	pthread_setname_np(pthread_self(), line->name);
	pthread_mutex_lock(&worker->lock);
	for (;;) {
		job = take(line);
		if (job)
			run_job(line, job);
		else if (worker->stopping && STAILQ_EMPTY(&line->queued))
			break;
		else
			pthread_cond_wait(&line->more, &worker->lock);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static void deliver(struct worker *worker)
{
	struct jobs finished = STAILQ_HEAD_INITIALIZER(finished);
	struct job *job;

	pthread_mutex_lock(&worker->lock);
	STAILQ_CONCAT(&finished, &worker->finished);
	pthread_mutex_unlock(&worker->lock);
	while ((job = STAILQ_FIRST(&finished))) {
		STAILQ_REMOVE_HEAD(&finished, link);
		job->done(job);
	}
}

static void on_wake(evutil_socket_t fd, short, void *arg)
{
	wake_clear(fd);
	deliver(arg);
}

/* All that run when the last job has run end, the first line's first: the second's may wait for it.
 */
static void end_threads(struct worker *worker, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct line *line = &worker->lines[i];

		pthread_mutex_lock(&worker->lock);
		worker->stopping = true;
		pthread_cond_signal(&line->more);
		pthread_mutex_unlock(&worker->lock);
		pthread_join(line->thread, NULL);
	}
}

static int start_threads(struct worker *worker)
{
	int rc = 0;

	for (unsigned i = 0; i < LINES && rc == 0; i++) {
		rc = thread_start(&worker->lines[i].thread, work, &worker->lines[i]);
		if (rc < 0)
			end_threads(worker, i);
	}
	return rc;
}

static void init_line(struct worker *worker, struct line *line, const char *name)
{
	line->worker = worker;
	line->name = name;
	pthread_cond_init(&line->more, NULL);
	STAILQ_INIT(&line->queued);
}

int worker_start(struct worker **out, struct event_base *base)
{
	struct worker *worker = calloc(1, sizeof *worker);
	int rc;

	if (!worker)
		return -ENOMEM;
	pthread_mutex_init(&worker->lock, NULL);
	init_line(worker, &worker->lines[FIRST], "xenavd-worker");
	init_line(worker, &worker->lines[SECOND], "xenavd-copier");
	STAILQ_INIT(&worker->finished);
	rc = worker->wake_fd = wake_open();
	if (rc < 0)
		goto out;
	rc = -ENOMEM;
	worker->wake = event_new(base, worker->wake_fd, EV_READ | EV_PERSIST, on_wake, worker);
	if (!worker->wake || event_add(worker->wake, NULL) < 0)
		goto out;
	rc = start_threads(worker);
	if (rc < 0)
		goto out;
	*out = worker;
	return 0;
out:
	if (worker->wake)
		event_free(worker->wake);
	if (worker->wake_fd >= 0)
		close(worker->wake_fd);
	free(worker);
	return rc;
}

static void submit(struct worker *worker, struct line *line, struct job *job, bool behind)
{
	pthread_mutex_lock(&worker->lock);
	job->behind = behind;
	job->number = ++worker->n_submitted;
	STAILQ_INSERT_TAIL(&line->queued, job, link);
	pthread_cond_signal(&line->more);
	pthread_mutex_unlock(&worker->lock);
}

void worker_submit(struct worker *worker, struct job *job)
{
	submit(worker, &worker->lines[FIRST], job, false);
}

void worker_submit_copy(struct worker *worker, struct job *job)
{
	submit(worker, &worker->lines[SECOND], job, false);
}

void worker_submit_behind(struct worker *worker, struct job *job)
{
	submit(worker, &worker->lines[SECOND], job, true);
}

bool worker_drop(struct worker *worker, struct job *job)
{
	struct line *second = &worker->lines[SECOND];
	struct job *waiting;

	pthread_mutex_lock(&worker->lock);
	STAILQ_FOREACH (waiting, &second->queued, link)
		if (waiting == job)
			break;
	if (waiting)
		STAILQ_REMOVE(&second->queued, job, job, link);
	else if (second->running == job)
		worker->dropped = true;
	pthread_mutex_unlock(&worker->lock);
	return waiting != NULL;
}

/* -------- the watchdog -------- */

static void run_question(struct job *)
{
	/* A step like that of any job, which is the answer. */
}

static void question_done(struct job *job)
{
	CONTAINER(job, struct line, question)->asked = false;
}

static void ask(struct watched *watched)
{
	struct line *line = CONTAINER(watched, struct line, watched);

	line->n_run_before = atomic_load(&line->n_run);
	if (!line->asked)
		submit(line->worker, line, &line->question, false);
	line->asked = true;
}

/* A thread with many jobs need not come to the question: every step of one is an answer. */
static bool has_answered(struct watched *watched)
{
	struct line *line = CONTAINER(watched, struct line, watched);

	return atomic_load(&line->n_run) != line->n_run_before;
}

static bool is_wanted(struct watched *watched)
{
	struct line *line = CONTAINER(watched, struct line, watched);
	bool wanted;

	pthread_mutex_lock(&line->worker->lock);
	wanted = line->running || !STAILQ_EMPTY(&line->queued);
	pthread_mutex_unlock(&line->worker->lock);
	return wanted;
}

/* @return whether a call that may be long lasts since the last look.  It holds up the other
 * thread, too, at its next page fault. */
static bool is_held_up(struct watched *watched)
{
	struct line *line = CONTAINER(watched, struct line, watched);
	const unsigned before = line->call_before;

	line->call_before = long_call_now();
	return before && before == line->call_before;
}

static void watch(struct line *line, struct watchdog *watchdog, const char *name)
{
	line->question = (struct job){.run = run_question, .done = question_done};
	line->watched = (struct watched){
		.name = name,
		.patience = PATIENCE,
		.long_patience = LONG_PATIENCE,
		.rest = REST,
		.ask = ask,
		.answered = has_answered,
		.wanted = is_wanted,
		.held_up = is_held_up,
	};
	watchdog_add(watchdog, &line->watched);
}

void worker_watch(struct worker *worker, struct watchdog *watchdog)
{
	watch(&worker->lines[FIRST], watchdog, "worker");
	watch(&worker->lines[SECOND], watchdog, "copier");
}

/* -------- the end -------- */

static bool has_jobs(const struct worker *worker)
{
	return !STAILQ_EMPTY(&worker->lines[FIRST].queued) ||
	       !STAILQ_EMPTY(&worker->lines[SECOND].queued);
}

void worker_stop(struct worker *worker)
{
	if (!worker)
		return;
	/* A done callback may submit a job, e.g. to unmap a buffer that came too late. */
	do {
		end_threads(worker, LINES);
		deliver(worker);
	} while (has_jobs(worker) && start_threads(worker) == 0);
	event_free(worker->wake);
	close(worker->wake_fd);
	for (unsigned i = 0; i < LINES; i++)
		pthread_cond_destroy(&worker->lines[i].more);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}
