/* SPDX-License-Identifier: MIT */
/*
 * What both ends of the socket and the guest agree on about an EDID: blocks of 128 bytes whose sum
 * is 0, the first of which says how many follow.
 */
#ifndef XENAV_WIRE_EDID_H
#define XENAV_WIRE_EDID_H

#include <stdbool.h>
#include <stddef.h>

#define EDID_BLOCK_BYTES 128

/* Where a base block says how many extension blocks follow. */
#define EDID_N_EXTENSIONS 126

/* Is this a whole EDID of 1 to max_blocks blocks?  What the blocks say is for who reads them. */
bool edid_is_whole(const unsigned char *edid, size_t size_bytes, unsigned int max_blocks);

/* Write the last byte of a block, so that the sum is 0. */
void edid_seal_block(unsigned char *block);

#endif
