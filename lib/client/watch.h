/* SPDX-License-Identifier: MIT */
/*
 * The descriptor that the program watches: it is an epoll descriptor, and stays the same while the
 * connection behind it is replaced.
 */
#ifndef XENAV_CLIENT_WATCH_H
#define XENAV_CLIENT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct watch {
	int epoll_fd;
	int timer_fd;
	int sock; /* that is watched, or -1 */
	bool for_room;
};

/* @return 0, or -EMFILE or another -errno, with nothing to close. */
int watch_open(struct watch *w);
void watch_close(struct watch *w);

/* Be readable while the socket is; in place of another one; -1: of none.  @return 0 or -errno. */
int watch_socket(struct watch *w, int sock);

/* Be readable also while the socket has room for a message, or no longer so. */
void watch_for_room(struct watch *w, bool on);

/* Be readable from that time on, CLOCK_MONOTONIC; UINT64_MAX: never. */
void watch_wake_at(struct watch *w, uint64_t time_ns);

#endif
