/* SPDX-License-Identifier: MIT */
/* See loop.h. */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/clock.h"
#include "common/loop.h"

/* A descriptor of the program. */
struct watched {
	SLIST_ENTRY(watched) link;
	struct event *event;
	void (*fn)(void *data);
	void *data;
};

struct loop {
	struct event_base *base;
	int signal_fd;
	int signal;  /* the last one */
	bool is_hit; /* a signal has come in this round */
	int error;   /* with which the link has ended */
	struct event *on_signal;
	struct event *on_link;
	struct event *on_time;
	struct link *link;
	SLIST_HEAD(, watched) watched;
};

static void take_signal(evutil_socket_t fd, short, void *loop)
{
	struct signalfd_siginfo info;
	struct loop *l = loop;

	while (read(fd, &info, sizeof info) == sizeof info) {
		l->signal = (int)info.ssi_signo;
		l->is_hit = true;
	}
	if (l->is_hit)
		event_base_loopbreak(l->base);
}

static void turn(evutil_socket_t, short, void *loop)
{
	struct loop *l = loop;

	l->error = link_turn(l->link);
	if (l->error == 0)
		return;
	event_del(l->on_link);
	event_base_loopbreak(l->base);
}

static void call(evutil_socket_t, short, void *watched)
{
	const struct watched *w = watched;

	w->fn(w->data);
}

static void do_nothing(evutil_socket_t, short, void *)
{
}

/* Make an event and wait for it. */
static int add(struct loop *l, struct event **out, int fd, event_callback_fn fn, void *arg)
{
	*out = event_new(l->base, fd, EV_READ | EV_PERSIST, fn, arg);
	if (*out && event_add(*out, NULL) == 0)
		return 0;
	return -ENOMEM;
}

static void drop(struct event **event)
{
	if (*event)
		event_free(*event);
	*event = NULL;
}

static int open_signals(void)
{
	struct sigaction hangup;
	sigset_t set;

	/* A closed pipe is an error of write(), not the end. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	/* A blocked signal would come in spite of nohup(1). */
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int loop_open(struct loop **out)
{
	struct loop *l = calloc(1, sizeof *l);
	int rc;

	if (!l)
		return -ENOMEM;
	SLIST_INIT(&l->watched);
	l->signal_fd = open_signals();
	rc = l->signal_fd < 0 ? -errno : 0;
	if (rc == 0) {
		l->base = event_base_new();
		l->on_time = l->base ? evtimer_new(l->base, do_nothing, NULL) : NULL;
		rc = l->on_time ? add(l, &l->on_signal, l->signal_fd, take_signal, l) : -ENOMEM;
	}
	if (rc < 0) {
		loop_close(l);
		return rc;
	}
	*out = l;
	return 0;
}

struct event_base *loop_get_base(struct loop *l)
{
	return l->base;
}

int loop_add_link(struct loop *l, struct link *link)
{
	int rc;

	l->link = link;
	l->error = 0;
	rc = add(l, &l->on_link, link_get_fd(link), turn, l);
	if (rc < 0)
		loop_drop_link(l);
	return rc;
}

void loop_drop_link(struct loop *l)
{
	drop(&l->on_link);
	l->link = NULL;
	l->error = 0;
}

int loop_add_fd(struct loop *l, int fd, void (*fn)(void *data), void *data)
{
	struct watched *w = calloc(1, sizeof *w);
	int rc;

	if (!w)
		return -ENOMEM;
	w->fn = fn;
	w->data = data;
	SLIST_INSERT_HEAD(&l->watched, w, link);
	rc = add(l, &w->event, fd, call, w);
	if (rc < 0) {
		SLIST_REMOVE_HEAD(&l->watched, link);
		drop(&w->event);
		free(w);
	}
	return rc;
}

/* @return 0, -EINTR after a signal, or the error of the link. */
static int run(struct loop *l, int flags)
{
	l->is_hit = false;
	if (l->error == 0)
		event_base_loop(l->base, flags);
	return l->is_hit ? -EINTR : l->error;
}

int loop_run(struct loop *l)
{
	const int rc = run(l, 0);

	return rc == -EINTR ? 0 : rc;
}

int loop_wait(struct loop *l, uint64_t until_ns)
{
	const uint64_t now_ns = monotonic_ns();
	uint64_t us = until_ns > now_ns ? (until_ns - now_ns + 999) / 1000 : 0;
	struct timeval t;
	int rc;

	t = (struct timeval){(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
	if (until_ns != UINT64_MAX)
		evtimer_add(l->on_time, &t);
	rc = run(l, EVLOOP_ONCE);
	evtimer_del(l->on_time);
	return rc;
}

int loop_get_signal(const struct loop *l)
{
	return l->signal;
}

void loop_close(struct loop *l)
{
	struct watched *w;

	if (!l)
		return;
	while ((w = SLIST_FIRST(&l->watched))) {
		SLIST_REMOVE_HEAD(&l->watched, link);
		drop(&w->event);
		free(w);
	}
	drop(&l->on_link);
	drop(&l->on_time);
	drop(&l->on_signal);
	if (l->base)
		event_base_free(l->base);
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	free(l);
}
