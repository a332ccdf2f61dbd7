/* SPDX-License-Identifier: MIT */
/*
 * The consumers' end of the daemon: the socket, who is connected, and the registry of streams and
 * connectors that they are told of.  Who gets in and what each may do is decided by the policy; the
 * mode of the socket keeps out those who could not anyway.
 *
 * The two observers are to be given to sound and display with the server as their data.  All
 * devices go before the server does.
 */
#ifndef XENAVD_SERVER_H
#define XENAVD_SERVER_H

#include "consumer/limits.h"
#include "display/connector.h"
#include "sound/stream.h"

struct event_base;
struct policy;
struct server;

extern const struct stream_observer server_streams;
extern const struct connector_observer server_connectors;

/*
 * Listen at path, for root and the named group (NULL: the daemon's own), or for everybody.  What
 * goes wrong is logged.  The policy outlives the server.
 *
 * @return 0, -ENAMETOOLONG, -EADDRINUSE, -ENOTSOCK when the path is something else, -EINVAL for an
 * unknown group, -ENOMEM or another -errno.
 */
int server_create(struct server **out, struct event_base *base, const struct policy *policy,
		  const char *path, const char *group, bool everybody);

/*
 * Serve a socket that is listening already (socket activation); it becomes the server's on
 * success, its file stays.
 *
 * @return 0, -EINVAL when it is not a listening AF_UNIX SOCK_SEQPACKET socket, -ENOMEM.
 */
int server_create_from(struct server **out, struct event_base *base, const struct policy *policy,
		       int sock);

/* Others than the usual.  For everyone, at once. */
void server_set_limits(struct server *server, const struct consumer_limits *limits);

/* Part from all consumers, close and remove the socket.  Not from a callback of theirs; NULL is
 * fine. */
void server_destroy(struct server *server);

#endif
