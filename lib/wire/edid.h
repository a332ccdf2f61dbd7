/* SPDX-License-Identifier: MIT */
/*
 * The frame of an EDID: blocks of 128 bytes, each with a sum of 0; the first says how many follow.
 */
#ifndef XENAV_WIRE_EDID_H
#define XENAV_WIRE_EDID_H

#include <stdbool.h>
#include <stddef.h>

#define EDID_BLOCK_BYTES 128

/* The byte of a base block that counts the extension blocks. */
#define EDID_N_EXTENSIONS 126

/* Is this a whole EDID of 1 to max_blocks blocks?  The contents of the blocks are not checked. */
bool edid_is_whole(const unsigned char *edid, size_t size_bytes, unsigned int max_blocks);

/* Write the last byte of a block, so that the sum is 0. */
void edid_seal_block(unsigned char *block);

#endif
