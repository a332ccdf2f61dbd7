/* SPDX-License-Identifier: MIT */
/* See calls.h. */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "use.h"

#define TIDS_MAX  1024
#define NUMBERS   1024
#define SYSGOOD   (SIGTRAP | 0x80)
#define OPTIONS   (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK)
#define NUDGE     SIGUSR2
#define NUDGE_US  500
#define HELD_US   50
#define STOP_SIGS ((1u << SIGSTOP) | (1u << SIGTSTP) | (1u << SIGTTIN) | (1u << SIGTTOU))

static pthread_t thread;
static sem_t started;
static int start_rc;
static pid_t root_pid;
static atomic_bool stopping, stopped, holding;
static _Atomic uint64_t counts[NUMBERS];
static pid_t tids[TIDS_MAX];
static unsigned n_tids;

/* -------- who is traced -------- */

static bool knows(pid_t tid)
{
	for (unsigned i = 0; i < n_tids; i++)
		if (tids[i] == tid)
			return true;
	return false;
}

static void add(pid_t tid)
{
	if (!knows(tid) && n_tids < TIDS_MAX)
		tids[n_tids++] = tid;
}

static void drop(pid_t tid)
{
	for (unsigned i = 0; i < n_tids; i++)
		if (tids[i] == tid)
			tids[i--] = tids[--n_tids];
}

static int seize_all(void)
{
	static pid_t found[TIDS_MAX];
	const unsigned n = use_tasks(root_pid, found, TIDS_MAX);

	for (unsigned i = 0; i < n; i++) {
		if (ptrace(PTRACE_SEIZE, found[i], 0, OPTIONS) < 0)
			return -errno;
		add(found[i]);
		/* Only a thread that was stopped once is resumed so that it stops at calls. */
		if (ptrace(PTRACE_INTERRUPT, found[i], 0, 0) < 0)
			return -errno;
	}
	return n > 0 ? 0 : -ESRCH;
}

/* -------- stops -------- */

static bool is_group_stop(int status)
{
	return status >> 16 == PTRACE_EVENT_STOP && (STOP_SIGS >> WSTOPSIG(status) & 1u);
}

/* @return the signal that is about to be delivered, or 0. */
static int signal_of(int status)
{
	if (status >> 16 != 0 || WSTOPSIG(status) == SYSGOOD)
		return 0;
	return WSTOPSIG(status);
}

static void count(pid_t tid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr < NUMBERS)
		counts[info.entry.nr]++;
}

static void serve(pid_t tid, int status)
{
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		drop(tid);
		return;
	}
	add(tid);
	if (WSTOPSIG(status) == SYSGOOD)
		count(tid);
	while (holding && !stopping)
		usleep(HELD_US);
	if (is_group_stop(status))
		ptrace(PTRACE_LISTEN, tid, 0, 0);
	else
		ptrace(PTRACE_SYSCALL, tid, 0, (long)signal_of(status));
}

/* A thread is detached from where it stands still. */
static void let_go_all(void)
{
	for (unsigned i = 0; i < n_tids; i++)
		ptrace(PTRACE_INTERRUPT, tids[i], 0, 0);
	while (n_tids > 0) {
		int status;
		const pid_t tid = waitpid(-1, &status, __WALL | __WNOTHREAD);

		if (tid < 0 && errno != EINTR)
			return;
		if (tid > 0 && WIFSTOPPED(status))
			ptrace(PTRACE_DETACH, tid, 0, (long)signal_of(status));
		if (tid > 0)
			drop(tid);
	}
}

static void *run(void *)
{
	n_tids = 0;
	start_rc = seize_all();
	sem_post(&started);
	while (!stopping && start_rc == 0) {
		int status;
		const pid_t tid = waitpid(-1, &status, __WALL | __WNOTHREAD);

		if (tid > 0)
			serve(tid, status);
		else if (tid < 0 && errno != EINTR)
			break;
	}
	let_go_all();
	stopped = true;
	return NULL;
}

/* -------- for others -------- */

static void nudged(int)
{
}

int calls_start(pid_t root)
{
	const struct sigaction action = {.sa_handler = nudged};
	int rc;

	sigaction(NUDGE, &action, NULL);
	for (unsigned i = 0; i < NUMBERS; i++)
		counts[i] = 0;
	root_pid = root;
	stopping = stopped = holding = false;
	sem_init(&started, 0, 0);
	rc = -pthread_create(&thread, NULL, run, NULL);
	if (rc < 0)
		return rc;
	while (sem_wait(&started) < 0)
		;
	if (start_rc < 0)
		pthread_join(thread, NULL);
	return start_rc;
}

void calls_stop(void)
{
	stopping = true;
	while (!stopped) {
		pthread_kill(thread, NUDGE);
		usleep(NUDGE_US);
	}
	pthread_join(thread, NULL);
}

uint64_t calls_count(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < NUMBERS; i++)
		if (i != SYS_futex && i != SYS_clock_gettime)
			sum += counts[i];
	return sum;
}

uint64_t calls_count_futex(void)
{
	return counts[SYS_futex];
}

void calls_hold(bool held)
{
	holding = held;
}

void calls_print(void)
{
	bool shown[NUMBERS] = {false};

	for (;;) {
		unsigned most = NUMBERS;

		for (unsigned i = 0; i < NUMBERS; i++)
			if (!shown[i] && counts[i] > 0 &&
			    (most == NUMBERS || counts[i] > counts[most]))
				most = i;
		if (most == NUMBERS)
			return;
		shown[most] = true;
		fprintf(stderr, "# system call %3u: %llu times\n", most,
			(unsigned long long)counts[most]);
	}
}
