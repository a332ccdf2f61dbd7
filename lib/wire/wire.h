/* SPDX-License-Identifier: MIT */
/* Messages over a SOCK_SEQPACKET socket, with their descriptors: sending, and receiving with the
 * check of messages.h. */
#ifndef XENAV_WIRE_H
#define XENAV_WIRE_H

#include <stdbool.h>

#include "wire/messages.h"

/* The most descriptors of a valid message. */
#define WIRE_MAX_FDS 1

/*
 * Send one message without blocking.  fd is its descriptor, which stays the caller's, or -1.
 *
 * @return 0, -EAGAIN when the socket is full, -EPIPE or another -errno when the peer is gone.
 */
int wire_send(int sock, const union xenav_msg *msg, int fd);

/*
 * Receive one message from a trusted peer without blocking, and check it.  *fd is its descriptor,
 * which is close-on-exec and the caller's, or -1.
 *
 * @return 0, -EAGAIN when there is no message, -EPIPE when the peer has closed, the result of
 * wire_check(), or another -errno.
 */
int wire_recv(int sock, union xenav_msg *msg, int *fd, bool from_daemon);

/* The most descriptors that the kernel passes with one message. */
#define WIRE_FDS_EVER 253

struct wire_fds {
	unsigned n;
	int fd[WIRE_FDS_EVER];
};

/*
 * The same from a stranger, whose descriptors must not be closed here, nor dropped by the kernel on
 * behalf of this thread: that blocks for as long as the stranger likes (a TCP socket with
 * SO_LINGER).  A message of an opcode with descriptors is taken with all its descriptors, which are
 * the caller's also on failure.  Any other message with descriptors stays in the socket, and with
 * passed NULL every message with descriptors: then this and all later calls return -EPROTO, and the
 * socket is to be closed by another thread.
 */
int wire_recv_stranger(int sock, union xenav_msg *msg, struct wire_fds *passed, bool from_daemon);

/* @return the opcode of the next message, which stays in the socket; 0 when the message is none,
 * and at the end of all; -EAGAIN without a message, or another -errno. */
int wire_next_opcode(int sock);

/* Will the peer send nothing more?  What it has sent may still be there. */
bool wire_is_leaving(int sock);

/* Is there nothing more to be received, because the peer is gone?  Takes nothing. */
bool wire_has_ended(int sock);

#endif
