/* SPDX-License-Identifier: MIT */
/*
 * test_run_apart(), see test.h.
 *
 * The parent prints what its children say, with the numbers that the tests have in the whole
 * program.  A child says LEFT before it ends early, and whatever happens to it after that counts as
 * little as what the failed test has left: threads may still run.
 */
#include <config.h>

#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test-priv.h"

#define LEFT "# the next test begins anew\n"
#define SKIP " # SKIP " /* behind "not ok 7" */

/* What the children have said. */
struct report {
	size_t n_done; /* tests */
	bool left;     /* the child of now begins no other test */
	bool failed;
};

static bool is_apart; /* we are a child */
static CMFixtureFunction tidy_up;

/* -------- a child -------- */

void test_leave_if_spoilt(void)
{
	if (!is_apart || !test_is_spoilt)
		return;
	fputs(LEFT, stdout);
	fflush(NULL);
	if (tidy_up)
		tidy_up(NULL);
	fflush(stdout);
	_exit(1);
}

static void be_child(size_t first, int out, CMFixtureFunction setup, CMFixtureFunction teardown)
{
	int rc;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, 1);
	close(out);
	is_apart = true;
	tidy_up = teardown;
	rc = test_run_from(first, setup, teardown);
	fflush(NULL);
	exit(rc);
}

/* -------- the parent -------- */

/* @return what stands behind the number of "ok 7 - name", or NULL when the line is none. */
static const char *behind_number(const char *line, const char *word)
{
	const size_t n = strlen(word);
	char *rest;

	if (strncmp(line, word, n) != 0 || line[n] < '0' || line[n] > '9')
		return NULL;
	strtoul(line + n, &rest, 10);
	return rest;
}

static void take_line(struct report *report, const char *line)
{
	const char *good = behind_number(line, "ok ");
	const char *bad = behind_number(line, "not ok ");
	const char *skipped =
		bad && strncmp(bad, SKIP, strlen(SKIP)) == 0 ? bad + strlen(SKIP) : NULL;

	if (skipped) {
		/* Automake takes cmocka's "not ok" for a failure. */
		printf("ok %zu - %.*s # SKIP\n", ++report->n_done, (int)strcspn(skipped, "\n"),
		       skipped);
	} else if (good || bad) {
		printf("%sok %zu%s", bad ? "not " : "", ++report->n_done, good ? good : bad);
		report->failed |= bad != NULL;
	} else if (strcmp(line, LEFT) == 0) {
		report->left = true;
	} else if (!behind_number(line, "1..")) {
		fputs(line, stdout);
	}
	fflush(stdout);
}

static void listen_to(struct report *report, int fd)
{
	FILE *file = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		take_line(report, line);
	free(line);
	if (file)
		fclose(file);
}

/* @return the exit status, or -1 when it did not exit. */
static int run_child(struct report *report, CMFixtureFunction setup, CMFixtureFunction teardown)
{
	int out[2], status = 0;
	pid_t pid;

	report->left = false;
	if (pipe(out) < 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(out[0]);
		be_child(report->n_done, out[1], setup, teardown);
	}
	close(out[1]);
	listen_to(report, out[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int test_run_apart(CMFixtureFunction setup, CMFixtureFunction teardown)
{
	const size_t n_tests = test_choose();
	struct report report = {.n_done = 0};
	int rc;

	/* A debugger finds the tests here. */
	if (getenv("XENAV_TESTS"))
		return test_run_from(0, setup, teardown);
	printf("1..%zu\n", n_tests);
	do {
		rc = run_child(&report, setup, teardown);
		report.failed |= rc != 0 && !report.left;
		/* A crash is the failure of the test in which it happens. */
		if (rc < 0 && !report.left && report.n_done < n_tests) {
			printf("not ok %zu - a test ended the program\n", ++report.n_done);
			report.left = true;
		}
	} while (report.left && report.n_done < n_tests);
	return report.failed;
}
