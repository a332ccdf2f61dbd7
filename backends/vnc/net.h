/* SPDX-License-Identifier: MIT */
/*
 * The thread of the network: it accepts clients and does all that may have to wait for them
 * (wire.h). Clients that have told their version come out at the other end, for the main thread.
 */
#ifndef XENAV_VNC_NET_H
#define XENAV_VNC_NET_H

#include <stdbool.h>

#include "vnc/peer.h"

struct net;

/* Connections at a time, of all listeners. */
#define NET_MAX_CLIENTS 64

/* Those of them that have not logged in: another one takes the place of the oldest one from the
 * address that has most of them. */
#define NET_MAX_STRANGERS 16

struct net_client {
	int fd; /* where libvncserver reads and writes; non-blocking */
	unsigned int screen;
	int minor;         /* the client's version: 3, 7 or 8 */
	struct peer *peer; /* a reference */
};

/* Start the thread.  Clients are asked for a password if has_password. @return 0 and *net, -ENOMEM,
 * -EMFILE or -EAGAIN. */
int net_start(struct net **net, bool has_password);

/* Disconnect all clients and end the thread.  net may be NULL. */
void net_stop(struct net *net);

/* Accept clients of that screen from a listening socket, which belongs to net from now on, also
 * after a failure. @return 0 or -errno. */
int net_listen(struct net *net, int fd, unsigned int screen);

/*
 * Take over a connected stream socket, at whose other end somebody speaks plain RFB.  It belongs to
 * net from now on, also after a failure.
 *
 * @param from who that is, for log lines and for the count of wrong passwords
 * @return 0 or -errno.
 */
int net_adopt(struct net *net, int fd, unsigned int screen, const char *from);

/* Readable: call net_take(). */
int net_get_fd(const struct net *net);

/* @return 0 and a client; -EAGAIN if there is none; -EINTR if there is none yet, but a client's
 * backlog has become small (peer_want_wake()). */
int net_take(struct net *net, struct net_client *client);

#endif
