/* SPDX-License-Identifier: MIT */
/*
 * The consumers' end of the daemon: the socket, who is connected, and the registry of streams and
 * connectors that they are told of.  Who gets in and what each may do is decided by the policy; the
 * mode of the socket keeps out those who could not anyway.
 *
 * All devices go before the server does.
 */
#ifndef XENAVD_SERVER_H
#define XENAVD_SERVER_H

#include "consumer/limits.h"

struct event_base;
struct object_ops;
struct policy;
struct server;

/*
 * Listen at path, for root and the named group (NULL: the daemon's own), or for everybody.  What
 * goes wrong is logged.  The policy and the limits outlive the server.
 *
 * @return 0, -ENAMETOOLONG, -EADDRINUSE, -ENOTSOCK when the path is something else, -EINVAL for an
 * unknown group, -ENOMEM or another -errno.
 */
int server_create(struct server **out, struct event_base *base, const struct policy *policy,
		  const struct consumer_limits *limits, const char *path, const char *group,
		  bool everybody);

/* There is another stream or connector, of the kind of these ops: consumers are told. */
void server_announce(struct server *server, const struct object_ops *ops, void *thing);

/* It goes, and all claims of it have ended. */
void server_withdraw(struct server *server, const void *thing);

/* Part from all consumers, close and remove the socket.  Not from a callback of theirs; NULL is
 * fine. */
void server_destroy(struct server *server);

#endif
