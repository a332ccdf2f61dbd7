/* SPDX-License-Identifier: MIT */
/*
 * A test is written TEST_WITH(name, setup, teardown) { ... }, and all of a program run in the order
 * in which they stand there.  A file with one setup for all defines TEST(name) for it.  The library
 * has a main(); a program with something else to do has its own, and calls test_run().
 */
#ifndef XENAVD_TEST_H
#define XENAVD_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* For alarm() in a program that may hang: its tests take seconds, but a busy machine may let them
 * run for a small part of the time only. */
#define TEST_HANG_SEC 300

#define TEST_WITH(name, setup, teardown)                                                           \
	static void name(void **state);                                                            \
	static void run_##name(void **state)                                                       \
	{                                                                                          \
		test_is_spoilt = true;                                                             \
		name(state);                                                                       \
		test_is_spoilt = false;                                                            \
	}                                                                                          \
	static void __attribute__((constructor)) add_##name(void)                                  \
	{                                                                                          \
		test_add(&(struct CMUnitTest){#name, run_##name, setup, teardown, NULL});          \
	}                                                                                          \
	static void name(void **state __attribute__((unused)))

#define TEST_ALONE(name) TEST_WITH(name, NULL, NULL)

void test_add(const struct CMUnitTest *test);

/* Run them all, between setup and teardown unless these are NULL. @return for main(). */
int test_run(CMFixtureFunction setup, CMFixtureFunction teardown);

/*
 * The same in a child process, for tests that leave processes, threads and guests behind when they
 * fail: a failure does not make the tests behind it fail.  These begin in another child, with a
 * setup of their own.
 */
int test_run_apart(CMFixtureFunction setup, CMFixtureFunction teardown);

/* Set in a test that has not ended well.  A teardown may set it, too. */
extern bool test_is_spoilt;

/* For the setup of each test: does not return if an earlier test has spoilt this child. */
void test_leave_if_spoilt(void);

/* Do not run this test, and say what it needs. */
void test_leave_out(const char *name, const char *needs);

#endif
