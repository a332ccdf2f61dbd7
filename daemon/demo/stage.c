/* SPDX-License-Identifier: MIT */
/* See stage.h: as daemon/main.c, without Xen. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/closer.h"
#include "base/deadline.h"
#include "buffer/ledger.h"
#include "buffer/pool.h"
#include "consumer/connectors.h"
#include "consumer/inputs.h"
#include "consumer/server.h"
#include "consumer/streams.h"
#include "demo/options.h"
#include "demo/plug.h"
#include "demo/stage.h"
#include "report/log.h"
#include "xen/worker.h"

/* -------- streams, which plugs want to look at -------- */

static struct plug *plug_of(struct stage *stage, const struct stream *stream)
{
	struct stream_info info;
	struct plug *plug;

	stream_get_info(stream, &info);
	LIST_FOREACH (plug, &stage->plugs, link)
		if (plug->ops->kind == PLUG_CARD && plug->guest.domid == info.guest->domid &&
		    plug->role.devid == info.devid)
			return plug;
	return NULL;
}

static void on_stream_added(struct stream *stream, void *data)
{
	struct stage *stage = data;
	struct plug *plug = plug_of(stage, stream);

	if (plug)
		plug->stream = stream;
	server_streams.added(stream, stage->server);
}

static void on_stream_removed(struct stream *stream, void *data)
{
	struct stage *stage = data;
	struct plug *plug = plug_of(stage, stream);

	if (plug)
		plug->stream = NULL;
	server_streams.removed(stream, stage->server);
}

static const struct stream_observer observer = {on_stream_added, on_stream_removed};

/* -------- the rooms -------- */

static int unavailable(const char *what, int rc)
{
	log_err("Could not %s: %s", what, strerror(-rc));
	return rc;
}

/* All rights for the user of this process and for root. */
static int make_policy(struct policy *policy)
{
	const uid_t users[] = {geteuid(), 0};
	struct consumer_rule *rule;

	for (unsigned i = 0; i < (users[0] == 0 ? 1 : 2); i++) {
		rule = policy_add_consumer(policy, CONSUMER_USER, users[i], i ? "root" : "own");
		if (!rule)
			return -ENOMEM;
		rule->rights = (struct consumer_rights){
			.display = RIGHT_CLAIM,
			.playback = RIGHT_CLAIM,
			.capture = RIGHT_CLAIM,
			.input = true,
			.status = true,
			.control = true,
		};
	}
	return 0;
}

static int start_threads(struct stage *stage)
{
	int rc;

	rc = deadlines_open(&stage->xen.deadlines, stage->base);
	if (rc < 0)
		return unavailable("make a timer", rc);
	rc = worker_start(&stage->xen.worker, stage->base);
	if (rc < 0)
		return unavailable("start the worker thread", rc);
	rc = closer_start();
	if (rc < 0)
		return unavailable("start a thread", rc);
	rc = ledger_start(stage->base, stage->policy.max_held_pages,
			  stage->policy.max_all_held_pages);
	if (rc < 0)
		return unavailable("keep account of memory", rc);
	rc = supply_create(&stage->display.supply, &stage->xen);
	return rc < 0 ? unavailable("set up the buffers", rc) : 0;
}

static void fill_in(struct stage *stage)
{
	stage->sound = (struct sound_env){
		.xen = &stage->xen,
		.base = stage->base,
		.observer = &observer,
		.observer_data = stage,
		.generation = card_new_generation(),
	};
	stage->display.xen = &stage->xen;
	stage->display.base = stage->base;
	stage->display.observer = &server_connectors;
	stage->display.observer_data = stage->server;
	stage->input = (struct input_env){
		.xen = &stage->xen,
		.base = stage->base,
		.observer = &server_inputs,
		.observer_data = stage->server,
	};
}

int stage_open(struct stage *stage, const struct options *options)
{
	static const struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	int rc;

	memset(stage, 0, sizeof *stage);
	LIST_INIT(&stage->plugs);
	stage->options = options;
	policy_init(&stage->policy);
	rc = make_policy(&stage->policy);
	if (rc < 0)
		return unavailable("make the rules for consumers", rc);
	stage->base = event_base_new();
	if (!stage->base)
		return unavailable("set up the event loop", -ENOMEM);
	rc = start_threads(stage);
	if (rc < 0)
		return rc;
	rc = server_create(&stage->server, stage->base, &stage->policy, &limits, options->socket,
			   NULL, false);
	if (rc < 0)
		return rc;
	fill_in(stage);
	return 0;
}

void stage_close(struct stage *stage)
{
	struct plug *plug;

	while ((plug = LIST_FIRST(&stage->plugs))) {
		LIST_REMOVE(plug, link);
		plug->ops->finish(plug);
	}
	server_destroy(stage->server);
	worker_stop(stage->xen.worker);
	supply_destroy(stage->display.supply);
	closer_stop();
	ledger_stop();
	policy_finish(&stage->policy);
	deadlines_close(stage->xen.deadlines);
	if (stage->base)
		event_base_free(stage->base);
}

void stage_turn_still(struct stage *stage)
{
	struct plug *plug;

	stage->is_still = !stage->is_still;
	LIST_FOREACH (plug, &stage->plugs, link)
		if (plug->connected && plug->ops->still)
			plug->ops->still(plug);
}

void stage_say(const struct plug *plug, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	/* One call, because another thread says something, too. */
	printf("%s domain=%u unique_id=%s %s\n", word_names[plug->role.word], plug->role.domid,
	       plug->role.unique_id, text);
	fflush(stdout);
}
