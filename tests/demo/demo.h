/* SPDX-License-Identifier: MIT */
/*
 * A running xenav-demo-daemon, for the tests of consumers: link tests/demo/demo.c and
 * tests/unit/libtest.la.  All functions assert.
 */
#ifndef XENAV_TESTS_DEMO_H
#define XENAV_TESTS_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The most that anything takes, on a busy machine and with sanitizers. */
#define DEMO_WAIT_MS 60000

struct demo {
	pid_t pid;
	char folder[32];
	char socket[48];
	int out; /* what it prints */
	char text[65536];
	size_t n_text;
	char line[512];
};

/* Start it with these arguments, up to a NULL, and --socket; return when its guests are there. */
void demo_start(struct demo *demo, const char *const *args);

/* Read lines up to one that contains this text. @return that line, valid until the next call. */
const char *demo_await(struct demo *demo, const char *text);

/* The value behind KEY= in a line of it. */
long long demo_value(const char *line, const char *key);

/* End it with SIGTERM, and expect exit code 0: a leak that a sanitizer finds is another one. */
void demo_stop(struct demo *demo);

/* Run it to its end. @return its exit code; the output is in demo->text. */
int demo_run(struct demo *demo, const char *const *args);

#endif
