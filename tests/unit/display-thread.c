/* SPDX-License-Identifier: MIT */
/*
 * The worker of display-fake.h as the daemon has it: a thread.  It reports to a loop of its
 * own, so that the loop of the display holds nothing but the display's timers.
 */
#include <config.h>

#include <unistd.h>

#include "display-fake.h"
#include "test.h"
#include "xen/worker.h"
#include "xen/xen.h"

static struct event_base *base;

static void run_nothing(struct job *)
{
}

static struct job mark;
static bool marked;

static void on_mark(struct job *)
{
	marked = true;
}

/* A constructor, because main() is the test's. */
static void __attribute__((constructor)) start(void)
{
	base = event_base_new();
	if (!base || worker_start(&fake_xen.worker, base) < 0)
		_exit(99);
}

static void __attribute__((destructor)) stop(void)
{
	worker_stop(fake_xen.worker);
	event_base_free(base);
}

bool fake_worker_run(void)
{
	usleep(50);
	return true;
}

bool fake_worker_done(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
	return true;
}

void fake_worker_drain(void)
{
	/* Behind the copies; and a job that is done may submit another. */
	for (unsigned i = 0; i < 4; i++) {
		marked = false;
		mark.run = run_nothing;
		mark.done = on_mark;
		worker_submit_behind(fake_xen.worker, &mark);
		while (!marked)
			event_base_loop(base, EVLOOP_ONCE);
	}
}
