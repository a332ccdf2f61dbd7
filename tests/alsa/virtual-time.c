/* SPDX-License-Identifier: MIT */
/* See virtual-time.h. */
#include <config.h>

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "virtual-time.h"

uint64_t virtual_ns;

int clock_gettime(clockid_t id, struct timespec *t)
{
	if (id != CLOCK_MONOTONIC || virtual_ns == 0)
		return (int)syscall(SYS_clock_gettime, id, t);
	t->tv_sec = (time_t)(virtual_ns / 1000000000u);
	t->tv_nsec = (long)(virtual_ns % 1000000000u);
	return 0;
}
