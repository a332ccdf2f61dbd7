/* SPDX-License-Identifier: MIT */
/* See crc.h.  Eight bytes at a time: records are written while guests wait. */
#include <config.h>

#include <endian.h>
#include <string.h>

#include "journal/crc.h"

/* tables[k][b]: what byte b does to the remainder, k bytes before the end of eight. */
static uint32_t tables[8][256];

static void __attribute__((constructor)) fill_tables(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
		tables[0][b] = crc;
	}
	for (unsigned k = 1; k < 8; k++)
		for (uint32_t b = 0; b < 256; b++)
			tables[k][b] = tables[k - 1][b] >> 8 ^ tables[0][tables[k - 1][b] & 255];
}

static uint32_t add_eight(uint32_t crc, const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	word = le64toh(word) ^ crc;
	crc = 0;
	for (unsigned i = 0; i < 8; i++)
		crc ^= tables[7 - i][word >> 8 * i & 255];
	return crc;
}

uint32_t crc32_add(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	crc = ~crc;
	for (; n >= 8; n -= 8, p += 8)
		crc = add_eight(crc, p);
	while (n-- > 0)
		crc = crc >> 8 ^ tables[0][(crc ^ *p++) & 255];
	return ~crc;
}
