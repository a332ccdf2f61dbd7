/* SPDX-License-Identifier: MIT */
/* How a lab looks at its xenavd, see lab.h: at its resources, its log and its status. */
#include <config.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab.h"
#include "machine.h"

#define STATUS_MS 60000

static unsigned count_dir(pid_t pid, const char *name)
{
	char path[64];
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	dir = opendir(path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n < 2 ? 0 : n - 2;
}

static unsigned anonymous_kib(pid_t pid)
{
	char path[64];
	char line[128];
	unsigned kib = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "RssAnon: %u", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

struct lab_use lab_use(const struct lab *lab)
{
	return (struct lab_use){
		.fds = count_dir(lab->xenavd, "fd"),
		.threads = count_dir(lab->xenavd, "task"),
		.maps = machine_mapped_by(lab->xenavd),
		.ports = machine_ports_of_process(lab->xenavd),
		.supplied = machine_allocated_by(lab->xenavd),
		.kib = anonymous_kib(lab->xenavd),
	};
}

bool lab_grew_less(const struct lab *lab, const struct lab_use *before, unsigned kib)
{
	unsigned now = lab_use(lab).kib;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#endif
	if (now <= before->kib + kib)
		return true;
	fprintf(stderr, "# lab: xenavd has grown from %u KiB to %u\n", before->kib, now);
	return false;
}

static void list_descriptors(pid_t pid)
{
	char path[64];
	char target[128];

	for (unsigned fd = 0; fd < 64; fd++) {
		ssize_t n;

		snprintf(path, sizeof path, "/proc/%d/fd/%u", (int)pid, fd);
		n = readlink(path, target, sizeof target);
		if (n >= 0)
			fprintf(stderr, "# %u -> %.*s\n", fd, (int)n, target);
	}
}

bool lab_settles(const struct lab *lab, const struct lab_use *use, unsigned timeout_ms)
{
	uint64_t until = now_ns() + timeout_ms * NS_PER_MS;
	struct lab_use now;

	do {
		now = lab_use(lab);
		if (now.fds <= use->fds && now.threads <= use->threads && now.maps <= use->maps &&
		    now.ports <= use->ports && now.supplied <= use->supplied)
			return true;
		usleep(5000);
	} while (now_ns() < until);
	fprintf(stderr,
		"# lab: xenavd uses %u descriptors, %u threads, %u pages, %u ports, %u pages of "
		"its own; it should be %u, %u, %u, %u, %u\n",
		now.fds, now.threads, now.maps, now.ports, now.supplied, use->fds, use->threads,
		use->maps, use->ports, use->supplied);
	if (now.fds > use->fds)
		list_descriptors(lab->xenavd);
	return false;
}

static FILE *open_log(const struct lab *lab)
{
	char path[96];

	snprintf(path, sizeof path, "%s/xenavd.log", lab->dir);
	return fopen(path, "re");
}

bool lab_log_has(const struct lab *lab, const char *text)
{
	FILE *file = open_log(lab);
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof line, file))
		found = strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return found;
}

unsigned lab_log_lines(const struct lab *lab)
{
	FILE *file = open_log(lab);
	unsigned n = 0;

	for (int c = file ? getc(file) : EOF; c != EOF; c = getc(file))
		n += c == '\n';
	if (file)
		fclose(file);
	return n;
}

/* The value of " name=" in a line, or -1. */
static long long value_in(const char *line, const char *name)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof key, " %s=", name);
	at = strstr(line, key);
	return at ? strtoll(at + strlen(key), NULL, 10) : -1;
}

/* @return how many times the status has been told; *value is of the last time. */
static unsigned read_status(const struct lab *lab, const char *text, const char *name,
			    long long *value)
{
	FILE *file = open_log(lab);
	char line[512];
	long long found = -1;
	unsigned n = 0;

	while (file && fgets(line, sizeof line, file)) {
		if (strncmp(line, "status: ", 8) != 0)
			continue;
		if (strstr(line, text))
			found = value_in(line, name);
		if (strcmp(line, "status: end\n") != 0)
			continue;
		*value = found;
		found = -1;
		n++;
	}
	if (file)
		fclose(file);
	return n;
}

long long lab_status(const struct lab *lab, const char *text, const char *name)
{
	uint64_t until = now_ns() + STATUS_MS * NS_PER_MS;
	long long value = -1;
	unsigned before = read_status(lab, text, name, &value);

	kill(lab->xenavd, SIGUSR1);
	while (read_status(lab, text, name, &value) == before && now_ns() < until)
		usleep(1000);
	return value;
}
