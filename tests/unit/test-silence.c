/* SPDX-License-Identifier: MIT */
/* The run of silence, against a map of every byte. */
#include <config.h>

#include <string.h>

#include "sound/silence.h"
#include "test.h"

#define SIZE 13

static struct silence silence;

TEST_ALONE(there_is_none_in_the_beginning)
{
	silence_init(&silence, SIZE);
	for (uint32_t at = 0; at < SIZE; at++)
		for (uint32_t n = 1; n <= SIZE - at; n++)
			assert_false(silence_covers(&silence, at, n));
}

TEST_ALONE(a_round_covers_everything)
{
	for (uint32_t start = 0; start < SIZE; start++) {
		silence_init(&silence, SIZE);
		for (uint32_t i = 0; i < SIZE; i++) {
			assert_false(silence_covers(&silence, 0, SIZE));
			silence_add(&silence, (start + i) % SIZE, 1);
		}
		for (uint32_t at = 0; at < SIZE; at++)
			assert_true(silence_covers(&silence, at, SIZE - at));
	}
}

TEST_ALONE(what_goes_round_is_one_run)
{
	silence_init(&silence, SIZE);
	silence_add(&silence, 10, 3);
	silence_add(&silence, 0, 4);
	assert_true(silence_covers(&silence, 10, 3));
	assert_true(silence_covers(&silence, 0, 4));
	assert_true(silence_covers(&silence, 2, 2));
	assert_false(silence_covers(&silence, 2, 3));
	assert_false(silence_covers(&silence, 9, 2));
	assert_false(silence_covers(&silence, 4, 1));
}

/* The run may forget silence, but never claims silence that was not written. */
TEST_ALONE(no_byte_is_taken_for_silent_that_is_not)
{
	uint32_t dice = 1;
	unsigned kept = 0;
	bool map[SIZE] = {0};

	silence_init(&silence, SIZE);
	for (unsigned i = 0; i < 200000; i++) {
		uint32_t at, n;

		dice = dice * 1664525 + 1013904223;
		at = (dice >> 8) % SIZE;
		n = 1 + (dice >> 16) % (SIZE - at);
		if (i % 50 == 0) {
			silence_init(&silence, SIZE);
			memset(map, 0, sizeof map);
		}
		if (dice >> 31) {
			silence_add(&silence, at, n);
			memset(map + at, true, n);
			assert_true(silence_covers(&silence, at, n));
		} else if (silence_covers(&silence, at, n)) {
			kept++;
			for (uint32_t b = at; b < at + n; b++)
				assert_true(map[b]);
		}
	}
	assert_true(kept > 10000);
}
