/* SPDX-License-Identifier: MIT */
/* See keyset.h. */
#include <config.h>

#include <stddef.h>

#include "client/keyset.h"

#define WORDS (sizeof((struct keyset *)NULL)->words / sizeof(uint64_t))

void keyset_put(struct keyset *set, unsigned int code, bool in)
{
	const uint64_t bit = (uint64_t)1 << code % 64;

	if (code >= KEYSET_CODES)
		return;
	if (in)
		set->words[code / 64] |= bit;
	else
		set->words[code / 64] &= ~bit;
}

int keyset_first(const struct keyset *set)
{
	for (size_t i = 0; i < WORDS; i++)
		if (set->words[i])
			return (int)(i * 64) + __builtin_ctzll(set->words[i]);
	return -1;
}

struct keyset keyset_or(const struct keyset *a, const struct keyset *b)
{
	struct keyset both;

	for (size_t i = 0; i < WORDS; i++)
		both.words[i] = a->words[i] | b->words[i];
	return both;
}

struct keyset keyset_but(const struct keyset *a, const struct keyset *b)
{
	struct keyset rest;

	for (size_t i = 0; i < WORDS; i++)
		rest.words[i] = a->words[i] & ~b->words[i];
	return rest;
}
