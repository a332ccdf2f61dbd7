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

#include "demo/cast.h"
#include "demo/options.h"
#include "demo/rival.h"
#include "demo/stage.h"
#include "report/log.h"
#include "report/status.h"

#define EXIT_DONE   0
#define EXIT_FAILED 1

struct demo {
	struct stage stage;
	struct cast *cast;
	struct rival *rival;
	struct event *signals[4];
};

/* Once, although devices come and go. */
static void on_full(struct stage *stage)
{
	const struct options *o = stage->options;

	stage->full = NULL;
	printf("ready socket=%s guests=%u\n", o->socket, o->n_scripts * o->n_guests);
	fflush(stdout);
}

static void on_empty(struct stage *stage)
{
	event_base_loopbreak(stage->base);
}

/* -------- signals -------- */

static void on_end(evutil_socket_t, short, void *arg)
{
	struct demo *demo = arg;

	demo->stage.empty = on_empty;
	if (cast_leave(demo->cast))
		on_empty(&demo->stage);
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

static int start_signals(struct demo *demo)
{
	static const struct {
		int number;
		event_callback_fn handler;
	} rows[] = {
		{SIGTERM, on_end},
		{SIGINT, on_end},
		{SIGUSR1, on_status},
		{SIGUSR2, on_turn},
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

static bool has_word(const struct options *o, enum word word)
{
	for (unsigned i = 0; i < o->n_scripts; i++)
		for (unsigned j = 0; j < o->scripts[i].n_words; j++)
			if (o->scripts[i].words[j] == word)
				return true;
	return false;
}

static int start_rival(struct demo *demo, const struct options *o)
{
	int rc;

	if (!has_word(o, WORD_BUSY))
		return 0;
	rc = rival_start(&demo->rival, o->socket);
	if (rc < 0)
		log_err("Could not start the other consumer: %s", strerror(-rc));
	return rc;
}

static int start(struct demo *demo, const struct options *o)
{
	int rc;

	rc = stage_open(&demo->stage, o);
	if (rc < 0)
		return rc;
	rc = start_signals(demo);
	if (rc < 0) {
		log_err("Could not handle signals: %s", strerror(-rc));
		return rc;
	}
	demo->stage.full = on_full;
	rc = cast_create(&demo->cast, &demo->stage);
	return rc < 0 ? rc : start_rival(demo, o);
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
	return status;
}
