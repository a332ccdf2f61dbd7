/* SPDX-License-Identifier: MIT */
/* See edid.h. */
#include <config.h>

#include <string.h>

#include "wire/edid.h"

static unsigned int sum(const unsigned char *bytes, size_t n)
{
	unsigned int total = 0;

	for (size_t i = 0; i < n; i++)
		total += bytes[i];
	return total & 0xff;
}

bool edid_is_whole(const unsigned char *edid, size_t size_bytes, unsigned int max_blocks)
{
	static const unsigned char header[8] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
	const size_t n = size_bytes / EDID_BLOCK_BYTES;

	if (size_bytes % EDID_BLOCK_BYTES != 0 || n < 1 || n > max_blocks)
		return false;
	if (memcmp(edid, header, sizeof header) != 0 || edid[EDID_N_EXTENSIONS] != n - 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (sum(edid + i * EDID_BLOCK_BYTES, EDID_BLOCK_BYTES) != 0)
			return false;
	return true;
}

void edid_seal_block(unsigned char *block)
{
	block[EDID_BLOCK_BYTES - 1] = (unsigned char)(0u - sum(block, EDID_BLOCK_BYTES - 1));
}
