/* SPDX-License-Identifier: MIT */
/*
 * xenav-record as a process, with the fake daemon at its socket: $XENAV_RECORD or ./xenav-record.
 * It acts in real time, but tests do not depend on its speed: they wait for its messages.
 */
#ifndef XENAV_TEST_RECORD_RIG_H
#define XENAV_TEST_RECORD_RIG_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "test.h"
#include "xenav.h"

#include "fake-daemon.h"

struct run {
	struct leaks leaks;
	char path[64];   /* of a folder */
	char socket[96]; /* in it */
	char out[96];    /* the output folder, in it */
	int listener;
	int sock; /* accepted, or -1 */
	pid_t pid;
	rlim_t file_max_bytes; /* limit of the size of its files; 0: none */
	union xenav_msg msg;
};

int run_setup(void **state);
int run_teardown(void **state);
#define RUN_TEST(f) TEST_WITH(f, run_setup, run_teardown)

/* Run the program with up to four more arguments. */
void run_start(struct run *t, const char *a, const char *b, const char *c, const char *d);

/* Accept its connection, and greet it. */
void run_greet(struct run *t);

/* Both. */
void run_begin(struct run *t, const char *a, const char *b, const char *c, const char *d);

/* Expect it to exit by itself, or after SIGTERM with 0. */
void run_expect_exit(struct run *t, int code);
void run_stop(struct run *t);

/* Is this in its output? */
bool run_said(struct run *t, const char *text);

/* In how many lines of its output is this? */
unsigned int run_times_said(struct run *t, const char *text);

/* Expect a claim of this object, and grant it. */
void run_claim(struct run *t, uint32_t id);

/* Add the playback stream "front" with ID 1, and grant the claim that is expected. */
void run_add_front(struct run *t);

/* Expect a claim to feed this object, and grant it. */
void run_feed(struct run *t, uint32_t id);

/* Wait for the next position report of an object. */
uint64_t run_position(struct run *t, uint32_t id);

#endif
