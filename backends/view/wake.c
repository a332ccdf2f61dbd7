/* SPDX-License-Identifier: MIT */
/* See wake.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "view/wake.h"

/* SDL's queue is full: another attempt after this. */
#define FULL_MS 10

struct wake {
	Uint32 event;
	int fd;
	int signal_fd;
	int again_fd; /* an eventfd: written by wake_again() and wake_stop() */
	atomic_bool stop;
	pthread_t thread;
};

static void fill_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

void wake_block_signals(void)
{
	sigset_t set;

	fill_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void push(struct wake *w, enum wake_code code)
{
	SDL_Event event = {.user = {.type = w->event, .code = code}};

	while (!atomic_load(&w->stop) && SDL_PushEvent(&event) < 0)
		poll(NULL, 0, FULL_MS);
}

static void *watch(void *data)
{
	struct wake *const w = data;
	bool watches = true;

	while (!atomic_load(&w->stop)) {
		struct signalfd_siginfo info;
		uint64_t times;
		struct pollfd fds[] = {
			{.fd = w->again_fd, .events = POLLIN},
			{.fd = w->signal_fd, .events = POLLIN},
			{.fd = watches ? w->fd : -1, .events = POLLIN},
		};

		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents && read(w->again_fd, &times, sizeof times) > 0)
			watches = true;
		if (fds[1].revents && read(w->signal_fd, &info, sizeof info) > 0)
			push(w, WAKE_SIGNAL);
		if (fds[2].revents) {
			watches = false;
			push(w, WAKE_READABLE);
		}
	}
	return NULL;
}

static void destroy(struct wake *w)
{
	if (w->again_fd >= 0)
		close(w->again_fd);
	if (w->signal_fd >= 0)
		close(w->signal_fd);
	free(w);
}

int wake_start(struct wake **wake, int fd)
{
	struct wake *w = calloc(1, sizeof *w);
	sigset_t set;
	int rc;

	if (!w)
		return -ENOMEM;
	fill_signals(&set);
	w->fd = fd;
	w->again_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	w->event = SDL_RegisterEvents(1);
	rc = w->again_fd < 0 || w->signal_fd < 0 ? -errno : 0;
	if (rc == 0 && w->event == (Uint32)-1)
		rc = -ENOMEM;
	if (rc == 0)
		rc = -pthread_create(&w->thread, NULL, watch, w);
	if (rc < 0)
		destroy(w);
	else
		*wake = w;
	return rc;
}

Uint32 wake_event(const struct wake *wake)
{
	return wake->event;
}

void wake_again(struct wake *wake)
{
	const uint64_t once = 1;

	/* A write fails only while the count is full, when the thread is awake anyhow. */
	if (write(wake->again_fd, &once, sizeof once) < 0)
		return;
}

void wake_stop(struct wake *wake)
{
	if (!wake)
		return;
	atomic_store(&wake->stop, true);
	wake_again(wake);
	pthread_join(wake->thread, NULL);
	destroy(wake);
}
