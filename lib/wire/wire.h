/* SPDX-License-Identifier: MIT */
/*
 * One message of the consumer protocol over a SOCK_SEQPACKET socket, with its descriptors: sending,
 * and receiving what passes the check of messages.h.
 */
#ifndef XENAV_WIRE_H
#define XENAV_WIRE_H

#include <stdbool.h>

#include "wire/messages.h"

/* At most this many descriptors travel with one message. */
#define WIRE_MAX_FDS 1

/*
 * Send one message without blocking; fd is -1 or the descriptor that travels with it (it stays
 * the caller's).
 *
 * @return 0, -EAGAIN when the socket is full, -EPIPE or another -errno when the peer is gone.
 */
int wire_send(int sock, const union xenav_msg *msg, int fd);

/*
 * Receive one message without blocking and check it, from a peer that is trusted.  *fd is the
 * descriptor that came with it (now the caller's, close-on-exec) or -1.
 *
 * @return 0, -EAGAIN when there is none, -EPIPE when the peer has closed, what wire_check() says,
 * or another -errno.
 */
int wire_recv(int sock, union xenav_msg *msg, int *fd, bool from_daemon);

/* As many descriptors as the kernel lets travel with one message. */
#define WIRE_FDS_EVER 253

struct wire_fds {
	unsigned n;
	int fd[WIRE_FDS_EVER];
};

/*
 * The same from a stranger, whose descriptors must not be closed here, nor be dropped by the kernel
 * on behalf of this thread: that blocks for as long as the stranger likes (a TCP socket with
 * SO_LINGER).  A message of an opcode that has descriptors is taken with all that came with it,
 * which are the caller's whatever is returned.  Any other message that has some stays where it is,
 * and with passed NULL every one: then the answer is -EPROTO, for ever, and the socket has to be
 * closed elsewhere.
 */
int wire_recv_stranger(int sock, union xenav_msg *msg, struct wire_fds *passed, bool from_daemon);

#endif
