/* SPDX-License-Identifier: MIT */
/* See clock.h. */
#include <config.h>

#include <time.h>

#include "client/clock.h"

#define NS_PER_SEC 1000000000u

uint64_t clock_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t clock_frames(uint64_t time_ns, uint32_t rate_hz)
{
	return time_ns / NS_PER_SEC * rate_hz + time_ns % NS_PER_SEC * rate_hz / NS_PER_SEC;
}
