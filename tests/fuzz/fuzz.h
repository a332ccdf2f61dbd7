/* SPDX-License-Identifier: MIT */
/*
 * The programs of this folder try malformed input.  With --enable-fuzz they have libFuzzer's
 * main(); else that of replay.c, which tries the inputs in corpus/ and nothing else.
 */
#ifndef XENAVD_FUZZ_H
#define XENAVD_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Try one input. @return 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input that is taken from its beginning on; behind its end are zeros. */
struct input {
	const uint8_t *at;
	size_t left;
};

static inline void input_take(struct input *input, void *to, size_t size)
{
	const size_t n = size < input->left ? size : input->left;

	memset(to, 0, size);
	if (n > 0)
		memcpy(to, input->at, n);
	input->at += n;
	input->left -= n;
}

static inline uint8_t input_byte(struct input *input)
{
	uint8_t byte;

	input_take(input, &byte, sizeof byte);
	return byte;
}

#endif
