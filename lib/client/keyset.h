/* SPDX-License-Identifier: MIT */
/* A set of keys: codes of linux/input-event-codes.h. */
#ifndef XENAV_CLIENT_KEYSET_H
#define XENAV_CLIENT_KEYSET_H

#include <stdbool.h>
#include <stdint.h>

/* No guest has a key with this or a higher code: such keys are in no set. */
#define KEYSET_CODES 768

/* Zeros are the empty set. */
struct keyset {
	uint64_t words[KEYSET_CODES / 64];
};

void keyset_put(struct keyset *set, unsigned int code, bool in);

/* The lowest code, or -1. */
int keyset_first(const struct keyset *set);

/* What is in either, and what is in a and not in b. */
struct keyset keyset_or(const struct keyset *a, const struct keyset *b);
struct keyset keyset_but(const struct keyset *a, const struct keyset *b);

#endif
