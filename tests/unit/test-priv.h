/* SPDX-License-Identifier: MIT */
/* What test.c and apart.c share. */
#ifndef XENAVD_TEST_PRIV_H
#define XENAVD_TEST_PRIV_H

#include <stdbool.h>

#include "test.h"

/* Leave out the tests that XENAV_TESTS does not name. @return how many there are. */
size_t test_choose(void);

/* Run those from this one on. @return for main(). */
int test_run_from(size_t first, CMFixtureFunction setup, CMFixtureFunction teardown);

#endif
