/* SPDX-License-Identifier: MIT */
/*
 * Pauses: the time between the end of a connection, because xenavd restarts, and the moment when
 * another connection stands where the first one did.
 */
#ifndef XENAV_CLIENT_PAUSE_H
#define XENAV_CLIENT_PAUSE_H

#include "client/base.h"

/* Connect without blocking.  @return the socket, -EAGAIN if the daemon has a full queue, or another
 * -errno. */
int pause_connect(const char *path);

/* The connection is over with this error.  @return whether a pause begins, or goes on: then nothing
 * has ended for the program. */
bool pause_begin(struct xenav *x, int error);

/* Do what is due in a pause: connect again, end it.  @return 0, or the -errno of the end of the
 * connection when patience is over. */
int pause_turn(struct xenav *x);

/* The daemon has announced its first objects on the new connection. */
void pause_announced(struct xenav *x);

#endif
