/* SPDX-License-Identifier: MIT */
/* The listening socket: where it stands in the file system and who may connect to it. */
#ifndef XENAVD_LISTEN_H
#define XENAVD_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#define LISTEN_BACKLOG 64

/* A file that is there only as long as somebody listens. */
struct listen_file {
	char *path; /* NULL when it is not ours to remove */
	dev_t dev;
	ino_t ino;
};

/*
 * Listen on a new SOCK_SEQPACKET socket at path, for root and the group (NULL: the daemon's own),
 * or for everybody.  The folder is made if its parent exists.  A socket that nobody listens on is
 * replaced.  What goes wrong is logged.
 *
 * @return the descriptor; -ENAMETOOLONG, -EADDRINUSE, -ENOTSOCK when something else is in the
 * way, -EINVAL for an unknown group, -ENOMEM or another -errno.
 */
int listen_open(struct listen_file *file, const char *path, const char *group, bool everybody);

/*
 * Let the other end of an accepted socket pass descriptors.  Who listens says that nobody may:
 * since Linux 6.16 the kernel then refuses to send them.
 */
void listen_let_pass(int sock);

/* Remove the file, unless it has become another's. */
void listen_file_remove(struct listen_file *file);

#endif
