/* SPDX-License-Identifier: MIT */
/* See pending.h. */
#include <config.h>

#include "base/clock.h"
#include "device/pending.h"

/* A state that could not be written is written again after this time, then after twice that
 * time. */
#define RETRY_NS        (50 * NS_PER_MS)
#define RETRY_MAX_SHIFT 7

void pending_begin(struct pending *pending, int state, int be_state)
{
	pending->state = state;
	pending->before = be_state;
}

int pending_note(struct pending *pending, int be_state, uint64_t now_ns)
{
	const int state = pending->state;
	unsigned shift = pending->failures;

	pending->state = 0;
	if (state == 0)
		return 0;
	if (pending->before != state && be_state == pending->before) {
		if (shift > RETRY_MAX_SHIFT)
			shift = RETRY_MAX_SHIFT;
		pending->failures++;
		pending->retry_ns = now_ns + (RETRY_NS << shift);
		return 0;
	}
	pending_hurry(pending);
	return state;
}

bool pending_must_wait(const struct pending *pending, int be_state, uint64_t now_ns)
{
	return now_ns < pending->retry_ns && be_state == pending->before;
}

void pending_hurry(struct pending *pending)
{
	pending->failures = 0;
	pending->retry_ns = 0;
}
