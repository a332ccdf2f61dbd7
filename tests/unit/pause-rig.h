/* SPDX-License-Identifier: MIT */
/* A libxenav connection to a path, where the fake daemon ends and comes back. */
#ifndef XENAV_TEST_PAUSE_RIG_H
#define XENAV_TEST_PAUSE_RIG_H

#include "client-fixture.h"

struct pause {
	struct client t; /* first */
	char folder[40];
	char path[64];
	int listener;
	uint64_t features;
	union xenav_msg msg;
};

/* Connect, up to ANNOUNCED; t.log is empty. */
int pause_setup(void **state);
int pause_setup_counting(void **state); /* the daemon has XENAV_FEATURE_TAKEN, too */
int pause_teardown(void **state);

/* End the daemon's side, and expect "paused ". */
void pause_hang_up(struct pause *p);

/* Wait for the library to connect again, and greet it with its token 1. */
void pause_come_back(struct pause *p);

/* Its two halves, for other tokens; each is a byte that is repeated. */
void pause_greet(struct pause *p, uint8_t token);
void pause_expect_resume(struct pause *p, uint8_t token);

/* Announce no more, and expect this log, which ends with "resumed ". */
void pause_expect_over(struct pause *p, const char *log);

/* Dispatch until the log is not empty, for 30 s at most, and compare it. */
void pause_await_log(struct pause *p, const char *log);

/* Dispatch for so long, or until the log is not empty. */
void pause_wait(struct pause *p, unsigned int ms);

/* Messages of a daemon that resumes. */
void pause_guest(struct pause *p, uint32_t id, const char *uuid);
void pause_told(struct pause *p, uint32_t id);

#define PAUSE_TEST(f) TEST_WITH(f, pause_setup, pause_teardown)

#endif
