/* SPDX-License-Identifier: MIT */
/* Monotonic time in nanoseconds, and its conversion for the event loop. */
#ifndef XENAVD_CLOCK_H
#define XENAVD_CLOCK_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define NS_PER_SEC 1000000000ull
#define NS_PER_MS  1000000ull

static inline uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Rounds up, so that a timer is never early. */
static inline struct timeval timeval_of_ns(uint64_t ns)
{
	const uint64_t us = (ns + 999) / 1000;

	return (struct timeval){
		.tv_sec = (time_t)(us / 1000000),
		.tv_usec = (suseconds_t)(us % 1000000),
	};
}

#endif
