/* SPDX-License-Identifier: MIT */
/* The process and the user at the other end of a connection, as they were when it was made. */
#ifndef XENAVD_PEER_H
#define XENAVD_PEER_H

#include <sys/types.h>

#include "config/policy.h"

struct peer {
	pid_t pid;
	struct consumer_id id;
	gid_t *groups; /* of id; to be freed */
};

/* Ask the kernel.  @return 0, -ENOMEM or another -errno. */
int peer_read(struct peer *peer, int sock);

/* The name that the program gives itself, as much as there is room for, fit to be logged. */
void peer_take_name(char *name, size_t size, const char *said);

/* Idempotent. */
void peer_finish(struct peer *peer);

#endif
