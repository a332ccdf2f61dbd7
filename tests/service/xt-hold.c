/* SPDX-License-Identifier: MIT */
/*
 * xt-hold PID NAME: keeps the oldest thread of that name from running, as a debugger does, until
 * the process has been killed.  Says "held" when the thread stands still.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>

static int has_name(const char *pid, const char *tid, const char *name)
{
	char path[96], line[32] = "";
	FILE *file;

	snprintf(path, sizeof path, "/proc/%.16s/task/%.16s/comm", pid, tid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(line, sizeof line, file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return strcmp(line, name) == 0;
}

/* @return 0 if there is none. */
static pid_t find(const char *pid, const char *name)
{
	struct dirent *entry;
	pid_t tid, found = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%.16s/task", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		tid = (pid_t)atoi(entry->d_name);
		if (tid > 0 && (found == 0 || tid < found) && has_name(pid, entry->d_name, name))
			found = tid;
	}
	closedir(dir);
	return found;
}

int main(int argc, char **argv)
{
	int status = 0;
	pid_t thread;

	if (argc != 3) {
		fprintf(stderr, "usage: xt-hold PID NAME\n");
		return 64;
	}
	thread = find(argv[1], argv[2]);
	if (thread == 0) {
		fprintf(stderr, "xt-hold: process %s has no thread %s\n", argv[1], argv[2]);
		return 1;
	}
	if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) < 0) {
		perror("xt-hold: ptrace");
		return 1;
	}
	if (waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status)) {
		fprintf(stderr, "xt-hold: thread %d does not stop\n", (int)thread);
		return 1;
	}
	printf("held\n");
	fflush(stdout);
	/* Nobody sees the end of the process before the one who traces its thread has. */
	while (waitpid(thread, &status, __WALL) == thread)
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return 0;
	perror("xt-hold: waitpid");
	return 1;
}
