/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a daemon whose work is counted: the clock of a thread's processor time stands
 * still.  The daemon ends a consumer's turn after some microseconds of it, so a fast processor
 * would do in one turn, and with one system call more or less, what a slow or traced one does in
 * two.  Turns end by their other limits, which are numbers.
 */
#include <config.h>

#include <dlfcn.h>
#include <time.h>

typedef int (*get_time)(clockid_t id, struct timespec *ts);

int clock_gettime(clockid_t id, struct timespec *ts)
{
	static get_time next;

	if (id == CLOCK_THREAD_CPUTIME_ID) {
		*ts = (struct timespec){0};
		return 0;
	}
	if (!next)
		next = (get_time)dlsym(RTLD_NEXT, "clock_gettime");
	return next(id, ts);
}
