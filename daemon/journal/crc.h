/* SPDX-License-Identifier: MIT */
/* CRC-32 as in zlib and Ethernet: it finds every error of three bits in a record, and any burst of
 * up to 32. */
#ifndef XENAVD_CRC_H
#define XENAVD_CRC_H

#include <stddef.h>
#include <stdint.h>

/* @param crc 0, or the result for the bytes before these */
uint32_t crc32_add(uint32_t crc, const void *bytes, size_t n);

#endif
