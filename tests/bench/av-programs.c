/* SPDX-License-Identifier: MIT */
/* The programs of a pair, see av.h. */
#include <config.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/av.h"

#define MAX_ARGS 15

static void path_of(const char *log, char path[192])
{
	snprintf(path, 192, "%s/%s", lab.dir, log);
}

pid_t av_run(const char *log, const char *const *args)
{
	const char *build = getenv("top_builddir");
	const char *argv[MAX_ARGS + 1] = {0};
	char program[512], path[192];
	pid_t pid;

	for (unsigned i = 0; args[i] && i < MAX_ARGS; i++)
		argv[i] = args[i];
	snprintf(program, sizeof program, "%s/%s", build ? build : ".", argv[0]);
	path_of(log, path);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!freopen("/dev/null", "r", stdin) || !freopen(path, "w", stdout) || dup2(1, 2) < 0)
		_exit(126);
	execv(*argv[0] == '/' ? argv[0] : program, (char **)(uintptr_t)argv);
	_exit(127);
}

void av_stop(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

/* Call it with each line. */
static bool any_line(const char *log, bool (*look)(const char *line, void *data), void *data)
{
	char path[192], line[512];
	bool any = false;
	FILE *file;

	path_of(log, path);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		any |= look(line, data);
	if (file)
		fclose(file);
	return any;
}

struct wanted {
	const char *log;
	const char *text;
};

static bool has_text(const char *line, void *text)
{
	return strstr(line, text) != NULL;
}

static bool print_line(const char *line, void *)
{
	printf("# %s", line);
	return false;
}

static bool has_said(void *data)
{
	const struct wanted *w = data;

	return any_line(w->log, has_text, (void *)(uintptr_t)w->text);
}

void av_wait_said(const char *log, const char *text)
{
	struct wanted w = {log, text};

	if (guest_run_until(&av_guest.guest, has_said, &w, WAIT_MS))
		return;
	any_line(log, print_line, NULL);
	fail_msg("%s does not say '%s'", log, text);
}

struct reading {
	const char *word;
	struct av_events *events;
};

static bool read_event(const char *line, void *data)
{
	struct reading *r = data;
	struct av_events *e = r->events;
	char word[16];
	uint64_t ns;

	if (sscanf(line, "%15s %" SCNu64, word, &ns) != 2 || strcmp(word, r->word) != 0 ||
	    e->n == AV_EVENTS)
		return false;
	e->when_ns[e->n++] = ns;
	return true;
}

void av_read_events(const char *log, const char *word, struct av_events *events)
{
	struct reading r = {word, events};

	events->n = 0;
	any_line(log, read_event, &r);
}
