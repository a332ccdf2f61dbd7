/* SPDX-License-Identifier: MIT */
/* See pace.h. */
#include <config.h>

#include "input/pace.h"

static uint64_t gap_ns(unsigned n_waiting)
{
	return n_waiting > PACE_MANY ? PACE_FAST_NS : PACE_NS;
}

static void count(struct pace *pace, uint64_t gap, uint64_t now)
{
	const uint64_t n = (now - pace->since_ns) / gap;

	if (n >= pace->n_unread) {
		pace->n_unread = 0;
		pace->since_ns = now;
	} else {
		pace->n_unread -= (unsigned)n;
		pace->since_ns += n * gap;
	}
}

bool pace_allows(struct pace *pace, bool is_read, unsigned n_waiting, uint64_t now)
{
	/* When exactly it was read is not known: time counts from when that is seen. */
	if (is_read && pace->is_read)
		count(pace, gap_ns(n_waiting), now);
	else
		pace->since_ns = now;
	pace->is_read = is_read;
	return pace->n_unread < PACE_BURST;
}

void pace_add(struct pace *pace)
{
	pace->n_unread++;
	pace->is_read = false;
}

uint64_t pace_next_ns(const struct pace *pace, unsigned n_waiting)
{
	return pace->since_ns + gap_ns(n_waiting);
}
