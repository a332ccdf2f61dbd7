/* SPDX-License-Identifier: MIT */
/* See progress-rig.h. */
#include <config.h>

#include <string.h>

#include "progress-rig.h"

struct progress p;
uint64_t now;

int setup(void **)
{
	now = 5 * NS_PER_SEC + 123;
	memset(&p, 0, sizeof p);
	progress_open(&p, RATE, BUFFER);
	return 0;
}

uint64_t furthest(void)
{
	const uint64_t since_ns = now - p.started_ns;

	return p.started_frames + (since_ns + since_ns / 8) / MS * (RATE / 1000) +
	       (since_ns + since_ns / 8) % MS * (RATE / 1000) / MS + BUFFER;
}

void claim_and_start(void)
{
	progress_claim(&p, true, now);
	progress_start(&p, now);
}

void tick_for(uint64_t ns, uint64_t step_ns)
{
	uint64_t until = now + ns;

	while (now < until) {
		now += until - now < step_ns ? until - now : step_ns;
		progress_tick(&p, now);
	}
}
