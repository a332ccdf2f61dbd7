/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that outlive this process: systemd's fd store keeps duplicates of them while the
 * service is restarted, after a crash too, and passes them to the next process.  The sockets of
 * xenavd.socket come the same way.  Without systemd all functions do nothing.
 *
 * Names have lower case letters, digits and "-".
 */
#ifndef XENAVD_FDSTORE_H
#define XENAVD_FDSTORE_H

#include <stdbool.h>

/*
 * Take all inherited descriptors, by their names.  To be called once, after notify_start(), and
 * before any thread is started and anything else opens descriptors.
 *
 * @return 0 or -errno; then nothing was inherited.
 */
int fdstore_start(void);

/* @return an inherited descriptor, the caller's now; -ENOENT when there is none of this name. */
int fdstore_take(const char *name);

/* Would a descriptor that is put there come back after a restart? */
bool fdstore_works(void);

/*
 * Keep a duplicate of a descriptor.  May block while systemd is busy, so not to be called on the
 * loop once it runs.
 *
 * @return 0; -ENOTSUP without a store, or another -errno.
 */
int fdstore_put(const char *name, int fd);

/* Drop all descriptors of that name; may block like fdstore_put(). */
void fdstore_remove(const char *name);

/* The start is over: close and drop what was inherited and not taken, and log that. */
void fdstore_finish(void);

#endif
