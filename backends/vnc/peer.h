/* SPDX-License-Identifier: MIT */
/*
 * What the network's thread and the main thread share of a client.  Each of them holds a reference.
 */
#ifndef XENAV_VNC_PEER_H
#define XENAV_VNC_PEER_H

#include <stdbool.h>
#include <stddef.h>

struct peer;

/* With one reference, and the name of who it is, which is copied. @return NULL: no memory. */
struct peer *peer_new(const char *name);
void peer_ref(struct peer *peer);
void peer_unref(struct peer *peer);

/* Its address, or what the listener calls it. */
const char *peer_get_name(const struct peer *peer);

/* The client has logged in. */
void peer_let_in(struct peer *peer);
bool peer_is_in(const struct peer *peer);

/* The network's thread has closed the connection. */
void peer_leave(struct peer *peer);
bool peer_is_gone(const struct peer *peer);

/* Bytes that the client has not taken. */
void peer_set_backlog(struct peer *peer, size_t bytes);
size_t peer_get_backlog(const struct peer *peer);

/* The main thread wants to hear when the backlog is small again; the network's thread asks, and
 * clears it. */
void peer_want_wake(struct peer *peer);
bool peer_take_wake(struct peer *peer);

#endif
