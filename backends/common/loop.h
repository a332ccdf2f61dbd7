/* SPDX-License-Identifier: MIT */
/*
 * The main loop of a program that has none of its own: libevent, a link and signals.
 */
#ifndef XENAV_COMMON_LOOP_H
#define XENAV_COMMON_LOOP_H

#include <stdint.h>

#include "common/link.h"

struct event_base;
struct loop;

/* Make a loop that ends with SIGINT, SIGTERM, or a SIGHUP that is not ignored.  They are blocked
 * from now on, so open it before any thread is started; SIGPIPE is ignored.  @return 0, -ENOMEM, or
 * another -errno. */
int loop_open(struct loop **loop);

/* For events of the program's own.  It belongs to the loop. */
struct event_base *loop_get_base(struct loop *loop);

/* Call link_turn() whenever there is something to do.  A loop has one link at a time, which is
 * closed after loop_drop_link() or loop_close().  @return 0 or -ENOMEM. */
int loop_add_link(struct loop *loop, struct link *link);
void loop_drop_link(struct loop *loop);

/* Call fn whenever the descriptor is readable, until loop_close().  @return 0 or -ENOMEM. */
int loop_add_fd(struct loop *loop, int fd, void (*fn)(void *data), void *data);

/* Run until the end.  @return 0 after a signal, or the -errno with which the link has ended. */
int loop_run(struct loop *loop);

/* Wait for one thing to happen, until until_ns (CLOCK_MONOTONIC; UINT64_MAX: for ever) at the
 * latest.  @return 0, -EINTR after a signal, or the -errno with which the link has ended. */
int loop_wait(struct loop *loop, uint64_t until_ns);

/* The signal that has come last, or 0. */
int loop_get_signal(const struct loop *loop);

/* loop may be NULL.  The signals stay blocked. */
void loop_close(struct loop *loop);

#endif
