/* SPDX-License-Identifier: MIT */
/* An eventfd by which one thread wakes another, which polls it. */
#ifndef XENAVD_WAKE_H
#define XENAVD_WAKE_H

/* @return a descriptor, the caller's to close, or -errno. */
int wake_open(void);

/* Make the descriptor readable. */
void wake_up(int fd);

/* Make the descriptor unreadable again. */
void wake_clear(int fd);

#endif
