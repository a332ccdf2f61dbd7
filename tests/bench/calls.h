/* SPDX-License-Identifier: MIT */
/*
 * Counts the system calls of a daemon, of all its threads and child processes, by ptrace().  That
 * needs no privilege, because the daemon is a child of this process.  Tracing is done by a thread
 * of its own; nobody may wait for the daemon's end between calls_start() and calls_stop().
 */
#ifndef XENAVD_BENCH_CALLS_H
#define XENAVD_BENCH_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Trace the process and its descendants; with step, instruction by instruction: then instructions
 * are counted, and no system calls.
 *
 * @return 0, or -errno: -EPERM where tracing is forbidden.
 */
int calls_start(pid_t root, bool step);

/* Let all of them go. */
void calls_stop(void);

/* System calls begun since calls_start(), without futex(): how often a lock is waited for depends
 * on chance. */
uint64_t calls_count(void);

/* How often futex() was called. */
uint64_t calls_count_futex(void);

/* Instructions of the program and of its libraries, but not of what the bench has preloaded. */
uint64_t calls_instructions(void);

/*
 * While held, a thread that comes back from a system call or makes one stands still: what happens
 * meanwhile is seen by the daemon at once, when it is let go.
 */
void calls_hold(bool held);

/* Print the system calls by number, most frequent first, to stderr. */
void calls_print(void);

#endif
