/* SPDX-License-Identifier: MIT */
/*
 * The part of a guest's buffer that holds silence of ours, which need not be written again for the
 * next READ: one run of bytes, which may wrap around the end of the buffer.  Pure.
 */
#ifndef XENAVD_SILENCE_H
#define XENAVD_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

struct silence {
	uint32_t buffer_bytes;
	uint32_t at_bytes;
	uint32_t n_bytes; /* 0: there is no silence */
};

/* Begin with a buffer without silence. */
void silence_init(struct silence *silence, uint32_t buffer_bytes);

/* Is all of that part of the buffer silent?  bytes is not 0, and the part does not wrap; the same
 * holds for silence_add(). */
bool silence_covers(const struct silence *silence, uint32_t offset_bytes, uint32_t bytes);

/* Add a part that was made silent.  A part that does not touch the run replaces it. */
void silence_add(struct silence *silence, uint32_t offset_bytes, uint32_t bytes);

#endif
