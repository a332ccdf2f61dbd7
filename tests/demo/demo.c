/* SPDX-License-Identifier: MIT */
/* See demo.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"
#include "unit/test.h"

#define MAX_ARGS 24

static void launch(struct demo *demo, const char *const *args, bool with_errors)
{
	const char *build = getenv("top_builddir");
	char program[512];
	const char *argv[MAX_ARGS] = {"xenav-demo-daemon"};
	int ends[2];

	snprintf(program, sizeof program, "%s/xenav-demo-daemon", build ? build : ".");
	for (unsigned i = 0; args[i]; i++) {
		assert_true(i + 2 < MAX_ARGS);
		argv[i + 1] = args[i];
	}
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	demo->n_text = 0;
	demo->out = ends[0];
	demo->pid = fork();
	assert_true(demo->pid >= 0);
	if (demo->pid == 0) {
		/* A test that fails leaves nothing behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		if (with_errors)
			dup2(ends[1], STDERR_FILENO);
		execv(program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
}

/* @return false at the end of the output. */
static bool read_more(struct demo *demo)
{
	struct pollfd p = {.fd = demo->out, .events = POLLIN};
	ssize_t n;

	assert_int_equal(poll(&p, 1, DEMO_WAIT_MS), 1);
	assert_true(demo->n_text < sizeof demo->text - 1);
	n = read(demo->out, demo->text + demo->n_text, sizeof demo->text - 1 - demo->n_text);
	assert_true(n >= 0);
	demo->n_text += (size_t)n;
	demo->text[demo->n_text] = '\0';
	return n > 0;
}

static int end_of(struct demo *demo)
{
	int status;

	assert_int_equal(waitpid(demo->pid, &status, 0), demo->pid);
	demo->pid = 0;
	close(demo->out);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void demo_start(struct demo *demo, const char *const *args)
{
	const char *level = getenv("XENAV_LOG_LEVEL");
	const char *all[MAX_ARGS] = {NULL};
	char option[64], log[64];
	unsigned n = 0;

	strcpy(demo->folder, "/tmp/test-demo-XXXXXX");
	assert_non_null(mkdtemp(demo->folder));
	snprintf(demo->socket, sizeof demo->socket, "%s/socket", demo->folder);
	snprintf(option, sizeof option, "--socket=%s", demo->socket);
	for (; args[n]; n++) {
		assert_true(n + 3 < MAX_ARGS);
		all[n] = args[n];
	}
	all[n++] = option;
	snprintf(log, sizeof log, "--log-level=%s", level ? level : "warn");
	all[n] = log;
	launch(demo, all, false);
	demo_await(demo, "ready socket=");
}

const char *demo_await(struct demo *demo, const char *text)
{
	for (;;) {
		char *end = demo->n_text > 0 ? memchr(demo->text, '\n', demo->n_text) : NULL;
		size_t len;

		if (!end) {
			if (!read_more(demo))
				fail_msg("xenav-demo-daemon has ended before it printed '%s'",
					 text);
			continue;
		}
		len = (size_t)(end - demo->text);
		assert_true(len < sizeof demo->line);
		memcpy(demo->line, demo->text, len);
		demo->line[len] = '\0';
		demo->n_text -= len + 1;
		memmove(demo->text, end + 1, demo->n_text);
		if (strstr(demo->line, text))
			return demo->line;
	}
}

long long demo_value(const char *line, const char *key)
{
	char text[64];
	const char *at;

	snprintf(text, sizeof text, " %s=", key);
	at = strstr(line, text);
	if (!at)
		fail_msg("there is no %s in '%s'", key, line);
	return strtoll(at + strlen(text), NULL, 10);
}

/* What it prints until then is read, so that it does not wait for us. */
void demo_stop(struct demo *demo)
{
	assert_int_equal(kill(demo->pid, SIGTERM), 0);
	do
		demo->n_text = 0;
	while (read_more(demo));
	assert_int_equal(end_of(demo), 0);
	assert_int_not_equal(access(demo->socket, F_OK), 0);
	assert_int_equal(rmdir(demo->folder), 0);
}

int demo_run(struct demo *demo, const char *const *args)
{
	launch(demo, args, true);
	while (read_more(demo))
		;
	return end_of(demo);
}
