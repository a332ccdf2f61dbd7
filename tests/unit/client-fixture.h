/* SPDX-License-Identifier: MIT */
/*
 * A libxenav connection and the fake daemon at its other end.  Callbacks are written into a log,
 * one word each, that tests compare; one of them can be given something to do.
 */
#ifndef XENAV_TEST_CLIENT_FIXTURE_H
#define XENAV_TEST_CLIENT_FIXTURE_H

#include <stdbool.h>

#include "test.h"
#include "xenav.h"

#include "fake-daemon.h"

struct client {
	struct leaks leaks;
	struct xenav *x;
	int sock; /* the daemon's end, or -1 */
	char log[16384];
	struct xenav_stream *s;    /* the newest added */
	struct xenav_connector *c; /* the newest added */
	const char *act_on;        /* act when a word of the log starts like this, once */
	void (*act)(struct client *t);
	unsigned char heard[65536]; /* what stream_data brought */
	size_t n_heard;
	struct xenav_frame frame; /* the newest */
	int act_rc;
};

/* HELLO and WELCOME are exchanged, the log is empty. */
int client_setup(void **state);
int client_teardown(void **state);

/* A stream 1 and a connector 2 that are claimed. */
void client_claim_stream(struct client *t, uint8_t direction);
void client_claim_connector(struct client *t);

/* Handle everything that has come. */
void client_dispatch(struct client *t);

/* Handle what has come, compare the log, and empty it. */
void client_expect_log(struct client *t, const char *log);

/* Send what the test says, and expect the connection to end with this error. */
void client_expect_end(struct client *t, int error);

/* Nothing else is waiting for the daemon. */
void client_expect_silence(struct client *t);

#define CLIENT_TEST(f) TEST_WITH(f, client_setup, client_teardown)

#endif
