/* SPDX-License-Identifier: MIT */
/*
 * A vdispl device from its making to its end.  Connectors are announced when all rings are up, and
 * torn down together.  The end comes in three steps: nothing is served or shown any more and all
 * buffers are on their way to be unmapped; the rings are unmapped, and consumers have let go of
 * what they were given, which is when the connectors go; a last job has come home, and with it
 * whatever else was still on the worker.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "display/display-priv.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "xen/worker.h"
#include "xen/xen.h"

static void display_free(struct display *display)
{
	for (unsigned i = 0; i < display->n_connectors; i++)
		connector_finish(&display->connectors[i]);
	free(display->connectors);
	free(display);
}

static int make_connectors(struct display *display, const struct display_config *config)
{
	int rc;

	display->connectors = calloc(config->n_connectors, sizeof *display->connectors);
	if (!display->connectors)
		return -ENOMEM;
	for (unsigned i = 0; i < config->n_connectors; i++) {
		display->n_connectors = i + 1;
		display->channels[i] = &display->connectors[i].channel;
		rc = connector_init(&display->connectors[i], display, (uint8_t)i,
				    &config->connectors[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void on_connected(struct channel_set *set, int rc)
{
	struct display *display = CONTAINER(set, struct display, set);

	if (rc == 0) {
		display->announced = true;
		for (unsigned i = 0; i < display->n_connectors; i++)
			connector_report(&display->connectors[i]);
		for (unsigned i = 0; i < display->n_connectors && !display->dead; i++)
			display->env->observer->added(&display->connectors[i],
						      display->env->observer_data);
	}
	if (!display->dead)
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

static void display_connect(struct engine *engine)
{
	struct display *display = display_of(engine);

	display->connecting = true;
	channel_set_connect(&display->set, on_connected, on_broke);
}

static unsigned display_n_connectors(const struct engine *engine)
{
	return display_of(engine)->n_connectors;
}

static bool display_is_open(const struct engine *engine)
{
	const struct display *display = display_of(engine);

	for (unsigned i = 0; i < DISPLAY_MAX_DBUFS; i++)
		if (display->dbufs[i].cookie)
			return true;
	return false;
}

/* Linux does not survive a flip event while it takes its screens down: what waits is complete, and
 * no more flips are taken. */
static void display_end_flips(struct engine *engine)
{
	struct display *display = display_of(engine);

	for (unsigned i = 0; i < display->n_connectors; i++)
		flips_end(&display->connectors[i].flips);
}

/* Nothing but a mark in the worker's queue. */
static void run_last(struct job *job)
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
	worker_submit_behind(display->env->xen->worker, &display->last);
}

static void on_disconnected(struct channel_set *set)
{
	ended(CONTAINER(set, struct display, set));
}

static void end_connectors(struct display *display)
{
	const struct display_env *env = display->env;

	for (unsigned i = 0; i < display->n_connectors; i++) {
		connector_finish(&display->connectors[i]);
		if (display->announced)
			env->observer->removed(&display->connectors[i], env->observer_data);
	}
}

/* No consumer has anything of the guest's any more, or none that could be waited for. */
static void on_parted(struct display *display)
{
	end_connectors(display);
	ended(display);
}

static void display_disconnect(struct engine *engine)
{
	struct display *display = display_of(engine);

	display->dead = true;
	display->n_endings = 3;
	for (unsigned i = 0; i < display->n_connectors; i++)
		connector_stop(&display->connectors[i]);
	farewell_all(display, on_parted);
	dbufs_drop_all(display, ended);
	if (display->connecting)
		channel_set_disconnect(&display->set, on_disconnected);
	else
		on_disconnected(&display->set);
}

/* A frontend that goes away sends nothing, whatever it has open. */
static const struct engine_ops display_ops = {
	.connect = display_connect,
	.disconnect = display_disconnect,
	.n_channels = display_n_connectors,
	.is_open = display_is_open,
	.end_flips = display_end_flips,
};

int display_create(struct engine **out, const struct display_env *env,
		   const struct guest_info *guest, uint16_t devid, const struct tree *config,
		   struct log_source *log)
{
	CLEANUP_FREE struct display_config *parsed = malloc(sizeof *parsed);
	struct display *display;
	int rc;

	if (!parsed)
		return -ENOMEM;
	rc = display_config_read(parsed, config, log);
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
	display->env = env;
	display->log = log;
	display->guest = *guest;
	display->devid = devid;
	display->be_alloc = parsed->be_alloc;
	display->version = parsed->version;
	rc = make_connectors(display, parsed);
	if (rc < 0) {
		display_free(display);
		return rc;
	}
	display->set = (struct channel_set){
		.xen = env->xen,
		.domid = guest->domid,
		.log = log,
		.channels = display->channels,
		.n_channels = display->n_connectors,
	};
	*out = &display->engine;
	return 0;
}
