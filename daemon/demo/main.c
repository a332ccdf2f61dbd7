/* SPDX-License-Identifier: MIT */
/*
 * xenav-demo-daemon: the rooms of xenavd that consumers meet, with made-up guests in the place of
 * Xen's.  The order of starting and stopping, and signals.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/container.h"
#include "consumer/server.h"
#include "demo/cast.h"
#include "demo/facts.h"
#include "demo/options.h"
#include "demo/plug.h"
#include "demo/rival.h"
#include "demo/stage.h"
#include "report/log.h"
#include "report/status.h"

#define EXIT_DONE   0
#define EXIT_FAILED 1

struct demo {
	struct stage stage;
	struct facts facts;
	struct cast *cast;
	struct rival *rival;
	struct event *rival_ready;
	bool failed;
	struct event *signals[5];
};

static void on_empty(struct stage *stage)
{
	event_base_loopbreak(stage->base);
}

/* -------- signals -------- */

static void begin_end(struct demo *demo)
{
	demo->stage.empty = on_empty;
	if (cast_leave(demo->cast))
		on_empty(&demo->stage);
}

static void on_end(evutil_socket_t, short, void *arg)
{
	begin_end(arg);
}

static void on_status(evutil_socket_t, short, void *)
{
	status_report();
}

static void on_turn(evutil_socket_t, short, void *arg)
{
	struct demo *demo = arg;

	if (demo->rival)
		rival_turn(demo->rival);
}

static void on_still(evutil_socket_t, short, void *arg)
{
	stage_turn_still(&((struct demo *)arg)->stage);
}

static int start_signals(struct demo *demo)
{
	const struct {
		int number;
		event_callback_fn handler;
	} rows[] = {
		{SIGTERM, on_end},  {SIGINT, on_end},     {SIGUSR1, on_status},
		{SIGUSR2, on_turn}, {SIGRTMIN, on_still},
	};

	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		demo->signals[i] =
			evsignal_new(demo->stage.base, rows[i].number, rows[i].handler, demo);
		if (!demo->signals[i] || event_add(demo->signals[i], NULL) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* -------- the parts -------- */

static void say_ready(const struct options *o)
{
	printf("ready socket=%s guests=%u\n", o->socket, o->n_scripts * o->n_guests);
	fflush(stdout);
}

static void on_rival_ready(evutil_socket_t, short, void *arg)
{
	const struct demo *demo = arg;

	say_ready(demo->stage.options);
}

static unsigned count_busy(const struct stage *stage)
{
	const struct plug *plug;
	unsigned n = 0;

	LIST_FOREACH (plug, &stage->plugs, link)
		n += plug->role.word == WORD_BUSY;
	return n;
}

static int start_rival(struct demo *demo, unsigned n_objects)
{
	int rc;

	rc = rival_start(&demo->rival, demo->stage.options->socket, n_objects);
	if (rc < 0)
		return rc;
	demo->rival_ready = event_new(demo->stage.base, rival_get_fd(demo->rival), EV_READ,
				      on_rival_ready, demo);
	return demo->rival_ready && event_add(demo->rival_ready, NULL) == 0 ? 0 : -ENOMEM;
}

/* Once, although devices come and go: what is to be busy is claimed next. */
static void on_full(struct stage *stage)
{
	struct demo *demo = CONTAINER(stage, struct demo, stage);
	const unsigned n_busy = count_busy(stage);
	int rc;

	stage->full = NULL;
	if (n_busy == 0) {
		say_ready(stage->options);
		return;
	}
	rc = start_rival(demo, n_busy);
	if (rc == 0)
		return;
	log_err("Could not start the other consumer: %s", strerror(-rc));
	demo->failed = true;
	begin_end(demo);
}

static int start(struct demo *demo, const struct options *o)
{
	int rc;

	rc = stage_open(&demo->stage, o);
	if (rc < 0)
		return rc;
	facts_init(&demo->facts, &demo->stage);
	server_set_host(demo->stage.server, &demo->facts.ops);
	rc = start_signals(demo);
	if (rc < 0) {
		log_err("Could not handle signals: %s", strerror(-rc));
		return rc;
	}
	demo->stage.full = on_full;
	return cast_create(&demo->cast, &demo->stage);
}

/* Devices that are there leave first. */
static void leave(struct demo *demo)
{
	demo->stage.empty = on_empty;
	if (demo->cast && !cast_leave(demo->cast))
		event_base_dispatch(demo->stage.base);
}

static void stop(struct demo *demo)
{
	if (demo->rival_ready)
		event_free(demo->rival_ready);
	rival_stop(demo->rival);
	cast_destroy(demo->cast);
	for (unsigned i = 0; i < sizeof demo->signals / sizeof demo->signals[0]; i++)
		if (demo->signals[i])
			event_free(demo->signals[i]);
	stage_close(&demo->stage);
}

int main(int argc, char **argv)
{
	struct demo demo = {0};
	struct options options;
	int status;

	status = options_read(&options, argc, argv);
	if (status >= 0)
		return status;
	status = start(&demo, &options) < 0 ? EXIT_FAILED : EXIT_DONE;
	if (status == EXIT_DONE)
		event_base_dispatch(demo.stage.base);
	else
		leave(&demo);
	stop(&demo);
	return demo.failed ? EXIT_FAILED : status;
}
