/* SPDX-License-Identifier: MIT */
/* See test.h. */
#include <config.h>

#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test-priv.h"

#define TESTS_MAX 256

static struct CMUnitTest tests[TESTS_MAX];
static size_t n_tests;

bool test_is_spoilt;

void test_add(const struct CMUnitTest *test)
{
	if (n_tests == TESTS_MAX)
		abort();
	tests[n_tests++] = *test;
}

size_t test_choose(void)
{
	const char *pattern = getenv("XENAV_TESTS");
	size_t n = 0;

	for (size_t i = 0; i < n_tests; i++)
		if (!pattern || fnmatch(pattern, tests[i].name, 0) == 0)
			tests[n++] = tests[i];
	n_tests = n;
	return n;
}

int test_run_from(size_t first, CMFixtureFunction setup, CMFixtureFunction teardown)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	/* nohup and shells without job control ignore them, and so would the programs of a test. */
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	return _cmocka_run_group_tests(program_invocation_short_name, tests + first,
				       n_tests - first, setup, teardown);
}

int test_run(CMFixtureFunction setup, CMFixtureFunction teardown)
{
	test_choose();
	return test_run_from(0, setup, teardown);
}

/* What cmocka prints for skip() counts as a failure with automake. */
void test_leave_out(const char *name, const char *needs)
{
	size_t i = 0;

	while (i < n_tests && strcmp(tests[i].name, name) != 0)
		i++;
	if (i == n_tests)
		abort();
	memmove(&tests[i], &tests[i + 1], (--n_tests - i) * sizeof tests[0]);
	printf("# left out, for it needs %s: %s\n", needs, name);
	fflush(stdout);
}
