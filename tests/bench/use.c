/* SPDX-License-Identifier: MIT */
/* See use.h. */
#include <config.h>

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "use.h"

#define PIDS_MAX   256
#define TASKS_MAX  2048
#define QUIET_MS   60000
#define BETWEEN_US 20

/* The entries of a directory whose names are numbers. @return how many. */
static unsigned list_numbers(const char *path, pid_t *numbers, unsigned max)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	unsigned n = 0;

	while (dir && (entry = readdir(dir)) && n < max)
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			numbers[n++] = atoi(entry->d_name);
	if (dir)
		closedir(dir);
	return n;
}

static unsigned tasks_of(pid_t pid, pid_t *tids, unsigned max)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	return list_numbers(path, tids, max);
}

static unsigned children_of(pid_t pid, pid_t tid, pid_t *pids, unsigned max)
{
	char path[64];
	unsigned n = 0;
	FILE *file;
	int child;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)tid);
	file = fopen(path, "re");
	while (file && n < max && fscanf(file, "%d", &child) == 1)
		pids[n++] = child;
	if (file)
		fclose(file);
	return n;
}

unsigned use_processes(pid_t root, pid_t *pids, unsigned max)
{
	pid_t tids[TASKS_MAX];
	unsigned n = 0;

	pids[n++] = root;
	for (unsigned i = 0; i < n; i++) {
		const unsigned n_tids = tasks_of(pids[i], tids, TASKS_MAX);

		for (unsigned k = 0; k < n_tids; k++)
			n += children_of(pids[i], tids[k], pids + n, max - n);
	}
	return n;
}

unsigned use_tasks(pid_t root, pid_t *tids, unsigned max)
{
	pid_t pids[PIDS_MAX];
	const unsigned n_pids = use_processes(root, pids, PIDS_MAX);
	unsigned n = 0;

	for (unsigned i = 0; i < n_pids; i++)
		n += tasks_of(pids[i], tids + n, max - n);
	return n;
}

/* -------- one thread, one process -------- */

static uint64_t cpu_ns_of(pid_t tid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/schedstat", (int)tid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%llu", &ns) != 1)
		ns = 0;
	if (file)
		fclose(file);
	return ns;
}

/* @return whether the thread sleeps. */
static bool look_at(pid_t tid, uint64_t *switches, unsigned *kib)
{
	unsigned long long n;
	char line[128];
	char path[64];
	char state = 'X';
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "State: %c", &state) == 1)
			continue;
		if (kib && sscanf(line, "RssAnon: %llu", &n) == 1)
			*kib += (unsigned)n;
		else if (sscanf(line, "voluntary_ctxt_switches: %llu", &n) == 1 ||
			 sscanf(line, "nonvoluntary_ctxt_switches: %llu", &n) == 1)
			*switches += n;
	}
	if (file)
		fclose(file);
	return state == 'S';
}

static unsigned fds_of(pid_t pid)
{
	pid_t numbers[TASKS_MAX];
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	return list_numbers(path, numbers, TASKS_MAX);
}

struct use use_of(pid_t root)
{
	static pid_t tids[TASKS_MAX];
	pid_t pids[PIDS_MAX];
	struct use use = {.processes = use_processes(root, pids, PIDS_MAX)};
	uint64_t ignored = 0;

	use.threads = use_tasks(root, tids, TASKS_MAX);
	for (unsigned i = 0; i < use.threads; i++) {
		use.cpu_ns += cpu_ns_of(tids[i]);
		look_at(tids[i], &use.switches, NULL);
	}
	for (unsigned i = 0; i < use.processes; i++) {
		use.fds += fds_of(pids[i]);
		look_at(pids[i], &ignored, &use.kib);
	}
	return use;
}

/* -------- quiet -------- */

static bool all_sleep(pid_t root, uint64_t *switches)
{
	static pid_t tids[TASKS_MAX];
	const unsigned n = use_tasks(root, tids, TASKS_MAX);
	bool sleep = n > 0;

	for (unsigned i = 0; i < n; i++)
		sleep = look_at(tids[i], switches, NULL) && sleep;
	return sleep;
}

bool use_wait_quiet(const pid_t *roots, unsigned n)
{
	const uint64_t until = now_ns() + QUIET_MS * NS_PER_MS;
	uint64_t before = UINT64_MAX;

	do {
		uint64_t switches = 0;
		bool sleep = true;

		for (unsigned i = 0; i < n; i++)
			sleep = (roots[i] <= 0 || all_sleep(roots[i], &switches)) && sleep;
		if (sleep && switches == before)
			return true;
		before = sleep ? switches : UINT64_MAX;
		usleep(BETWEEN_US);
	} while (now_ns() < until);
	return false;
}

/* -------- this process -------- */

uint64_t use_own_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

void use_pin(pid_t root, int cpu)
{
	static pid_t tids[TASKS_MAX];
	const unsigned n = root ? use_tasks(root, tids, TASKS_MAX) : 1;
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (cpu < 0 || i == (unsigned)cpu)
			CPU_SET(i, &set);
	if (!root)
		tids[0] = 0;
	for (unsigned i = 0; i < n; i++)
		sched_setaffinity(tids[i], sizeof set, &set);
}
