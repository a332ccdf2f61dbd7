/* SPDX-License-Identifier: MIT */
/*
 * See deadline.h.  One timerfd for all, and a list in order of time.  The timer is set only for a
 * deadline before the one it is set for; when that is gone it expires for nothing.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/deadline.h"

struct deadlines {
	LIST_HEAD(, deadline) list; /* the earliest first */
	int fd;
	struct event *expired;
	uint64_t set_ns; /* the time that the timer is set for; UINT64_MAX: none */
	bool calling;    /* on_expired() runs, and sets the timer at its end */
};

/* The kernel takes 0 for no time. */
static void set_timer(struct deadlines *all, uint64_t at_ns)
{
	const uint64_t ns = at_ns == UINT64_MAX ? 0 : at_ns == 0 ? 1 : at_ns;
	const struct itimerspec spec = {
		.it_value.tv_sec = (time_t)(ns / NS_PER_SEC),
		.it_value.tv_nsec = (long)(ns % NS_PER_SEC),
	};

	/* It cannot fail: the time is valid. */
	(void)timerfd_settime(all->fd, TFD_TIMER_ABSTIME, &spec, NULL);
	all->set_ns = at_ns;
}

/* @return the number of those up to that time. */
static unsigned count_reached(const struct deadlines *all, uint64_t now)
{
	const struct deadline *deadline;
	unsigned n = 0;

	LIST_FOREACH (deadline, &all->list, link) {
		if (deadline->at_ns > now)
			break;
		n++;
	}
	return n;
}

/* No more than are there now: those that are set meanwhile let the loop go round. */
static void on_expired(evutil_socket_t, short, void *arg)
{
	struct deadlines *all = arg;
	const uint64_t now = now_ns();
	const unsigned n = count_reached(all, now);
	struct deadline *deadline;

	all->calling = true;
	for (unsigned i = 0; i < n; i++) {
		deadline = LIST_FIRST(&all->list);
		if (!deadline || deadline->at_ns > now)
			break;
		deadline_clear(deadline);
		deadline->reached(deadline->data);
	}
	all->calling = false;
	/* This is what makes the descriptor unreadable, too. */
	deadline = LIST_FIRST(&all->list);
	set_timer(all, deadline ? deadline->at_ns : UINT64_MAX);
}

int deadlines_open(struct deadlines **out, struct event_base *base)
{
	struct deadlines *all = calloc(1, sizeof *all);
	int rc;

	if (!all)
		return -ENOMEM;
	LIST_INIT(&all->list);
	all->set_ns = UINT64_MAX;
	all->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	rc = all->fd < 0 ? -errno : -ENOMEM;
	if (all->fd < 0)
		goto out;
	all->expired = event_new(base, all->fd, EV_READ | EV_PERSIST, on_expired, all);
	if (!all->expired || event_add(all->expired, NULL) < 0)
		goto out;
	*out = all;
	return 0;
out:
	deadlines_close(all);
	return rc;
}

void deadlines_close(struct deadlines *all)
{
	if (!all)
		return;
	if (all->expired)
		event_free(all->expired);
	if (all->fd >= 0)
		close(all->fd);
	free(all);
}

unsigned deadlines_count(const struct deadlines *all)
{
	return count_reached(all, UINT64_MAX);
}

void deadline_init(struct deadline *deadline, struct deadlines *all, void (*reached)(void *data),
		   void *data)
{
	*deadline = (struct deadline){.all = all, .reached = reached, .data = data};
}

static void insert(struct deadline *deadline)
{
	struct deadlines *all = deadline->all;
	struct deadline *other = LIST_FIRST(&all->list);

	if (!other || other->at_ns > deadline->at_ns) {
		LIST_INSERT_HEAD(&all->list, deadline, link);
		return;
	}
	while (LIST_NEXT(other, link) && LIST_NEXT(other, link)->at_ns <= deadline->at_ns)
		other = LIST_NEXT(other, link);
	LIST_INSERT_AFTER(other, deadline, link);
}

void deadline_set(struct deadline *deadline, uint64_t at_ns)
{
	deadline_clear(deadline);
	deadline->at_ns = at_ns;
	deadline->pending = true;
	insert(deadline);
	if (!deadline->all->calling && at_ns < deadline->all->set_ns)
		set_timer(deadline->all, at_ns);
}

void deadline_clear(struct deadline *deadline)
{
	if (!deadline->pending)
		return;
	deadline->pending = false;
	LIST_REMOVE(deadline, link);
}
