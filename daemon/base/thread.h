/* SPDX-License-Identifier: MIT */
/* Threads beside the event loop, to which all signals belong. */
#ifndef XENAVD_THREAD_H
#define XENAVD_THREAD_H

#include <pthread.h>
#include <signal.h>

/* Start a thread that gets no signals; the threads that it starts get none either.  @return 0 or
 * -errno. */
static inline int thread_start(pthread_t *thread, void *(*run)(void *data), void *data)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(thread, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

#endif
