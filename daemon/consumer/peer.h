/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a connection, as the kernel had it when the consumer connected. */
#ifndef XENAVD_PEER_H
#define XENAVD_PEER_H

#include <sys/types.h>

#include "config/policy.h"

struct peer {
	pid_t pid;
	struct consumer_id id;
	gid_t *groups; /* what id points to */
};

#define PEER_INIT                                                                                  \
	{                                                                                          \
		.pid = 0                                                                           \
	}

/* Ask the kernel; before Linux 4.13 it knows the first group alone. @return 0, -ENOMEM or another
 * -errno. */
int peer_read(struct peer *peer, int sock);

/* Idempotent. */
void peer_finish(struct peer *peer);

#endif
