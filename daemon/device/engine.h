/* SPDX-License-Identifier: MIT */
/*
 * What serves a connected frontend: a card or a display, whichever the device is, with the
 * configuration it runs on.  The device says when it starts and stops.
 */
#ifndef XENAVD_ENGINE_H
#define XENAVD_ENGINE_H

#include <stdbool.h>

#include "config/policy.h"
#include "device/device.h"
#include "device/xenbus.h"

struct card;
struct display;
struct log_source;
struct tree;

struct engine_events {
	void (*connected)(void *data, int rc); /* 0, or why not; it has to be stopped in any case */
	void (*broke)(void *data);             /* the frontend broke its rings; may stop nothing */
	void (*gone)(void *data);              /* after engine_stop() */
};

struct engine {
	enum engine_state state;
	struct card *card;
	struct display *display;
	struct tree *config;     /* of the frontend, as it was published */
	struct guest_info guest; /* as it was then */
	const struct engine_events *events;
	void *data;
};

/* Zeroed, nothing runs. */
void engine_init(struct engine *engine, const struct engine_events *events, void *data);

/*
 * Start to connect to the rings that a view tells of; its configuration is taken, whatever comes
 * of it.
 *
 * @return 0, and connected is called later; -ENOMEM, -EINVAL, or what else makes no engine of it.
 */
int engine_start(struct engine *engine, const struct device_env *env, struct store_view *view,
		 struct log_source *log);

/* It is starting or running. */
void engine_stop(struct engine *engine);

/* Is it starting or running? */
bool engine_is_up(const struct engine *engine);

/* How many streams or connectors it has, while it is up. */
unsigned engine_channels(const struct engine *engine);

/* Does the guest have something open in it? */
bool engine_open(const struct engine *engine);

/* Does a frontend that goes away have nothing to ask of it any more? */
bool engine_idle(const struct engine *engine);

/* The frontend lets go: it must hear of no page flip any more. */
void engine_end_flips(struct engine *engine);

/* Has the frontend published other rings than those that are in use? */
bool engine_is_stale(const struct engine *engine, const struct store_view *view);

#endif
