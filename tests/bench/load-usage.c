/* SPDX-License-Identifier: MIT */
/* What processes use, from /proc: see load.h. */
#include <config.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "load.h"

static uint64_t cpu_ns(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The number in the line of a file of /proc that begins with that key, or 0. */
static uint64_t number_in(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	char line[128];
	uint64_t n = 0;

	while (file && n == 0 && fgets(line, sizeof line, file))
		if (strncmp(line, key, strlen(key)) == 0)
			n = strtoull(line + strlen(key), NULL, 10);
	if (file)
		fclose(file);
	return n;
}

static uint64_t switches(pid_t pid)
{
	const struct dirent *entry;
	char path[320];
	uint64_t sum = 0;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid, entry->d_name);
		if (entry->d_name[0] != '.')
			sum += number_in(path, "voluntary_ctxt_switches:");
	}
	if (dir)
		closedir(dir);
	return sum;
}

struct load_usage load_usage(const struct load_audience *a)
{
	return (struct load_usage){
		.at_ns = now_ns(),
		.xenavd_ns = cpu_ns(lab.xenavd),
		.xenstored_ns = cpu_ns(lab.xenstored),
		.consumers_ns = a ? cpu_ns(a->pid) : 0,
		.guests_ns = cpu_ns(getpid()),
		.switches = switches(lab.xenavd),
	};
}

double load_percent(uint64_t ns, const struct load_usage *from, const struct load_usage *to)
{
	return 100.0 * (double)ns / (double)(to->at_ns - from->at_ns);
}

unsigned load_memory_kib(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/status", (int)lab.xenavd);
	return (unsigned)number_in(path, "RssAnon:");
}
