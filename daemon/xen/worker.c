/* SPDX-License-Identifier: MIT */
/* See worker.h.  Three queues under one lock; an eventfd wakes the loop, a condition the thread. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/container.h"
#include "service/watchdog.h"
#include "xen/wake.h"
#include "xen/worker.h"

/* In looks of the watchdog, which are half a second in the unit.  Linux tries for 32 s to map a
 * page that Xen has paged out, and nothing can end it before. */
#define PATIENCE 80

STAILQ_HEAD(jobs, job);

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct jobs queued;
	struct jobs behind;
	struct jobs finished;
	uint64_t n_submitted;
	bool overtaken;      /* the last job was one of the first line */
	struct job *running; /* the running job of the second line */
	bool dropped;        /* the running job makes no further step */
	bool stopping;
	int wake_fd;
	struct event *wake;
	struct watched watched;
	struct job question;
	bool answered; /* the question has come back */
};

/* @return whether a job of the second line is next: not before jobs submitted earlier, and in turn
 * with later ones. */
static bool is_behind_next(const struct worker *worker)
{
	const struct job *job = STAILQ_FIRST(&worker->queued);
	const struct job *behind = STAILQ_FIRST(&worker->behind);

	if (!behind || !job)
		return behind != NULL;
	return behind->number < job->number && worker->overtaken;
}

/* Take the next job out of its queue, or NULL. */
static struct job *take(struct worker *worker)
{
	const bool behind = is_behind_next(worker);
	struct jobs *queue = behind ? &worker->behind : &worker->queued;
	struct job *job = STAILQ_FIRST(queue);

	if (!job)
		return NULL;
	STAILQ_REMOVE_HEAD(queue, link);
	job->more = false;
	worker->overtaken = !behind;
	worker->running = behind ? job : NULL;
	worker->dropped = false;
	return job;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct job *job;

	pthread_setname_np(pthread_self(), "xenavd-worker");
	pthread_mutex_lock(&worker->lock);
	for (;;) {
		job = take(worker);
		if (!job && worker->stopping)
			break;
		if (!job) {
			pthread_cond_wait(&worker->more, &worker->lock);
			continue;
		}
		pthread_mutex_unlock(&worker->lock);
		job->run(job);
		pthread_mutex_lock(&worker->lock);
		if (worker->running && job->more && !worker->dropped) {
			STAILQ_INSERT_HEAD(&worker->behind, job, link);
		} else {
			STAILQ_INSERT_TAIL(&worker->finished, job, link);
			wake_up(worker->wake_fd);
		}
		worker->running = NULL;
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

static int start_thread(struct worker *worker)
{
	sigset_t all, old;
	int r;

	/* Signals belong to the event loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

int worker_start(struct worker **out, struct event_base *base)
{
	struct worker *worker = calloc(1, sizeof *worker);
	int rc;

	if (!worker)
		return -ENOMEM;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->more, NULL);
	STAILQ_INIT(&worker->queued);
	STAILQ_INIT(&worker->behind);
	STAILQ_INIT(&worker->finished);
	rc = worker->wake_fd = wake_open();
	if (rc < 0)
		goto out;
	rc = -ENOMEM;
	worker->wake = event_new(base, worker->wake_fd, EV_READ | EV_PERSIST, on_wake, worker);
	if (!worker->wake || event_add(worker->wake, NULL) < 0)
		goto out;
	rc = start_thread(worker);
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

static void submit(struct worker *worker, struct jobs *queue, struct job *job)
{
	pthread_mutex_lock(&worker->lock);
	job->number = ++worker->n_submitted;
	STAILQ_INSERT_TAIL(queue, job, link);
	pthread_cond_signal(&worker->more);
	pthread_mutex_unlock(&worker->lock);
}

void worker_submit(struct worker *worker, struct job *job)
{
	submit(worker, &worker->queued, job);
}

void worker_submit_behind(struct worker *worker, struct job *job)
{
	submit(worker, &worker->behind, job);
}

bool worker_drop(struct worker *worker, struct job *job)
{
	struct job *waiting;

	pthread_mutex_lock(&worker->lock);
	STAILQ_FOREACH (waiting, &worker->behind, link)
		if (waiting == job)
			break;
	if (waiting)
		STAILQ_REMOVE(&worker->behind, job, job, link);
	else if (worker->running == job)
		worker->dropped = true;
	pthread_mutex_unlock(&worker->lock);
	return waiting != NULL;
}

/* -------- the watchdog -------- */

static void run_question(struct job *)
{
	/* It has come to its turn, which is the answer. */
}

static void question_done(struct job *job)
{
	CONTAINER(job, struct worker, question)->answered = true;
}

static void ask(struct watched *watched)
{
	struct worker *worker = CONTAINER(watched, struct worker, watched);

	worker->answered = false;
	worker_submit(worker, &worker->question);
}

static bool has_answered(struct watched *watched)
{
	return CONTAINER(watched, struct worker, watched)->answered;
}

void worker_watch(struct worker *worker, struct watchdog *watchdog)
{
	worker->question = (struct job){.run = run_question, .done = question_done};
	worker->watched = (struct watched){
		.name = "worker",
		.patience = PATIENCE,
		.ask = ask,
		.answered = has_answered,
	};
	watchdog_add(watchdog, &worker->watched);
}

/* -------- the end -------- */

void worker_stop(struct worker *worker)
{
	bool more;

	if (!worker)
		return;
	/* A done callback may submit a job, e.g. to unmap a buffer that came too late. */
	do {
		pthread_mutex_lock(&worker->lock);
		worker->stopping = true;
		pthread_cond_signal(&worker->more);
		pthread_mutex_unlock(&worker->lock);
		pthread_join(worker->thread, NULL);
		deliver(worker);
		more = !STAILQ_EMPTY(&worker->queued) || !STAILQ_EMPTY(&worker->behind);
		if (more && start_thread(worker) < 0)
			break;
	} while (more);
	event_free(worker->wake);
	close(worker->wake_fd);
	pthread_cond_destroy(&worker->more);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}
