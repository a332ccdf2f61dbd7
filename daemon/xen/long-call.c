/* SPDX-License-Identifier: MIT */
/* See long-call.h. */
#include <config.h>

#include <stdatomic.h>

#include "xen/long-call.h"

/* Odd during a call. */
static atomic_uint n_turns;

void long_call_begins(void)
{
	atomic_fetch_add(&n_turns, 1);
}

void long_call_ended(void)
{
	atomic_fetch_add(&n_turns, 1);
}

unsigned long_call_now(void)
{
	const unsigned n = atomic_load(&n_turns);

	return n % 2 == 1 ? n : 0;
}
