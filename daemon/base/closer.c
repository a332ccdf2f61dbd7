/* SPDX-License-Identifier: MIT */
/*
 * See closer.h.  The first thread stays; others start when a descriptor waits that no thread takes,
 * and end when none waits.  They are detached, because a held thread cannot be joined.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/closer.h"

#define STOP_MS 1000
#define TICK_NS 1000000

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct item {
	int fd;
	uid_t uid;
	bool socket;
	STAILQ_ENTRY(item) link;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static STAILQ_HEAD(, item) items = STAILQ_HEAD_INITIALIZER(items);
static unsigned n_items;
static struct item *busy[CLOSER_THREADS]; /* the threads' items */
static unsigned n_threads;
static unsigned n_busy;
static bool started;

/* -------- one thread -------- */

static void on_tick(int)
{
	/* Delivery alone interrupts a wait in the kernel. */
}

/* Make a timer that sends signals to this thread. @return whether it exists. */
static bool make_ticks(timer_t *ticks)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGRTMIN,
	};

	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	return timer_create(CLOCK_MONOTONIC, &event, ticks) == 0;
}

static void set_ticks(timer_t ticks, long ns)
{
	const struct itimerspec every = {
		.it_interval = {.tv_nsec = ns},
		.it_value = {.tv_nsec = ns},
	};

	timer_settime(ticks, 0, &every, NULL);
}

/* Unread messages would make the other end read an error before our last messages. */
static void drain(int sock)
{
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = sizeof byte};
	struct msghdr hdr;
	ssize_t r;

	do {
		hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1};
		r = recvmsg(sock, &hdr, MSG_DONTWAIT | MSG_PEEK);
		/* A message with descriptors goes with the socket. */
		if (r > 0 && !(hdr.msg_flags & MSG_CTRUNC))
			r = recv(sock, &byte, sizeof byte, MSG_DONTWAIT);
		else
			r = 0;
	} while (r > 0);
}

static void close_item(const struct item *item)
{
	if (item->socket)
		drain(item->fd);
	close(item->fd);
}

static unsigned count_busy(uid_t uid)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CLOSER_THREADS; i++)
		n += busy[i] && busy[i]->uid == uid;
	return n;
}

/* The first item whose user may have one more thread. */
static struct item *next_item(void)
{
	struct item *item;

	STAILQ_FOREACH (item, &items, link)
		if (count_busy(item->uid) < CLOSER_THREADS_PER_USER)
			break;
	return item;
}

static void take(struct item *item)
{
	unsigned place = 0;

	STAILQ_REMOVE(&items, item, item, link);
	n_items--;
	while (busy[place])
		place++;
	busy[place] = item;
	n_busy++;
}

static void finish(struct item *item)
{
	for (unsigned i = 0; i < CLOSER_THREADS; i++)
		if (busy[i] == item)
			busy[i] = NULL;
	n_busy--;
	free(item);
	pthread_cond_broadcast(&changed);
}

static void *work(void *)
{
	timer_t ticks;
	const bool has_ticks = make_ticks(&ticks);
	struct item *item;

	pthread_mutex_lock(&lock);
	for (;;) {
		item = next_item();
		if (!item && (!started || n_threads > 1))
			break;
		if (!item) {
			pthread_cond_wait(&changed, &lock);
			continue;
		}
		take(item);
		pthread_mutex_unlock(&lock);
		if (has_ticks)
			set_ticks(ticks, TICK_NS);
		close_item(item);
		if (has_ticks)
			set_ticks(ticks, 0);
		pthread_mutex_lock(&lock);
		finish(item);
	}
	n_threads--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	if (has_ticks)
		timer_delete(ticks);
	return NULL;
}

/* -------- all of them -------- */

static int start_thread(void)
{
	sigset_t mask, old;
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	/* Signals belong to the event loop, except for the ticks. */
	sigfillset(&mask);
	sigdelset(&mask, SIGRTMIN);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &mask, &old);
	r = pthread_create(&thread, &attr, work, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (r == 0)
		n_threads++;
	return -r;
}

int closer_start(void)
{
	struct sigaction action = {.sa_handler = on_tick};
	int rc;

	if (sigaction(SIGRTMIN, &action, NULL) < 0)
		return -errno;
	pthread_mutex_lock(&lock);
	rc = started ? 0 : start_thread();
	started = rc == 0;
	pthread_mutex_unlock(&lock);
	return rc;
}

void closer_stop(void)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STOP_MS / 1000;
	pthread_mutex_lock(&lock);
	if (started) {
		started = false;
		pthread_cond_broadcast(&changed);
		while (n_threads > 0 && r == 0)
			r = pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&lock);
}

static void submit(int fd, uid_t uid, bool socket)
{
	struct item here = {.fd = fd, .uid = uid, .socket = socket};
	struct item *item = NULL;

	pthread_mutex_lock(&lock);
	if (started)
		item = malloc(sizeof *item);
	if (item) {
		*item = here;
		STAILQ_INSERT_TAIL(&items, item, link);
		n_items++;
		if (n_items > n_threads - n_busy && n_threads < CLOSER_THREADS &&
		    count_busy(uid) < CLOSER_THREADS_PER_USER)
			start_thread(); /* if it fails, a present thread takes the item */
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	if (!item)
		close_item(&here);
}

void closer_close(int fd, uid_t uid)
{
	submit(fd, uid, false);
}

void closer_part(int sock, uid_t uid)
{
	/* No message comes in from now on. */
	shutdown(sock, SHUT_RDWR);
	submit(sock, uid, true);
}

unsigned closer_waiting(void)
{
	unsigned n;

	pthread_mutex_lock(&lock);
	n = n_items;
	pthread_mutex_unlock(&lock);
	return n;
}

bool closer_is_full(void)
{
	return closer_waiting() >= CLOSER_FULL;
}
