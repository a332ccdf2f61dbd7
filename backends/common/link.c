/* SPDX-License-Identifier: MIT */
/* See link.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/link.h"

/* Time between two attempts to connect. */
#define BACKOFF_MIN_NS (100 * NS_PER_MS)
#define BACKOFF_MAX_NS (5 * NS_PER_S)

/* Calls of xenav_dispatch() in a turn, so that the rest of the program has its turn, too. */
#define MAX_BURSTS 64

struct link {
	struct link_config config;
	struct xenav *x; /* NULL: wait until retry_ns */
	int epoll_fd;
	int timer_fd;
	uint64_t timer_ns; /* when the timer is due, UINT64_MAX: never */
	bool answered;     /* xenavd has answered on this connection */
	bool said_lost;    /* since xenavd has answered */
	bool said_absent;
	uint64_t backoff_ns;
	uint64_t retry_ns;
	int over; /* the error with which the link has ended, or 0 */
};

/* -------- what a user is told -------- */

static const char *path_of(const struct link *l)
{
	return l->config.socket ? l->config.socket : XENAV_DEFAULT_SOCKET;
}

static void say(const struct link *l, const char *what, int error)
{
	char line[256];

	snprintf(line, sizeof line, "%s xenavd at %s%s%s", what, path_of(l), error ? ": " : "",
		 error ? strerror(-error) : "");
	if (l->config.say)
		l->config.say(l->config.data, line);
	else
		fprintf(stderr, "%s: %s\n", l->config.program, line);
}

static void say_lost(struct link *l, int error)
{
	if (!l->said_lost)
		say(l, "Lost the connection to", error);
	l->said_lost = true;
}

static void say_absent(struct link *l, int error)
{
	if (!l->said_absent)
		say(l, "Cannot connect to", error);
	l->said_absent = true;
}

static void say_answered(struct link *l)
{
	if ((l->said_lost || l->said_absent) && !l->config.quiet)
		say(l, "Connected to", 0);
	l->said_lost = l->said_absent = false;
}

/* -------- what is watched -------- */

static void set_timer(struct link *l, uint64_t due_ns)
{
	struct itimerspec t = {0};

	if (due_ns == l->timer_ns)
		return;
	l->timer_ns = due_ns;
	if (due_ns != UINT64_MAX) {
		/* Zero would mean never. */
		t.it_value.tv_sec = (time_t)(due_ns / NS_PER_S);
		t.it_value.tv_nsec = (long)(due_ns % NS_PER_S) + (due_ns == 0);
	}
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

/* The timer is set anew at the end of the turn. */
static void take_timer(struct link *l)
{
	uint64_t expirations;

	if (read(l->timer_fd, &expirations, sizeof expirations) > 0)
		l->timer_ns = UINT64_MAX;
}

/* Its descriptor is readable whenever there is something to do. */
static int watch(struct link *l)
{
	struct epoll_event e = {.events = EPOLLIN};

	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, xenav_get_fd(l->x), &e) < 0 ? -errno : 0;
}

/* -------- connecting and parting -------- */

static void retry_later(struct link *l)
{
	l->retry_ns = monotonic_ns() + l->backoff_ns;
	l->backoff_ns *= 2;
	if (l->backoff_ns > BACKOFF_MAX_NS)
		l->backoff_ns = BACKOFF_MAX_NS;
}

/* @return what link_turn() returns after this error. */
static int give_up_or_wait(struct link *l, int error)
{
	if (l->config.reconnect)
		retry_later(l);
	else
		l->over = error;
	return l->over;
}

static long patience_ms(const struct link *l)
{
	return l->config.patience_s < UINT32_MAX / 1000 ? l->config.patience_s * 1000 : UINT32_MAX;
}

static int try_to_connect(struct link *l)
{
	const struct link_config *c = &l->config;
	int rc;

	rc = xenav_open(&l->x, c->socket, c->program, c->listener, c->data);
	if (rc == 0) {
		l->answered = false;
		xenav_set_patience(l->x, (uint32_t)patience_ms(l));
		rc = watch(l);
		if (rc == 0)
			return 0;
		xenav_close(l->x);
		l->x = NULL;
	}
	say_absent(l, rc);
	return give_up_or_wait(l, rc);
}

static int part(struct link *l, int error)
{
	/* A refusal comes over a connection, but means that there is none. */
	if (l->answered)
		say_lost(l, error);
	else
		say_absent(l, error);
	if (l->config.lost)
		l->config.lost(l->config.data, error);
	/* The descriptor leaves the epoll set with its last reference. */
	xenav_close(l->x);
	l->x = NULL;
	return give_up_or_wait(l, error);
}

/* @return 0, or the error that has ended the connection. */
static int dispatch(struct link *l)
{
	int rc = 1;

	for (unsigned int i = 0; i < MAX_BURSTS && rc > 0; i++) {
		rc = xenav_dispatch(l->x);
		if (rc > 0 && !l->answered) {
			l->answered = true;
			l->backoff_ns = BACKOFF_MIN_NS;
			say_answered(l);
		}
	}
	return rc < 0 ? rc : 0;
}

/* Serve the connection. @return when there is work to do, or 0 after its end, with *error. */
static uint64_t serve(struct link *l, int *error)
{
	uint64_t next_ns = UINT64_MAX;

	*error = dispatch(l);
	if (*error == 0 && l->config.work)
		next_ns = l->config.work(l->config.data, monotonic_ns());
	return next_ns;
}

int link_turn(struct link *l)
{
	uint64_t next_ns = UINT64_MAX;
	int error = 0, rc = 0;

	if (l->over)
		return l->over;
	take_timer(l);
	if (!l->x && monotonic_ns() >= l->retry_ns)
		rc = try_to_connect(l);
	if (l->x)
		next_ns = serve(l, &error);
	if (error)
		rc = part(l, error);
	if (rc == 0)
		set_timer(l, l->x ? next_ns : l->retry_ns);
	return rc;
}

/* -------- the rest -------- */

int link_open(struct link **out, const struct link_config *config)
{
	struct link *l = calloc(1, sizeof *l);
	struct epoll_event e = {.events = EPOLLIN};
	int rc;

	if (!l)
		return -ENOMEM;
	l->config = *config;
	l->backoff_ns = BACKOFF_MIN_NS;
	l->timer_ns = UINT64_MAX;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->epoll_fd < 0 || l->timer_fd < 0 ||
	    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->timer_fd, &e) < 0) {
		rc = -errno;
		say_absent(l, rc);
	} else {
		rc = try_to_connect(l);
	}
	if (rc < 0) {
		link_close(l);
		return rc;
	}
	set_timer(l, l->x ? 0 : l->retry_ns);
	*out = l;
	return 0;
}

int link_get_fd(const struct link *l)
{
	return l->epoll_fd;
}

void link_work_soon(struct link *l)
{
	set_timer(l, 0);
}

struct xenav *link_get(const struct link *l)
{
	return l->x;
}

void link_close(struct link *l)
{
	if (!l)
		return;
	xenav_close(l->x);
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	if (l->timer_fd >= 0)
		close(l->timer_fd);
	free(l);
}
