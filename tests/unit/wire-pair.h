/* SPDX-License-Identifier: MIT */
/* The two ends of a connection, for tests of what lib/wire sends and receives. */
#ifndef XENAV_TEST_WIRE_PAIR_H
#define XENAV_TEST_WIRE_PAIR_H

#include "test.h"

#include "fake-daemon.h"

struct pair {
	struct leaks leaks;
	int a, b; /* a may be closed by the test, and -1 then */
};

#define PAIR_TEST(name) TEST_WITH(name, pair_setup, pair_teardown)
int pair_setup(void **state);
int pair_teardown(void **state);

#endif
