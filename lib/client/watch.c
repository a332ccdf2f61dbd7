/* SPDX-License-Identifier: MIT */
/* See watch.h. */
#include <config.h>

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "client/watch.h"

#define NS_PER_SEC 1000000000u

int watch_open(struct watch *w)
{
	struct epoll_event e = {.events = EPOLLIN};
	int rc = 0;

	*w = (struct watch){.epoll_fd = -1, .timer_fd = -1, .sock = -1};
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll_fd >= 0)
		w->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->timer_fd < 0 || epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->timer_fd, &e) < 0) {
		rc = -errno;
		watch_close(w);
	}
	return rc;
}

void watch_close(struct watch *w)
{
	if (w->timer_fd >= 0)
		close(w->timer_fd);
	if (w->epoll_fd >= 0)
		close(w->epoll_fd);
	w->timer_fd = w->epoll_fd = -1;
}

int watch_socket(struct watch *w, int sock)
{
	struct epoll_event e = {.events = EPOLLIN};

	if (w->sock >= 0)
		epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, w->sock, NULL);
	w->sock = -1;
	w->for_room = false;
	if (sock >= 0 && epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, sock, &e) < 0)
		return -errno;
	w->sock = sock;
	return 0;
}

void watch_for_room(struct watch *w, bool on)
{
	struct epoll_event e = {.events = on ? EPOLLIN | EPOLLOUT : EPOLLIN};

	if (w->sock < 0 || w->for_room == on)
		return;
	if (epoll_ctl(w->epoll_fd, EPOLL_CTL_MOD, w->sock, &e) == 0)
		w->for_room = on;
}

void watch_wake_at(struct watch *w, uint64_t time_ns)
{
	struct itimerspec t = {0};

	if (time_ns != UINT64_MAX) {
		/* Zero would mean never. */
		t.it_value.tv_sec = (time_t)(time_ns / NS_PER_SEC);
		t.it_value.tv_nsec = (long)(time_ns % NS_PER_SEC) + (time_ns == 0);
	}
	/* Setting it also takes an expiration that was not read. */
	timerfd_settime(w->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}
