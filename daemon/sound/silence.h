/* SPDX-License-Identifier: MIT */
/*
 * Where a guest's buffer holds silence that we have written, so that it need not be written again
 * when it is read again: one run of bytes, which may go on from the end of the buffer to its
 * beginning.  Pure.
 */
#ifndef XENAVD_SILENCE_H
#define XENAVD_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

struct silence {
	uint32_t buffer_bytes;
	uint32_t at_bytes;
	uint32_t n_bytes; /* 0: it is nowhere */
};

/* In a buffer of that size it is nowhere yet. */
void silence_init(struct silence *silence, uint32_t buffer_bytes);

/* Is it in all of that part of the buffer?  bytes is not 0, and the part ends with the buffer at
 * most; for silence_add() as well. */
bool silence_covers(const struct silence *silence, uint32_t offset_bytes, uint32_t bytes);

/* It has been written there.  Of two runs that do not touch each other the new one counts. */
void silence_add(struct silence *silence, uint32_t offset_bytes, uint32_t bytes);

#endif
