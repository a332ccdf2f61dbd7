/* SPDX-License-Identifier: MIT */
/* See engine.h. */
#include <config.h>

#include <stdio.h>

#include "device/engine.h"
#include "display/display.h"
#include "report/log.h"
#include "sound/card.h"
#include "xen/tree.h"

static void on_connected(void *data, int rc)
{
	struct engine *engine = data;

	engine->state = ENGINE_RUNNING;
	engine->events->connected(engine->data, rc);
}

static void on_broke(void *data)
{
	struct engine *engine = data;

	engine->events->broke(engine->data);
}

static void forget_config(struct engine *engine)
{
	tree_destroy(engine->config);
	engine->config = NULL;
}

static void on_gone(void *data)
{
	struct engine *engine = data;

	engine->state = ENGINE_NONE;
	forget_config(engine);
	engine->events->gone(engine->data);
}

void engine_init(struct engine *engine, const struct engine_events *events, void *data)
{
	*engine = (struct engine){.events = events, .data = data};
}

/* What its other devices have is no longer there for this one. */
static void leave_to_others(struct guest_policy *policy, enum device_kind kind, unsigned others)
{
	uint32_t *max = kind == DEVICE_VSND ? &policy->max_streams : &policy->max_connectors;

	*max = *max > others ? *max - others : 0;
}

static int create(struct engine *engine, const struct device_env *env,
		  const struct store_view *view, struct log_source *log)
{
	struct guest_info *guest = &engine->guest;

	guest->domid = view->id.domid;
	snprintf(guest->name, sizeof guest->name, "%s", view->domain_name);
	snprintf(guest->uuid, sizeof guest->uuid, "%s", view->domain_uuid);
	policy_guest(env->policy, guest->name, guest->uuid, &guest->policy);
	leave_to_others(&guest->policy, view->id.kind, env->others(&view->id, env->data));
	/* As in a driver domain, as a rule. */
	if (!guest->name[0] && !guest->uuid[0] && policy_names_guests(env->policy))
		log_warn_from(
			log,
			"Name and UUID of domain %u cannot be read: what the configuration says "
			"of guests by name does not count for it",
			guest->domid);
	if (view->id.kind == DEVICE_VSND)
		return card_create(&engine->card, env->sound, guest, view->id.devid, engine->config,
				   log);
	return display_create(&engine->display, env->display, guest, view->id.devid, engine->config,
			      log);
}

int engine_start(struct engine *engine, const struct device_env *env, struct store_view *view,
		 struct log_source *log)
{
	int rc;

	engine->config = view->config;
	view->config = NULL;
	rc = create(engine, env, view, log);
	if (rc < 0) {
		forget_config(engine);
		return rc;
	}
	engine->state = ENGINE_STARTING;
	if (engine->card)
		card_connect(engine->card, on_connected, on_broke, engine);
	else
		display_connect(engine->display, on_connected, on_broke, engine);
	return 0;
}

void engine_stop(struct engine *engine)
{
	struct card *card = engine->card;
	struct display *display = engine->display;

	engine->state = ENGINE_STOPPING;
	engine->card = NULL;
	engine->display = NULL;
	if (card)
		card_disconnect(card, on_gone, engine);
	else
		display_disconnect(display, on_gone, engine);
}

bool engine_is_up(const struct engine *engine)
{
	return engine->state == ENGINE_STARTING || engine->state == ENGINE_RUNNING;
}

unsigned engine_channels(const struct engine *engine)
{
	if (engine->card)
		return card_n_streams(engine->card);
	return engine->display ? display_n_connectors(engine->display) : 0;
}

bool engine_open(const struct engine *engine)
{
	if (engine->card)
		return !card_idle(engine->card);
	return engine->display && !display_idle(engine->display);
}

bool engine_idle(const struct engine *engine)
{
	/* A display frontend that goes away sends nothing any more, whatever it has open. */
	return !engine->card || card_idle(engine->card);
}

void engine_end_flips(struct engine *engine)
{
	if (engine->display)
		display_end_flips(engine->display);
}

bool engine_is_stale(const struct engine *engine, const struct store_view *view)
{
	return engine->config && view->config && view->fe_state == XB_INITIALISED &&
	       !tree_same_but(engine->config, view->config, "state");
}
