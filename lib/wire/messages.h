/* SPDX-License-Identifier: MIT */
/*
 * The messages of the consumer protocol (include/xenav-proto.h): a table of all opcodes, and the
 * check of a message against it.  Shared by the daemon, the client library, the tests and the
 * fuzzers; knows nothing of state.
 */
#ifndef XENAV_MESSAGES_H
#define XENAV_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenav-proto.h"

struct wire_op {
	uint16_t opcode;
	uint16_t size_bytes; /* exact size of the message */
	uint8_t n_fds;       /* exact number of its descriptors */
	const char *name;
	uint8_t pad_offset;
	uint8_t pad_bytes;                      /* that are zero */
	bool (*ok)(const union xenav_msg *msg); /* check of the other values, or NULL */
};

/* The table of all n opcodes. */
const struct wire_op *wire_ops(size_t *n);

/* The entry of an opcode, or NULL. */
const struct wire_op *wire_op_find(uint16_t opcode);

/* Room for the name of any opcode. */
#define WIRE_NAME_SIZE 32

/* The name of an opcode for a log, such as "STREAM_LIMITS"; its number in text if it has none. */
const char *wire_op_name(uint16_t opcode, char text[WIRE_NAME_SIZE]);

/*
 * Start a message: zero it, and set its opcode, which must be in the table, its size and its
 * object.
 */
void wire_init(union xenav_msg *msg, uint16_t opcode, uint32_t object);

/*
 * Is this a whole, well-formed message of a known opcode that travels in that direction?
 * Checks sizes, the count of descriptors, terminated strings, enumerations and flags.
 *
 * @return 0, -EOPNOTSUPP for an unknown opcode or one of the other direction, -EPROTO for a
 * malformed message.
 */
int wire_check(const union xenav_msg *msg, size_t len_bytes, size_t n_fds, bool from_daemon);

#endif
