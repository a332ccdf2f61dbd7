/* SPDX-License-Identifier: MIT */
/*
 * The life of a vdispl device.  Connectors are announced when all rings are up, and torn down
 * together.  The end has three steps: serving and showing stop, and all buffers are submitted to be
 * unmapped; the rings are unmapped and consumers have released their buffers, which ends the
 * connectors; a last job is done, and with it all others on the worker.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/engine.h"
#include "display/context.h"
#include "display/display.h"
#include "display/farewell.h"
#include "display/offers.h"
#include "display/recall.h"
#include "display/requests.h"
#include "display/screen.h"
#include "display/tables.h"
#include "journal/journal.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "xen/worker.h"
#include "xen/xen.h"

struct display {
	struct engine engine;
	struct display_context context;
	bool connecting; /* engine_ops.connect() was called */
	bool announced;  /* the observer knows of the connectors */

	struct channel_set set;
	struct channel *channels[DISPLAY_MAX_CONNECTORS];
	struct request requests[DISPLAY_MAX_CONNECTORS];
	struct tables tables;
	struct farewells farewells;
	struct offers offers;

	unsigned n_endings; /* under way: consumers are asked, rings and a buffer are unmapped */
	struct job last;    /* done after all others */
};

static void display_free(struct display *display)
{
	for (unsigned i = 0; i < display->tables.n_connectors; i++)
		screen_finish(&display->tables.connectors[i]);
	free(display->tables.connectors);
	free(display);
}

static int make_connectors(struct display *display, const struct published_display *published)
{
	struct tables *tables = &display->tables;

	tables->connectors = calloc(published->n_connectors, sizeof *tables->connectors);
	if (!tables->connectors)
		return -ENOMEM;
	for (unsigned i = 0; i < published->n_connectors; i++) {
		struct connector *conn = &tables->connectors[i];

		tables->n_connectors = i + 1;
		display->channels[i] = &conn->channel;
		screen_init(conn, &display->context, (uint8_t)i, &published->connectors[i]);
		request_init(&display->requests[i], tables, conn);
	}
	display->set = (struct channel_set){
		.xen = display->context.env->xen,
		.domid = display->context.guest.domid,
		.kind = JOURNAL_DISPLAY,
		.devid = display->context.devid,
		.log = display->context.log,
		.channels = display->channels,
		.n_channels = tables->n_connectors,
	};
	return 0;
}

static void on_connected(struct channel_set *set, int rc)
{
	struct display *display = CONTAINER(set, struct display, set);

	if (rc == 0) {
		display->announced = true;
		/* The events that an earlier process owed. */
		for (unsigned i = 0; i < display->tables.n_connectors; i++)
			flips_room(&display->tables.connectors[i].flips);
		for (unsigned i = 0; i < display->tables.n_connectors; i++)
			screen_report(&display->tables.connectors[i]);
		for (unsigned i = 0; i < display->tables.n_connectors && !display->context.dead;
		     i++)
			display->context.env->observer->added(&display->tables.connectors[i],
							      display->context.env->observer_data);
	}
	if (!display->context.dead)
		display->engine.events->connected(display->engine.data, rc);
}

static void on_broke(struct channel_set *set)
{
	struct display *display = CONTAINER(set, struct display, set);

	display->engine.events->broke(display->engine.data);
}

static struct display *display_of(const struct engine *engine)
{
	return CONTAINER(engine, struct display, engine);
}

static void connect_channels(struct display *display)
{
	display->connecting = true;
	channel_set_connect(&display->set, on_connected, on_broke);
}

static void on_recalled(int rc, void *data)
{
	struct display *display = data;

	if (rc == 0)
		connect_channels(display);
	else
		display->engine.events->connected(display->engine.data, rc);
}

static void display_connect(struct engine *engine)
{
	struct display *display = display_of(engine);
	int rc;

	if (!engine->resumes) {
		connect_channels(display);
		return;
	}
	rc = channel_set_recall(&display->set);
	if (rc == 0)
		recall_display(&display->tables, on_recalled, display);
	else
		on_recalled(rc, display);
}

static unsigned display_n_connectors(const struct engine *engine)
{
	return display_of(engine)->tables.n_connectors;
}

static bool display_is_open(const struct engine *engine)
{
	return !tables_empty(&display_of(engine)->tables);
}

/* Linux does not survive a flip event while it takes its screens down: complete the flips that
 * wait, and take no more. */
static void display_end_flips(struct engine *engine)
{
	struct display *display = display_of(engine);

	for (unsigned i = 0; i < display->tables.n_connectors; i++)
		flips_end(&display->tables.connectors[i].flips);
}

static void display_limit(struct engine *engine, const struct guest_policy *policy)
{
	display_of(engine)->context.guest.policy = *policy;
}

/* The job is only a mark in the worker's queue. */
static void run_last(struct job *)
{
}

static void on_last(struct job *job)
{
	struct display *display = CONTAINER(job, struct display, last);
	const struct engine engine = display->engine;

	display_free(display);
	engine.events->gone(engine.data);
}

static void ended(struct display *display)
{
	if (--display->n_endings > 0)
		return;
	display->last.run = run_last;
	display->last.done = on_last;
	worker_submit_behind(display->context.env->xen->worker, &display->last);
}

static void on_disconnected(struct channel_set *set)
{
	ended(CONTAINER(set, struct display, set));
}

static void end_connectors(struct display *display)
{
	const struct display_env *env = display->context.env;

	for (unsigned i = 0; i < display->tables.n_connectors; i++) {
		screen_finish(&display->tables.connectors[i]);
		if (display->announced)
			env->observer->removed(&display->tables.connectors[i], env->observer_data);
	}
}

/* No consumer has a buffer any more, or those that have one are being disconnected. */
static void on_parted(void *data)
{
	struct display *display = data;

	end_connectors(display);
	ended(display);
}

static void on_all_unmapped(struct tables *tables)
{
	ended(CONTAINER(tables, struct display, tables));
}

static void display_disconnect(struct engine *engine)
{
	struct display *display = display_of(engine);

	display->context.dead = true;
	display->n_endings = 3;
	for (unsigned i = 0; i < display->tables.n_connectors; i++)
		screen_stop(&display->tables.connectors[i]);
	farewell_all(&display->farewells, on_parted, display);
	tables_end(&display->tables);
	if (display->connecting)
		channel_set_disconnect(&display->set, on_disconnected);
	else
		on_disconnected(&display->set);
}

/* A frontend that goes away sends no requests, even with buffers open. */
static const struct engine_ops display_ops = {
	.connect = display_connect,
	.disconnect = display_disconnect,
	.n_channels = display_n_connectors,
	.is_open = display_is_open,
	.end_flips = display_end_flips,
	.limit = display_limit,
};

int display_create(struct engine **out, const struct display_env *env,
		   const struct guest_info *guest, uint16_t devid, const struct tree *config,
		   struct log_source *log)
{
	CLEANUP_FREE struct published_display *parsed = malloc(sizeof *parsed);
	struct display *display;
	int rc;

	if (!parsed)
		return -ENOMEM;
	rc = published_display_read(parsed, config, log);
	if (rc < 0)
		return rc;
	if (parsed->n_connectors > guest->policy.max_connectors) {
		log_warn_from(log,
			      "Refused a display of %u connectors: the guest may have %u more "
			      "(connectors in xenavd.conf)",
			      parsed->n_connectors, guest->policy.max_connectors);
		return -E2BIG;
	}
	display = calloc(1, sizeof *display);
	if (!display)
		return -ENOMEM;
	display->engine.ops = &display_ops;
	display->context = (struct display_context){
		.env = env,
		.log = log,
		.farewells = &display->farewells,
		.offers = &display->offers,
		.guest = *guest,
		.devid = devid,
		.be_alloc = parsed->be_alloc,
		.version = parsed->version,
	};
	farewells_init(&display->farewells, env->base);
	display->offers.context = &display->context;
	tables_init(&display->tables, &display->context, on_all_unmapped);
	rc = make_connectors(display, parsed);
	if (rc < 0) {
		display_free(display);
		return rc;
	}
	*out = &display->engine;
	return 0;
}
