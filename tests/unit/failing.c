/* SPDX-License-Identifier: MIT */
/* Tests that fail on purpose, for apart.sh: what is true for one is not for the next. */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "test.h"

static int left_behind;

static int begin(void **)
{
	test_leave_if_spoilt();
	return 0;
}

static int end(void **)
{
	test_is_spoilt |= left_behind == 3;
	return left_behind == 3 ? -1 : 0;
}

#define TEST(name) TEST_WITH(name, begin, end)

TEST(first)
{
	assert_int_equal(left_behind, 0);
}

TEST(fails_and_leaves_something)
{
	left_behind = 1;
	fail();
}

TEST(finds_nothing)
{
	assert_int_equal(left_behind, 0);
	left_behind = 2;
}

TEST(finds_what_one_that_passes_has_left)
{
	assert_int_equal(left_behind, 2);
}

TEST(crashes)
{
	kill(getpid(), SIGKILL);
}

TEST(finds_nothing_either)
{
	assert_int_equal(left_behind, 0);
	left_behind = 3;
}

TEST(is_skipped)
{
	skip();
}

TEST(last)
{
	assert_int_equal(left_behind, 0);
}

static int start(void **)
{
	printf("# start\n");
	return 0;
}

static int stop(void **)
{
	printf("# stop\n");
	return 0;
}

int main(void)
{
	return test_run_apart(start, stop);
}
