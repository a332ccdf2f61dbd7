/* SPDX-License-Identifier: MIT */
/*
 * xt-agent: runs shell scripts in the test guest for xt-guest in dom0, over the guest's console.
 * It is the guest's PID 1 after init has loaded the modules, so it also reaps all processes.
 */
#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX 256

struct job {
	uint32_t id;
	uint32_t chunks;
	pid_t pid;
	bool started;
	bool done;
	uint32_t rc;
};

static struct job jobs[JOBS_MAX];
static size_t n_jobs;

static struct job *find_job(uint32_t id)
{
	for (size_t i = 0; i < n_jobs; i++)
		if (jobs[i].id == id)
			return &jobs[i];
	return NULL;
}

static void job_path(char path[64], uint32_t id, const char *kind)
{
	snprintf(path, 64, "/tmp/job-%08x.%s", (unsigned int)id, kind);
}

static struct job *append_script(const struct xt_line *line)
{
	struct job *job = find_job(line->id);
	char path[64];
	FILE *file;

	if (job == NULL) {
		if (n_jobs == JOBS_MAX || line->number != 0)
			return NULL;
		job = &jobs[n_jobs++];
		*job = (struct job){.id = line->id};
	}
	if (line->number != job->chunks || job->started)
		return job;
	job_path(path, job->id, "sh");
	file = fopen(path, "a");
	if (file == NULL)
		return NULL;
	if (fwrite(line->data, 1, line->length, file) == line->length)
		job->chunks++;
	fclose(file);
	return job;
}

static void run_script(const struct job *job)
{
	char script[64];
	char output[64];
	int fd;

	job_path(script, job->id, "sh");
	job_path(output, job->id, "out");
	setsid();
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, STDIN_FILENO);
	fd = open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execl("/bin/busybox", "sh", script, (char *)NULL);
	_exit(127);
}

static void start(struct job *job)
{
	if (job->started)
		return;
	job->started = true;
	job->pid = fork();
	if (job->pid == 0)
		run_script(job);
	if (job->pid < 0) {
		job->done = true;
		job->rc = 126;
	}
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < n_jobs; i++)
			if (jobs[i].pid == pid) {
				jobs[i].done = true;
				jobs[i].rc = WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status)
							       : 128u + (uint32_t)WTERMSIG(status);
			}
}

static size_t read_output(const struct job *job, uint32_t offset, unsigned char *data)
{
	char path[64];
	ssize_t n = 0;
	int fd;

	job_path(path, job->id, "out");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = pread(fd, data, XT_READ_CHUNK, (off_t)offset);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* Turns the request into its answer. Returns false when there is no answer. */
static bool answer(struct xt_line *line)
{
	struct job *job = line->verb == 'W' ? append_script(line) : find_job(line->id);

	line->length = 0;
	if (job == NULL)
		return false;
	switch (line->verb) {
	case 'W':
		line->verb = 'w';
		line->number = job->chunks;
		return true;
	case 'X':
		start(job);
		line->verb = 'x';
		return true;
	case 'P':
		line->verb = job->done ? 'e' : 'p';
		line->number = job->rc;
		return true;
	case 'R':
		line->verb = 'r';
		line->length = read_output(job, line->number, line->data);
		return true;
	default:
		return false;
	}
}

int main(void)
{
	static struct xt_reader reader;
	static struct xt_line line;
	int console = open("/dev/hvc0", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (console < 0 || xt_raw(console) != 0) {
		perror("xt-agent: /dev/hvc0");
		return 1;
	}
	for (;;) {
		int got = xt_receive(console, &reader, &line, 200);

		reap();
		if (got < 0) {
			perror("xt-agent: read");
			return 1;
		}
		if (got > 0 && answer(&line))
			xt_send(console, &line);
	}
}
