/* SPDX-License-Identifier: MIT */
/*
 * One message of the consumer protocol (include/xenav-proto.h) over a SOCK_SEQPACKET socket: the
 * table of opcodes, the check of a message against it, sending and receiving with descriptors.
 * Shared by the daemon, the client library, the tests and the fuzzers; knows nothing of state.
 */
#ifndef XENAV_WIRE_H
#define XENAV_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenav-proto.h"

/* At most this many descriptors travel with one message. */
#define WIRE_MAX_FDS 1

struct wire_op {
	uint16_t opcode;
	uint16_t size_bytes; /* of the message, exactly */
	uint8_t n_fds;       /* that travel with it, exactly */
	const char *name;
	bool (*ok)(const union xenav_msg *msg); /* the values, at that size */
};

/* The table: every opcode once, n of them. */
const struct wire_op *wire_ops(size_t *n);

/* The entry of an opcode, or NULL. */
const struct wire_op *wire_op_find(uint16_t opcode);

/*
 * Start a message: zero it, set opcode and size from the table, and the object.
 * The opcode must be one of the table.
 */
void wire_init(union xenav_msg *msg, uint16_t opcode, uint32_t object);

/*
 * Is this a whole, well-formed message of a known opcode that travels in that direction?
 * Checks sizes, the count of descriptors, terminated strings, enumerations and flags.
 *
 * @return 0, -EOPNOTSUPP for an unknown opcode (or one of the other direction), -EPROTO for
 * anything malformed.
 */
int wire_check(const union xenav_msg *msg, size_t len_bytes, size_t n_fds, bool from_daemon);

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
