/* SPDX-License-Identifier: MIT */
/* The listening socket: its place in the file system and the rights to connect to it. */
#ifndef XENAVD_LISTEN_H
#define XENAVD_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#define LISTEN_BACKLOG 64

/* The file of the socket, which is removed with it. */
struct listen_file {
	char *path; /* NULL: nothing to remove */
	dev_t dev;
	ino_t ino;
};

/*
 * Listen on a SOCK_SEQPACKET socket at path, for root and the group (NULL: the daemon's own), or
 * for every user: the one that the service manager has passed, which has no file to remove, or a
 * new one.  The folder is made if its parent exists.  A socket without a listener is replaced.
 * Failures are logged.
 *
 * @return the descriptor; -ENAMETOOLONG, -EADDRINUSE, -ENOTSOCK when something else is in the
 * way, -EINVAL for an unknown group, -ENOMEM or another -errno.
 */
int listen_open(struct listen_file *file, const char *path, const char *group, bool everybody);

/*
 * Let the other end of an accepted socket pass descriptors.  The listening socket forbids it, and
 * since Linux 6.16 the kernel then refuses to send them.
 */
void listen_let_pass(int sock);

/* Remove the file, unless another program has replaced it. */
void listen_file_remove(struct listen_file *file);

#endif
