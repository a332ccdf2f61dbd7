/* SPDX-License-Identifier: MIT */
/*
 * The connection of xenavctl to xenavd: the status messages of the protocol (xenav-status.h), in a
 * program that does one thing at a time and may wait.
 */
#ifndef XENAVCTL_CLIENT_H
#define XENAVCTL_CLIENT_H

#include <stdint.h>

#include "xenav-proto.h"

/* How long xenavd may take for an answer. */
#define CLIENT_PATIENCE_MS 30000

struct client {
	int sock;
	uint32_t serial; /* of the last STATUS_GET */
};

/*
 * Connect and greet.
 *
 * @return 0; -ENOENT or -ECONNREFUSED without xenavd, -EACCES without any right, -EUSERS when there
 * are too many consumers, -EPROTONOSUPPORT when xenavd has no status to tell, -ETIMEDOUT when it
 * does not answer, -EPIPE when it leaves, -ENAMETOOLONG, or another -errno.
 */
int client_open(struct client *client, const char *path);
void client_close(struct client *client);

/* @return 0, -EPIPE, -ETIMEDOUT or another -errno. */
int client_send(struct client *client, const union xenav_msg *msg);

/*
 * Wait for the next message of the status, or ERROR, and pass over others.
 *
 * @param timeout_ms -1: for ever
 * @return 0, -ETIMEDOUT, -EPIPE, -EPROTO for a message that xenavd never sends, or another -errno;
 * -EINTR when a signal came.
 */
int client_next(struct client *client, union xenav_msg *msg, int timeout_ms);

/*
 * Send an order and wait for its answer.
 *
 * @param value of STATUS_DONE; may be NULL
 * @return 0, the error of the answer, or as above.
 */
int client_order(struct client *client, const union xenav_msg *order, uint32_t *value);

#endif
