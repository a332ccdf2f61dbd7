/* SPDX-License-Identifier: MIT */
/*
 * What the work costs at least: the same machine with nothing in between.  An echo is another
 * process that answers requests in shared memory as a daemon of twenty lines would: epoll_wait(),
 * read() of an eventfd, a copy of each request and each answer, a wake-up by futex().
 */
#ifndef XENAVD_BENCH_FLOOR_H
#define XENAVD_BENCH_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ECHO_RINGS      16
#define ECHO_SLOTS      32u
#define ECHO_SLOT_BYTES 64u

struct echo_ring {
	uint32_t prod;
	uint32_t answered;
	uint32_t events; /* to wait on */
	uint8_t slots[ECHO_SLOTS][ECHO_SLOT_BYTES];
};

struct echo {
	pid_t pid;
	int fds[ECHO_RINGS];
	struct echo_ring *rings;
};

/* @return 0 or -errno. */
int echo_start(struct echo *echo);
void echo_stop(struct echo *echo);

/* Nanoseconds of a round trip over two eventfds to a process and back: the median of n.  The other
 * process is pinned to a processor, as use_pin() does. */
double floor_ping_pong_ns(int other_cpu, unsigned n);

/* Nanoseconds of a copy of so many bytes from one of two pieces of memory to one of two others in
 * turn, with so long a pause in between, in which others use the caches: the median of n. */
double floor_memcpy_ns(size_t bytes, unsigned n, unsigned pause_ms);

#endif
