/* SPDX-License-Identifier: MIT */
/* See watchdog.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "report/log.h"
#include "service/notify.h"
#include "service/watchdog.h"

#define LOOKS_PER_LIMIT 4
#define USEC_PER_SEC    1000000u

struct watchdog {
	struct event *look;
	uint64_t every_usec;
	bool gave_up;
	LIST_HEAD(, watched) threads;
};

/* The thread has not answered. @return whether it still has time. */
static bool may_wait(const struct watchdog *w, struct watched *thread, bool held_up)
{
	const uint64_t looks = thread->waiting + thread->delayed + 1;

	if (held_up ? thread->delayed++ < thread->long_patience
		    : thread->waiting++ < thread->patience)
		return true;
	log_err("The %s has not answered for %.1f s: xenavd has to be started again", thread->name,
		(double)(looks * w->every_usec) / USEC_PER_SEC);
	return false;
}

/* @return whether the thread still has time. */
static bool look_at(const struct watchdog *w, struct watched *thread)
{
	const bool held_up = thread->held_up && thread->held_up(thread);

	if (thread->asked && !thread->answered(thread))
		return may_wait(w, thread, held_up);
	if (thread->asked)
		thread->resting = thread->rest;
	thread->asked = false;
	if (thread->resting > 0 && !(thread->wanted && thread->wanted(thread))) {
		thread->resting--;
		return true;
	}
	thread->ask(thread);
	thread->asked = true;
	thread->waiting = thread->delayed = 0;
	return true;
}

static void on_look(evutil_socket_t, short, void *arg)
{
	struct watchdog *w = arg;
	struct watched *thread;

	LIST_FOREACH (thread, &w->threads, link)
		if (!w->gave_up && !look_at(w, thread))
			w->gave_up = true;
	/* Without being fed the service manager acts, too, but later. */
	notify_say(w->gave_up ? "WATCHDOG=trigger" : "WATCHDOG=1");
	if (w->gave_up)
		event_del(w->look);
}

int watchdog_start(struct watchdog **out, struct event_base *base)
{
	struct watchdog *w;
	struct timeval every;
	uint64_t limit_usec;
	int rc;

	*out = NULL;
	rc = sd_watchdog_enabled(0, &limit_usec);
	if (rc <= 0 || !notify_works())
		return rc < 0 ? rc : 0;
	w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	LIST_INIT(&w->threads);
	w->every_usec = limit_usec / LOOKS_PER_LIMIT;
	every.tv_sec = (time_t)(w->every_usec / USEC_PER_SEC);
	every.tv_usec = (suseconds_t)(w->every_usec % USEC_PER_SEC);
	w->look = event_new(base, -1, EV_PERSIST, on_look, w);
	if (!w->look || event_add(w->look, &every) < 0) {
		watchdog_stop(w);
		return -ENOMEM;
	}
	*out = w;
	return 0;
}

void watchdog_add(struct watchdog *w, struct watched *thread)
{
	if (!w)
		return;
	thread->asked = false;
	thread->resting = 0;
	LIST_INSERT_HEAD(&w->threads, thread, link);
}

void watchdog_stop(struct watchdog *w)
{
	if (!w)
		return;
	if (w->look)
		event_free(w->look);
	free(w);
}
