/* SPDX-License-Identifier: MIT */
/* See user.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "unit/count-fds.h"
#include "user.h"

static void stream_added(void *data, struct xenav_stream *s)
{
	struct user *user = data;

	assert_true(user->n_streams < USER_OBJECTS);
	user->streams[user->n_streams++] = s;
}

static void connector_added(void *data, struct xenav_connector *c)
{
	struct user *user = data;

	assert_true(user->n_connectors < USER_OBJECTS);
	user->connectors[user->n_connectors++] = c;
}

static void input_added(void *data, struct xenav_input *in)
{
	struct user *user = data;

	assert_true(user->n_inputs < USER_OBJECTS);
	user->inputs[user->n_inputs++] = in;
}

static void stream_removed(void *data, struct xenav_stream *s)
{
	struct user *user = data;
	unsigned i = 0;

	while (user->streams[i] != s)
		i++;
	user->streams[i] = user->streams[--user->n_streams];
	user->n_removed++;
}

static void connector_removed(void *data, struct xenav_connector *c)
{
	struct user *user = data;
	unsigned i = 0;

	while (user->connectors[i] != c)
		i++;
	user->connectors[i] = user->connectors[--user->n_connectors];
	user->n_removed++;
}

static void input_removed(void *data, struct xenav_input *in)
{
	struct user *user = data;
	unsigned i = 0;

	while (user->inputs[i] != in)
		i++;
	user->inputs[i] = user->inputs[--user->n_inputs];
	user->n_removed++;
}

static void stream_claim_failed(void *data, struct xenav_stream *, int error)
{
	((struct user *)data)->error = error;
}

static void connector_claim_failed(void *data, struct xenav_connector *, int error)
{
	((struct user *)data)->error = error;
}

static void disconnected(void *, int error)
{
	fail_msg("disconnected: %s", strerror(-error));
}

void user_start(struct user *user, const char *const *args, const struct xenav_listener *listener)
{
	struct xenav_listener all = *listener;

	memset(user, 0, sizeof *user);
	user->fds_before = count_fds();
	all.size = sizeof all;
	all.stream_added = stream_added;
	all.stream_removed = stream_removed;
	all.stream_claim_failed = stream_claim_failed;
	all.connector_added = connector_added;
	all.connector_removed = connector_removed;
	all.connector_claim_failed = connector_claim_failed;
	all.input_added = input_added;
	all.input_removed = input_removed;
	all.disconnected = disconnected;
	demo_start(&user->demo, args);
	assert_int_equal(xenav_open(&user->x, user->demo.socket, "test", &all, user), 0);
}

void user_run(struct user *user, bool (*until)(struct user *user))
{
	while (!until(user)) {
		struct pollfd p = {
			.fd = xenav_get_fd(user->x),
			.events = xenav_get_events(user->x),
		};

		assert_int_equal(poll(&p, 1, DEMO_WAIT_MS), 1);
		assert_true(xenav_dispatch(user->x) >= 0);
	}
}

void user_stop(struct user *user)
{
	xenav_close(user->x);
	demo_stop(&user->demo);
	assert_int_equal(count_fds(), user->fds_before);
}

static const char *wanted;

static struct xenav_stream *find_stream(const struct user *user)
{
	for (unsigned i = 0; i < user->n_streams; i++)
		if (strcmp(xenav_stream_get_info(user->streams[i])->unique_id, wanted) == 0)
			return user->streams[i];
	return NULL;
}

static struct xenav_connector *find_connector(const struct user *user)
{
	for (unsigned i = 0; i < user->n_connectors; i++)
		if (strcmp(xenav_connector_get_info(user->connectors[i])->unique_id, wanted) == 0)
			return user->connectors[i];
	return NULL;
}

static struct xenav_input *find_input(const struct user *user)
{
	for (unsigned i = 0; i < user->n_inputs; i++)
		if (strcmp(xenav_input_get_info(user->inputs[i])->unique_id, wanted) == 0)
			return user->inputs[i];
	return NULL;
}

static bool stream_is_there(struct user *user)
{
	return find_stream(user) != NULL;
}

static bool connector_is_there(struct user *user)
{
	return find_connector(user) != NULL;
}

static bool input_is_there(struct user *user)
{
	return find_input(user) != NULL;
}

struct xenav_stream *user_stream(struct user *user, const char *unique_id)
{
	wanted = unique_id;
	user_run(user, stream_is_there);
	return find_stream(user);
}

struct xenav_connector *user_connector(struct user *user, const char *unique_id)
{
	wanted = unique_id;
	user_run(user, connector_is_there);
	return find_connector(user);
}

struct xenav_input *user_input(struct user *user, const char *unique_id)
{
	wanted = unique_id;
	user_run(user, input_is_there);
	return find_input(user);
}
