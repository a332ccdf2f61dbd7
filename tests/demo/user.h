/* SPDX-License-Identifier: MIT */
/* A consumer of the demo daemon: all objects that it is told of, and a loop. */
#ifndef XENAV_TESTS_DEMO_USER_H
#define XENAV_TESTS_DEMO_USER_H

#include <stdbool.h>

#include "demo.h"
#include "unit/test.h"
#include "xenav.h"

#define USER_OBJECTS 16

struct user {
	struct demo demo;
	struct xenav *x;
	struct xenav_stream *streams[USER_OBJECTS];
	unsigned n_streams;
	struct xenav_connector *connectors[USER_OBJECTS];
	unsigned n_connectors;
	struct xenav_input *inputs[USER_OBJECTS];
	unsigned n_inputs;
	unsigned n_removed;
	int error;  /* of the newest claim that failed */
	void *data; /* of the test */
	int fds_before;
};

/* The data of callbacks is the user.  Its own callbacks for objects that come and go, and for
 * claims that fail, need not be in the listener. */
void user_start(struct user *user, const char *const *args, const struct xenav_listener *listener);

/* Dispatch until the condition holds. */
void user_run(struct user *user, bool (*until)(struct user *user));

/* Disconnect, stop the daemon, and look for descriptors that are left. */
void user_stop(struct user *user);

/* The object of that unique-id, which is waited for. */
struct xenav_stream *user_stream(struct user *user, const char *unique_id);
struct xenav_connector *user_connector(struct user *user, const char *unique_id);
struct xenav_input *user_input(struct user *user, const char *unique_id);

#endif
