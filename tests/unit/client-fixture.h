/* SPDX-License-Identifier: MIT */
/*
 * A libxenav connection and the fake daemon at its other end.  Each callback writes one word into a
 * log that tests compare; one callback can run an action of the test.
 */
#ifndef XENAV_TEST_CLIENT_FIXTURE_H
#define XENAV_TEST_CLIENT_FIXTURE_H

#include <stdbool.h>

#include "test.h"
#include "xenav.h"

#include "fake-daemon.h"

/* The descriptors of a connection and of its fake daemon: two sockets, epoll and a timer. */
#define CLIENT_FDS 4

struct client {
	struct leaks leaks;
	struct xenav *x;
	int sock; /* the daemon's end, or -1 */
	char log[16384];
	struct xenav_stream *s;    /* the newest added */
	struct xenav_connector *c; /* the newest added */
	struct xenav_input *in;    /* the newest added */
	const char *act_on;        /* run act once, when a word of the log begins with this */
	void (*act)(struct client *t);
	unsigned char heard[65536]; /* samples of stream_data */
	size_t n_heard;
	struct xenav_frame frame; /* the newest */
	int act_rc;
};

/* Writes the log of the struct client that is its data. */
extern const struct xenav_listener client_listener;

/* Exchange HELLO and WELCOME, and empty the log. */
int client_setup(void **state);
int client_teardown(void **state);

/* Announce and claim stream 1 or connector 2. */
void client_claim_stream(struct client *t, uint8_t direction);
void client_claim_connector(struct client *t);

/* Open stream 1: u8, mono, 1000 frames of buffer, 250 of period. */
void client_open_stream(struct client *t, uint32_t generation);

/* Handle all messages that have come. */
void client_dispatch(struct client *t);

/* Handle all messages, compare the log, and empty it. */
void client_expect_log(struct client *t, const char *log);

/* Expect the connection to end with this error. */
void client_expect_end(struct client *t, int error);

/* Expect no more messages to the daemon. */
void client_expect_silence(struct client *t);

#define CLIENT_TEST(f) TEST_WITH(f, client_setup, client_teardown)

#endif
