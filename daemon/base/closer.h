/* SPDX-License-Identifier: MIT */
/*
 * Closes what strangers have given us, or have put into a socket of ours, on threads of its own.
 * Who drops the last reference to such a descriptor may have to wait for as long as the stranger
 * likes: for a TCP socket with SO_LINGER and something unsent, for a server of files that hangs.
 *
 * A wait that a signal ends, as SO_LINGER's is, takes no longer than a thousandth of a second here.
 * What nothing ends holds a thread for ever.  There are few of these, and fewer for one user; when
 * they are all held the rest waits, and whoever accepts or receives has to look whether it is too
 * much that waits.
 *
 * One for the process, from any thread.  Before it is started, and after it is stopped, everything
 * is closed at once by the caller.
 */
#ifndef XENAVD_CLOSER_H
#define XENAVD_CLOSER_H

#include <stdbool.h>
#include <sys/types.h>

/* Threads at most, and those for what came from one user. */
#define CLOSER_THREADS          8
#define CLOSER_THREADS_PER_USER 2

/* So much may wait. */
#define CLOSER_FULL 256

/* For what is nobody's any more. */
#define NOBODY ((uid_t)-1)

/* @return 0, -EAGAIN when there are no more threads, or another -errno. */
int closer_start(void);

/* Wait for what there is, but only for a second: a thread that is held is left to the end of the
 * process.  Idempotent. */
void closer_stop(void);

/* Close a descriptor that came from that user. */
void closer_close(int fd, uid_t uid);

/* Close a unix socket whose other end is that user's; it is shut down at once.  The other end still
 * reads what it was sent, without an error if it has sent us nothing but plain messages. */
void closer_part(int sock, uid_t uid);

/* Does too much wait?  Then nothing is to be taken in that will have to be closed here. */
bool closer_is_full(void);

/* What waits, for the status. */
unsigned closer_waiting(void);

#endif
