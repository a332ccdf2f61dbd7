/* SPDX-License-Identifier: MIT */
/* See rival.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/thread.h"
#include "demo/options.h"
#include "demo/rival.h"
#include "report/log.h"
#include "xenav.h"

/* An object; one of the two is set. */
struct prey {
	struct xenav_stream *stream;
	struct xenav_connector *connector;
	LIST_ENTRY(prey) link;
};

struct rival {
	pthread_t thread;
	int wake_fd;  /* counts orders, see below */
	int ready_fd; /* readable when n_awaited is 0 */
	unsigned n_awaited;
	struct prey *probe; /* watched, to know that what was asked before is done */
	struct xenav *xenav;
	bool releases;
	bool stopping;
	LIST_HEAD(, prey) all;
};

/* Orders are sums in the eventfd: of turns, and of this for the end. */
#define ORDER_STOP (UINT64_C(1) << 32)

/* The unique-id is the word, perhaps with a number behind. */
static bool is_wanted(const char *unique_id)
{
	return strncmp(unique_id, word_names[WORD_BUSY], strlen(word_names[WORD_BUSY])) == 0;
}

static void say(uint32_t domid, const char *unique_id, const char *event, const char *kind)
{
	printf("busy domain=%u unique_id=%s event=%s kind=%s\n", domid, unique_id, event, kind);
	fflush(stdout);
}

static void say_stream(const struct xenav_stream *s, const char *event)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(s);

	say(info->domid, info->unique_id, event,
	    info->direction == XENAV_CAPTURE ? "capture" : "playback");
}

static void say_connector(const struct xenav_connector *c, const char *event)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);

	say(info->domid, info->unique_id, event, "connector");
}

/* -------- claims -------- */

static void claim(const struct prey *prey)
{
	if (prey->connector)
		xenav_connector_claim(prey->connector);
	else if (xenav_stream_get_info(prey->stream)->direction == XENAV_CAPTURE)
		xenav_stream_feed(prey->stream);
	else
		xenav_stream_claim(prey->stream);
}

static void release(const struct prey *prey)
{
	if (prey->connector)
		xenav_connector_release(prey->connector);
	else
		xenav_stream_release(prey->stream);
}

static void say_released(const struct rival *rival)
{
	const struct prey *prey;

	LIST_FOREACH (prey, &rival->all, link) {
		if (prey->connector)
			say_connector(prey->connector, "released");
		else
			say_stream(prey->stream, "released");
	}
}

/* A release is not answered, but a claim behind it is, and watching keeps nobody from claiming. */
static void probe(struct rival *rival)
{
	struct prey *prey;

	LIST_FOREACH (prey, &rival->all, link)
		if (prey->connector && xenav_connector_watch(prey->connector) == 0)
			break;
	rival->probe = prey;
}

static void probed(struct rival *rival)
{
	const struct prey *prey = rival->probe;

	rival->probe = NULL;
	release(prey);
	if (rival->releases)
		say_released(rival);
	else
		claim(prey);
}

static void turn(struct rival *rival)
{
	const struct prey *prey;

	rival->releases = !rival->releases;
	LIST_FOREACH (prey, &rival->all, link) {
		if (rival->releases)
			release(prey);
		else
			claim(prey);
	}
	if (rival->releases)
		probe(rival);
}

static void add(struct rival *rival, struct xenav_stream *stream, struct xenav_connector *connector)
{
	struct prey *prey = calloc(1, sizeof *prey);

	if (!prey) {
		log_err("No memory to claim a device");
		return;
	}
	prey->stream = stream;
	prey->connector = connector;
	LIST_INSERT_HEAD(&rival->all, prey, link);
	if (!rival->releases)
		claim(prey);
}

static void forget(struct rival *rival, const void *object)
{
	struct prey *prey;

	LIST_FOREACH (prey, &rival->all, link)
		if ((const void *)prey->stream == object || (const void *)prey->connector == object)
			break;
	if (!prey)
		return;
	if (rival->probe == prey)
		rival->probe = NULL;
	LIST_REMOVE(prey, link);
	free(prey);
}

static void on_stream_added(void *data, struct xenav_stream *s)
{
	if (is_wanted(xenav_stream_get_info(s)->unique_id))
		add(data, s, NULL);
}

static void on_connector_added(void *data, struct xenav_connector *c)
{
	if (is_wanted(xenav_connector_get_info(c)->unique_id))
		add(data, NULL, c);
}

static void on_stream_removed(void *data, struct xenav_stream *s)
{
	forget(data, s);
}

static void on_connector_removed(void *data, struct xenav_connector *c)
{
	forget(data, c);
}

/* A claim is answered. */
static void count(struct rival *rival)
{
	const uint64_t one = 1;

	if (rival->n_awaited > 0 && --rival->n_awaited == 0 &&
	    write(rival->ready_fd, &one, sizeof one) != sizeof one)
		log_err("Could not wake the loop: %s", strerror(errno));
}

static void on_stream_claimed(void *data, struct xenav_stream *s)
{
	say_stream(s, "claimed");
	count(data);
}

static void on_connector_claimed(void *data, struct xenav_connector *c)
{
	struct rival *rival = data;

	if (rival->probe && rival->probe->connector == c) {
		probed(rival);
		return;
	}
	say_connector(c, "claimed");
	count(data);
}

static void on_stream_failed(void *data, struct xenav_stream *s, int)
{
	say_stream(s, "refused");
	count(data);
}

static void on_connector_failed(void *data, struct xenav_connector *c, int)
{
	say_connector(c, "refused");
	count(data);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = on_stream_added,
	.stream_removed = on_stream_removed,
	.stream_claimed = on_stream_claimed,
	.stream_claim_failed = on_stream_failed,
	.connector_added = on_connector_added,
	.connector_removed = on_connector_removed,
	.connector_claimed = on_connector_claimed,
	.connector_claim_failed = on_connector_failed,
};

/* -------- the thread -------- */

static void take_orders(struct rival *rival)
{
	uint64_t orders;

	if (read(rival->wake_fd, &orders, sizeof orders) != sizeof orders)
		return;
	rival->stopping = orders >= ORDER_STOP;
	if (orders % 2 == 1)
		turn(rival);
}

static void *run(void *data)
{
	struct rival *rival = data;

	while (!rival->stopping) {
		struct pollfd fds[] = {
			{.fd = rival->wake_fd, .events = POLLIN},
			{.fd = xenav_get_fd(rival->xenav),
			 .events = xenav_get_events(rival->xenav)},
		};

		if (poll(fds, fds[1].events ? 2 : 1, -1) < 0)
			continue;
		if (fds[0].revents)
			take_orders(rival);
		else if (fds[1].revents)
			xenav_dispatch(rival->xenav);
	}
	return NULL;
}

static void destroy(struct rival *rival)
{
	struct prey *prey;

	xenav_close(rival->xenav);
	while ((prey = LIST_FIRST(&rival->all))) {
		LIST_REMOVE(prey, link);
		free(prey);
	}
	if (rival->wake_fd >= 0)
		close(rival->wake_fd);
	if (rival->ready_fd >= 0)
		close(rival->ready_fd);
	free(rival);
}

int rival_start(struct rival **out, const char *socket, unsigned n_objects)
{
	struct rival *rival = calloc(1, sizeof *rival);
	int rc;

	if (!rival)
		return -ENOMEM;
	LIST_INIT(&rival->all);
	rival->n_awaited = n_objects;
	rival->ready_fd = -1;
	rival->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (rival->wake_fd >= 0)
		rival->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = rival->ready_fd < 0 ? -errno : 0;
	if (rc == 0)
		rc = xenav_open(&rival->xenav, socket, "xenav-demo-rival", &listener, rival);
	if (rc == 0)
		rc = thread_start(&rival->thread, run, rival);
	if (rc < 0)
		destroy(rival);
	else
		*out = rival;
	return rc;
}

static void order(const struct rival *rival, uint64_t what)
{
	if (write(rival->wake_fd, &what, sizeof what) != sizeof what)
		log_err("Could not wake the other consumer: %s", strerror(errno));
}

int rival_get_fd(const struct rival *rival)
{
	return rival->ready_fd;
}

void rival_turn(struct rival *rival)
{
	order(rival, 1);
}

void rival_stop(struct rival *rival)
{
	if (!rival)
		return;
	order(rival, ORDER_STOP);
	pthread_join(rival->thread, NULL);
	destroy(rival);
}
