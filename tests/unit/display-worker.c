/* SPDX-License-Identifier: MIT */
/* The worker of display-fake.h: one step at a time, so that a test chooses every race. */
#include <config.h>

#include <stddef.h>

#include "display-fake.h"
#include "xen/worker.h"

STAILQ_HEAD(jobs, job);

static struct jobs queued = STAILQ_HEAD_INITIALIZER(queued);
static struct jobs finished = STAILQ_HEAD_INITIALIZER(finished);

void worker_submit(struct worker *worker, struct job *job)
{
	STAILQ_INSERT_TAIL(&queued, job, link);
}

bool fake_worker_run(void)
{
	struct job *job = STAILQ_FIRST(&queued);

	if (!job)
		return false;
	STAILQ_REMOVE_HEAD(&queued, link);
	job->run(job);
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
	return STAILQ_EMPTY(&queued) && STAILQ_EMPTY(&finished);
}
