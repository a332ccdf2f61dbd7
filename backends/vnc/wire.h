/* SPDX-License-Identifier: MIT */
/*
 * A client's connection, in the thread of the network: bytes between its socket and a socket pair,
 * at whose other end libvncserver is.
 *
 * The client's version is read here, so that libvncserver sees nobody who says nothing; after that,
 * only whole messages pass (messages.h).  What libvncserver writes is taken at once, however slow
 * the client is, and waits in memory.
 */
#ifndef XENAV_VNC_WIRE_H
#define XENAV_VNC_WIRE_H

#include <stdbool.h>

#include "vnc/peer.h"

/* A client with less waiting for it can have the next picture. */
#define WIRE_LOW_BYTES (32u << 10)

struct event_base;
struct wire;

struct wire_owner {
	struct event_base *base;
	bool has_password;
	/* The client has told its version: 3, 7 or 8.  The descriptor is the other end; it and a
	 * reference of peer are handed over. @return 0, or -errno if nobody takes them. */
	int (*ready)(void *data, int fd, int minor, struct peer *peer);
	/* Who waits for a small backlog can go on. */
	void (*drained)(void *data);
	/* The connection is over, and the wire freed. */
	void (*gone)(void *data, struct wire *wire);
	void *data;
};

/*
 * Begin with a connected socket, which belongs to the wire, also after a failure.  owner stays the
 * caller's.
 *
 * @return 0 and *wire, or -ENOMEM.
 */
int wire_start(struct wire **wire, const struct wire_owner *owner, int fd, const char *name);

/* Who that is, as long as the wire is there. */
const struct peer *wire_get_peer(const struct wire *wire);

/* Without a call of gone(). */
void wire_free(struct wire *wire);

#endif
