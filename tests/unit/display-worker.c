/* SPDX-License-Identifier: MIT */
/* The worker of display-fake.h: one job at a time, so that a test chooses every race.  Jobs of the
 * second line run when there are no others. */
#include <config.h>

#include <stddef.h>

#include "display-fake.h"
#include "xen/worker.h"

STAILQ_HEAD(jobs, job);

static struct jobs queued = STAILQ_HEAD_INITIALIZER(queued);
static struct jobs behind = STAILQ_HEAD_INITIALIZER(behind);
static struct jobs finished = STAILQ_HEAD_INITIALIZER(finished);

void worker_submit(struct worker *, struct job *job)
{
	STAILQ_INSERT_TAIL(&queued, job, link);
}

void worker_submit_behind(struct worker *, struct job *job)
{
	STAILQ_INSERT_TAIL(&behind, job, link);
}

void worker_submit_copy(struct worker *, struct job *job)
{
	STAILQ_INSERT_TAIL(&behind, job, link);
}

bool worker_drop(struct worker *, struct job *job)
{
	struct job *waiting;

	STAILQ_FOREACH (waiting, &behind, link) {
		if (waiting != job)
			continue;
		STAILQ_REMOVE(&behind, job, job, link);
		return true;
	}
	return false;
}

bool fake_worker_run(void)
{
	struct jobs *queue = STAILQ_EMPTY(&queued) ? &behind : &queued;
	struct job *job = STAILQ_FIRST(queue);

	if (!job)
		return false;
	STAILQ_REMOVE_HEAD(queue, link);
	do {
		job->more = false;
		job->run(job);
	} while (job->more);
	STAILQ_INSERT_TAIL(&finished, job, link);
	return true;
}

bool fake_worker_done(void)
{
	struct job *job = STAILQ_FIRST(&finished);

	if (!job)
		return false;
	STAILQ_REMOVE_HEAD(&finished, link);
	job->done(job);
	return true;
}

void fake_worker_drain(void)
{
	while (fake_worker_run() || fake_worker_done())
		;
}

bool fake_worker_idle(void)
{
	return STAILQ_EMPTY(&queued) && STAILQ_EMPTY(&behind) && STAILQ_EMPTY(&finished);
}
