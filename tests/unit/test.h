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
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST_WITH(name, setup, teardown)                                                           \
	static void name(void **state);                                                            \
	static void __attribute__((constructor)) add_##name(void)                                  \
	{                                                                                          \
		test_add(&(struct CMUnitTest){#name, name, setup, teardown, NULL});                \
	}                                                                                          \
	static void name(void **state __attribute__((unused)))

#define TEST_ALONE(name) TEST_WITH(name, NULL, NULL)

void test_add(const struct CMUnitTest *test);

/* Run them all, between setup and teardown unless these are NULL. @return for main(). */
int test_run(CMFixtureFunction setup, CMFixtureFunction teardown);

/* Do not run this test, and say what it needs. */
void test_leave_out(const char *name, const char *needs);

#endif
