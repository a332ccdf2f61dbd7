/* SPDX-License-Identifier: MIT */
/* The verdict of edid-decode --check on the EDIDs that are made of a resolution. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "display/edid.h"
#include "test.h"

static int judge(const uint8_t *edid, size_t size_bytes)
{
	FILE *f = popen("edid-decode --check - >/dev/null 2>&1", "w");

	assert_non_null(f);
	assert_int_equal(fwrite(edid, 1, size_bytes, f), size_bytes);
	return pclose(f);
}

TEST_ALONE(edid_decode_finds_no_fault)
{
	static const uint32_t sizes[][2] = {
		{640, 480},   {800, 600},   {1024, 768},  {1280, 800},    {1366, 768},
		{1920, 1080}, {2560, 1440}, {3840, 2160}, {803, 601},     {1, 1},
		{4095, 2047}, {4096, 2160}, {5120, 2880}, {16384, 16384}, {1, 16384},
		{16384, 1},   {255, 256},   {1, 4095},    {4095, 1},
	};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		const struct edid_monitor monitor = {sizes[i][0], sizes[i][1], 3, 2,
						     i % 2 ? "left" : "thirteen chars"};
		uint8_t edid[EDID_MADE_MAX_BYTES];

		if (judge(edid, edid_make(edid, &monitor)) != 0)
			fail_msg("edid-decode complains of %ux%u", (unsigned)sizes[i][0],
				 (unsigned)sizes[i][1]);
	}
}

TEST_ALONE(edid_decode_would_find_one)
{
	const struct edid_monitor monitor = {800, 600, 3, 2, "left"};
	uint8_t edid[EDID_MADE_MAX_BYTES];
	const size_t n = edid_make(edid, &monitor);

	edid[54] ^= 1;
	assert_int_not_equal(judge(edid, n), 0);
}

int main(void)
{
	if (system("command -v edid-decode >/dev/null") != 0) {
		puts("1..0 # SKIP edid-decode is not installed");
		return 0;
	}
	return test_run(NULL, NULL);
}
