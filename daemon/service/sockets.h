/* SPDX-License-Identifier: MIT */
/* The listening socket that the service manager has opened: that of xenavd.socket. */
#ifndef XENAVD_SOCKETS_H
#define XENAVD_SOCKETS_H

#include <sys/types.h>

/* The FileDescriptorName= of xenavd.socket. */
#define SOCKETS_NAME "socket"

/*
 * Take the socket, if it listens at path, and give its file a group and a mode; those that it has
 * stay when that is not possible, which is logged.  A socket that cannot be used is logged and
 * closed; the service manager keeps listening there.
 *
 * @param group (gid_t)-1: as it is
 * @return the descriptor, without blocking, the caller's; -ENOENT when there is none.
 */
int sockets_take(const char *path, gid_t group, mode_t mode);

#endif
