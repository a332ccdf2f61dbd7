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

#define TIDS_MAX 1024
#define NUMBERS  1024
#define SYSGOOD  (SIGTRAP | 0x80)
#define OPTIONS  (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK)
#define NUDGE    SIGUSR2
#define NUDGE_US 500
#define HELD_US  50
#define RANGES   8

#define SIGNALS_MAX 8
#define STOP_SIGS   ((1u << SIGSTOP) | (1u << SIGTSTP) | (1u << SIGTTIN) | (1u << SIGTTOU))

static pthread_t thread;
static sem_t started;
static int start_rc;
static pid_t root_pid;
static atomic_bool stopping, stopped, holding;
static _Atomic uint64_t counts[NUMBERS];
static pid_t tids[TIDS_MAX];
static unsigned n_tids;

static bool stepping;
static _Atomic uint64_t instructions;
static struct range {
	unsigned long long start, end;
} ours[RANGES];
static unsigned n_ours;

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

/* Where the code is that the bench has preloaded: on Xen there is none of it. */
static void find_ours(void)
{
	char line[512];
	FILE *file;

	snprintf(line, sizeof line, "/proc/%d/maps", (int)root_pid);
	file = fopen(line, "re");
	n_ours = 0;
	while (file && n_ours < RANGES && fgets(line, sizeof line, file)) {
		struct range *range = &ours[n_ours];

		if ((strstr(line, "/libfakexen") || strstr(line, "/libcountalloc")) &&
		    sscanf(line, "%llx-%llx", &range->start, &range->end) == 2)
			n_ours++;
	}
	if (file)
		fclose(file);
}

/* -------- stops -------- */

static bool is_group_stop(int status)
{
	return status >> 16 == PTRACE_EVENT_STOP && (STOP_SIGS >> WSTOPSIG(status) & 1u);
}

static bool is_step(int status)
{
	return stepping && status >> 16 == 0 && WSTOPSIG(status) == SIGTRAP;
}

/* @return the signal that is about to be delivered, or 0. */
static int signal_of(int status)
{
	if (status >> 16 != 0 || WSTOPSIG(status) == SYSGOOD || is_step(status))
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

/* The thread stands before an instruction.  One that repeats itself is one, as for a profiler. */
static void count_instruction(pid_t tid)
{
	static unsigned long long last;
	struct __ptrace_syscall_info info;
	unsigned long long here;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0)
		return;
	here = info.instruction_pointer;
	for (unsigned i = 0; i < n_ours; i++)
		if (here >= ours[i].start && here < ours[i].end)
			return;
	if (here != last)
		instructions++;
	last = here;
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
	else if (is_step(status))
		count_instruction(tid);
	while (holding && !stopping)
		usleep(HELD_US);
	if (is_group_stop(status))
		ptrace(PTRACE_LISTEN, tid, 0, 0);
	else
		ptrace(stepping ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, tid, 0,
		       (long)signal_of(status));
}

/* With a step's signal on its way, which would end a process that nobody traces. */
static bool has_step_left(pid_t tid)
{
	struct __ptrace_peeksiginfo_args args = {.nr = SIGNALS_MAX};
	siginfo_t infos[SIGNALS_MAX];
	const long n = ptrace(PTRACE_PEEKSIGINFO, tid, &args, infos);

	for (long i = 0; i < n; i++)
		if (infos[i].si_signo == SIGTRAP)
			return true;
	return false;
}

/* A thread is detached from where it stands still.  @return whether it was. */
static bool let_go(pid_t tid, int status)
{
	if (stepping && has_step_left(tid)) {
		ptrace(PTRACE_CONT, tid, 0, (long)signal_of(status));
		return false;
	}
	ptrace(PTRACE_DETACH, tid, 0, (long)signal_of(status));
	return true;
}

static void let_go_all(void)
{
	for (unsigned i = 0; i < n_tids; i++)
		ptrace(PTRACE_INTERRUPT, tids[i], 0, 0);
	while (n_tids > 0) {
		int status;
		const pid_t tid = waitpid(-1, &status, __WALL | __WNOTHREAD);

		if (tid < 0 && errno != EINTR)
			return;
		if (tid > 0 && (!WIFSTOPPED(status) || let_go(tid, status)))
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

int calls_start(pid_t root, bool step)
{
	const struct sigaction action = {.sa_handler = nudged};
	int rc;

	sigaction(NUDGE, &action, NULL);
	for (unsigned i = 0; i < NUMBERS; i++)
		counts[i] = 0;
	root_pid = root;
	stepping = step;
	instructions = 0;
	find_ours();
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

uint64_t calls_instructions(void)
{
	return instructions;
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
