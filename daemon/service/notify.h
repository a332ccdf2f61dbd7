/* SPDX-License-Identifier: MIT */
/*
 * What the service manager is told, over one socket that is open from the start: the sandbox allows
 * no other afterwards.  Without NOTIFY_SOCKET in the environment all functions do nothing.
 */
#ifndef XENAVD_NOTIFY_H
#define XENAVD_NOTIFY_H

#include <stdbool.h>

/* Open a socket to the one that NOTIFY_SOCKET names. @return 0, also when nobody wants to be told;
 * -EINVAL, -ENAMETOOLONG or another -errno. */
int notify_start(void);

void notify_stop(void);

/* Does a service manager want to be told? */
bool notify_works(void);

/* Tell lines like READY=1, see sd_notify(3), of at most 511 characters, without waiting: they are
 * lost when the manager does not read.  From any thread. */
void notify_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same for what must not be lost.  Waits, and returns, as notify_fds() does; 0 without a
 * service manager. */
int notify_surely(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define NOTIFY_FDS_MAX 16

/*
 * Tell text and pass duplicates of n descriptors, at most NOTIFY_FDS_MAX.  Waits for a manager that
 * is busy, for two seconds at most, so not for the loop; from any other thread.
 *
 * @return 0; -ENOTSUP without a service manager, -EAGAIN when it does not read, -EINVAL for too
 * many, or another -errno.
 */
int notify_fds(const char *text, const int *fds, unsigned n);

#endif
