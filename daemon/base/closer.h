/* SPDX-License-Identifier: MIT */
/*
 * The closer closes descriptors that consumers passed, and sockets that may hold such descriptors,
 * on threads of its own.  Closing the last reference to a consumer's descriptor may block for as
 * long as the consumer likes: a TCP socket with SO_LINGER and unsent data, a file server that
 * hangs.
 *
 * A wait that a signal ends, such as SO_LINGER's, takes at most a millisecond here.  A wait that
 * nothing ends holds a thread for ever.  There are few threads, and fewer for one user; when all
 * are held, descriptors queue up, and the code that accepts or receives has to ask
 * closer_is_full().
 *
 * One for the process, callable from any thread.  Before the start and after the stop, the caller
 * closes at once.
 */
#ifndef XENAVD_CLOSER_H
#define XENAVD_CLOSER_H

#include <stdbool.h>
#include <sys/types.h>

/* The most threads, and the most for descriptors of one user. */
#define CLOSER_THREADS          8
#define CLOSER_THREADS_PER_USER 2

/* Descriptors that may wait. */
#define CLOSER_FULL 256

/* The user for descriptors that belong to no user any more. */
#define NOBODY ((uid_t)-1)

/* @return 0, -EAGAIN when there are no more threads, or another -errno. */
int closer_start(void);

/* Wait for the queue, but at most a second: a thread that is held is left to the end of the
 * process.  Idempotent. */
void closer_stop(void);

/* Close a descriptor that came from user uid. */
void closer_close(int fd, uid_t uid);

/* Shut down a unix socket whose other end is of user uid, then close it.  The other end still reads
 * what was sent to it, without an error if it has sent plain messages only. */
void closer_part(int sock, uid_t uid);

/* Do CLOSER_FULL descriptors wait?  Then accept and receive nothing that has to be closed here. */
bool closer_is_full(void);

/* The number of descriptors that wait, for the status. */
unsigned closer_waiting(void);

#endif
