/* SPDX-License-Identifier: MIT */
/* What a daemon uses, of all its processes together, from /proc. */
#ifndef XENAVD_BENCH_USE_H
#define XENAVD_BENCH_USE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct use {
	uint64_t cpu_ns;
	uint64_t switches; /* of context, by its own will or not */
	unsigned processes;
	unsigned threads;
	unsigned fds;
	unsigned kib; /* of memory of its own, not shared with others */
};

/* The process and its descendants. @return how many, at most max. */
unsigned use_processes(pid_t root, pid_t *pids, unsigned max);

/* All their threads. @return how many, at most max. */
unsigned use_tasks(pid_t root, pid_t *tids, unsigned max);

/* What they have used up to now, and have now. */
struct use use_of(pid_t root);

/*
 * Wait until these processes and their descendants have nothing to do: all their threads sleep, and
 * none has run between two looks.  What a thread does for another by waking it is done then.
 *
 * @return whether that came to be within a minute.
 */
bool use_wait_quiet(const pid_t *roots, unsigned n);

/* Processor time of this process, with all its threads. */
uint64_t use_own_cpu_ns(void);

/* Pin all threads of the daemon, or of the calling thread for 0, to a processor; -1: to all. */
void use_pin(pid_t root, int cpu);

#endif
