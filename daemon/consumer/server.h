/* SPDX-License-Identifier: MIT */
/*
 * The consumers' end of the daemon: the listening socket, the sessions, and the registry of the
 * objects that are announced to consumers.  The policy decides which consumers are admitted and
 * what each may do; the mode of the socket keeps out users without any rights.
 *
 * All devices are destroyed before the server.
 */
#ifndef XENAVD_SERVER_H
#define XENAVD_SERVER_H

#include "consumer/limits.h"

struct event_base;
struct guest_info;
struct journal;
struct object_ops;
struct policy;
struct server;
struct status_host;

/*
 * Listen at path, for root and the named group (NULL: the daemon's own), or for every user.
 * Failures are logged.  The policy and the limits outlive the server.
 *
 * @return 0, -ENAMETOOLONG, -EADDRINUSE, -ENOTSOCK when the path is something else, -EINVAL for an
 * unknown group, -ENOMEM or another -errno.
 */
int server_create(struct server **out, struct event_base *base, const struct policy *policy,
		  const struct consumer_limits *limits, const char *path, const char *group,
		  bool everybody);

/* Tell consumers that ask for the status of the guests and devices of this host. */
void server_set_host(struct server *server, const struct status_host *host);
/* Reserve, for a few seconds, what consumers of an earlier process had claimed, and keep what they
 * claim from here on.  The journal, which may be NULL, outlives the server.  @return 0 or -ENOMEM.
 */
int server_recall(struct server *server, struct journal *journal);

/* Register a guest's object, of the kind of these ops, and announce it to all consumers. */
void server_announce(struct server *server, const struct object_ops *ops, void *thing,
		     const struct guest_info *guest);

/* End all claims of the object, and tell the consumers that it is removed. */
void server_withdraw(struct server *server, const void *thing);

/* Disconnect all consumers, close and remove the socket.  Not from a callback of a session; NULL is
 * fine. */
/*
 * The policy has other rules; old has those before.  Consumers whose rights have changed in any way
 * are disconnected: they connect again, with the rights that they have by then.
 */
void server_reload(struct server *server, const struct policy *old);

void server_destroy(struct server *server);

#endif
