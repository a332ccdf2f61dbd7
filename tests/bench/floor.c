/* SPDX-License-Identifier: MIT */
/* See floor.h. */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "floor.h"
#include "table.h"
#include "use.h"

#define SAMPLES_MAX 4096

static double samples[SAMPLES_MAX];

/* -------- echo -------- */

static void answer(struct echo_ring *ring)
{
	const uint32_t prod = __atomic_load_n(&ring->prod, __ATOMIC_ACQUIRE);
	uint32_t done = ring->answered;

	for (; done != prod; done++) {
		uint8_t request[ECHO_SLOT_BYTES];
		uint8_t response[ECHO_SLOT_BYTES] = {0};

		memcpy(request, ring->slots[done % ECHO_SLOTS], sizeof request);
		memcpy(response, request, 4);
		memcpy(ring->slots[done % ECHO_SLOTS], response, sizeof response);
	}
	__atomic_store_n(&ring->answered, done, __ATOMIC_RELEASE);
	__atomic_add_fetch(&ring->events, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &ring->events, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void serve(const struct echo *echo)
{
	const int epoll = epoll_create1(EPOLL_CLOEXEC);

	for (unsigned i = 0; i < ECHO_RINGS; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		epoll_ctl(epoll, EPOLL_CTL_ADD, echo->fds[i], &event);
	}
	for (;;) {
		struct epoll_event events[ECHO_RINGS];
		const int n = epoll_wait(epoll, events, ECHO_RINGS, -1);

		for (int i = 0; i < n; i++) {
			uint64_t count;

			if (read(echo->fds[events[i].data.u32], &count, sizeof count) < 0)
				continue;
			answer(&echo->rings[events[i].data.u32]);
		}
	}
}

int echo_start(struct echo *echo)
{
	memset(echo, 0, sizeof *echo);
	echo->rings = mmap(NULL, ECHO_RINGS * sizeof *echo->rings, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (echo->rings == MAP_FAILED)
		return -errno;
	for (unsigned i = 0; i < ECHO_RINGS; i++)
		echo->fds[i] = eventfd(0, EFD_CLOEXEC);
	echo->pid = fork();
	if (echo->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(echo);
	}
	return echo->pid < 0 ? -errno : 0;
}

void echo_stop(struct echo *echo)
{
	if (echo->pid > 0) {
		kill(echo->pid, SIGKILL);
		waitpid(echo->pid, NULL, 0);
	}
	for (unsigned i = 0; i < ECHO_RINGS; i++)
		close(echo->fds[i]);
	munmap(echo->rings, ECHO_RINGS * sizeof *echo->rings);
}

/* -------- a round trip, a copy -------- */

double floor_ping_pong_ns(int other_cpu, unsigned n)
{
	const int there = eventfd(0, EFD_CLOEXEC);
	const int back = eventfd(0, EFD_CLOEXEC);
	uint64_t count = 1;
	const pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		use_pin(0, other_cpu);
		while (read(there, &count, sizeof count) == sizeof count)
			if (write(back, &count, sizeof count) < 0)
				break;
		_exit(0);
	}
	for (unsigned i = 0; i < n && i < SAMPLES_MAX; i++) {
		const uint64_t start = now_ns();

		if (write(there, &count, sizeof count) < 0 || read(back, &count, sizeof count) < 0)
			break;
		samples[i] = (double)(now_ns() - start);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(there);
	close(back);
	return table_percentile(samples, n < SAMPLES_MAX ? n : SAMPLES_MAX, 50);
}

static uint8_t *map(size_t bytes)
{
	uint8_t *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return at == MAP_FAILED ? NULL : memset(at, 1, bytes);
}

double floor_memcpy_ns(size_t bytes, unsigned n, unsigned pause_ms)
{
	uint8_t *places[4];
	bool mapped = true;

	for (unsigned i = 0; i < 4; i++) {
		places[i] = map(bytes);
		mapped = mapped && places[i];
	}
	for (unsigned i = 0; i < n && i < SAMPLES_MAX && mapped; i++) {
		uint64_t start;

		usleep(pause_ms * 1000);
		start = now_ns();
		memcpy(places[2 + i % 2], places[i % 2], bytes);
		__asm__ volatile("" ::: "memory");
		samples[i] = (double)(now_ns() - start);
	}
	for (unsigned i = 0; i < 4; i++)
		if (places[i])
			munmap(places[i], bytes);
	return mapped ? table_percentile(samples, n, 50) : 0;
}
