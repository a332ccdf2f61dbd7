/* SPDX-License-Identifier: MIT */
/*
 * See device.h.  Everything funnels into decide(): a view from the store, an engine that has
 * started or gone, a timer.  While a state we wrote has not come back in a view, nothing is
 * decided, because the facts are stale.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/policy.h"
#include "device/device.h"
#include "device/xenbus.h"
#include "display/display.h"
#include "report/clock.h"
#include "report/log.h"
#include "sound/card.h"
#include "xen/tree.h"

/* A state that could not be written is written again after so long, then twice as long.. */
#define RETRY_NS        (50 * NS_PER_MS)
#define RETRY_MAX_SHIFT 7

struct device {
	const struct device_env *env;
	struct device_id id;
	struct log_source log;
	struct event *timer;
	struct xenbus xenbus;
	bool seen;
	bool quitting;
	bool abandoned;
	bool forgotten;
	struct store_view view;  /* the newest; its config is ours */
	struct tree *used;       /* the configuration that the engine runs on */
	struct guest_info guest; /* as it was when the engine was made */
	uint64_t write_seq;      /* of the last state we wrote */
	int writing;             /* that state, until it is known what came of it; 0: none */
	int be_before;           /* and what it was to replace */
	unsigned failures;       /* to write, in a row */
	uint64_t retry_ns;       /* write nothing before, while be_before stands */
	int error;               /* why it failed, or 0 */
	enum engine_state engine;
	struct card *card;
	struct display *display;
};

static void decide(struct device *device);

/* -------- the engine -------- */

static void on_connected(void *data, int rc)
{
	struct device *device = data;

	if (rc < 0) {
		log_warn_from(&device->log, "Could not connect to the frontend: %s", strerror(-rc));
		device->error = rc;
	} else {
		log_info_from(&device->log, "Connected to %s",
			      device->guest.name[0] ? device->guest.name
						    : "a domain without a name");
	}
	device->engine = ENGINE_RUNNING;
	decide(device);
}

static void on_broke(void *data)
{
	struct device *device = data;

	/* From the loop, because whoever found out is still in the middle of using the engine. */
	device->error = -EPROTO;
	event_add(device->timer, &(struct timeval){0});
}

static void on_gone(void *data)
{
	struct device *device = data;

	log_debug("%s: Disconnected", device->log.name);
	device->engine = ENGINE_NONE;
	tree_destroy(device->used);
	device->used = NULL;
	decide(device);
	device->env->changed(device->env->data);
}

static int create_engine(struct device *device)
{
	const struct device_env *env = device->env;
	const struct store_view *view = &device->view;
	struct guest_info *guest = &device->guest;

	guest->domid = device->id.domid;
	snprintf(guest->name, sizeof guest->name, "%s", view->domain_name);
	snprintf(guest->uuid, sizeof guest->uuid, "%s", view->domain_uuid);
	policy_guest(env->policy, guest->name, guest->uuid, &guest->policy);
	if (device->id.kind == DEVICE_VSND)
		return card_create(&device->card, env->sound, guest, device->id.devid, device->used,
				   &device->log);
	return display_create(&device->display, env->display, guest, device->id.devid, device->used,
			      &device->log);
}

static void start_engine(struct device *device)
{
	if (device->view.config_rc < 0) {
		device->error = device->view.config_rc;
		log_warn_from(&device->log, "Could not read its configuration: %s",
			      strerror(-device->error));
		decide(device);
		return;
	}
	if (!device->view.config)
		return; /* the next view has it */
	device->used = device->view.config;
	device->view.config = NULL;
	device->error = create_engine(device);
	if (device->error < 0) {
		tree_destroy(device->used);
		device->used = NULL;
		decide(device);
		return;
	}
	device->engine = ENGINE_STARTING;
	if (device->card)
		card_connect(device->card, on_connected, on_broke, device);
	else
		display_connect(device->display, on_connected, on_broke, device);
}

static void stop_engine(struct device *device)
{
	struct card *card = device->card;
	struct display *display = device->display;

	device->engine = ENGINE_STOPPING;
	device->card = NULL;
	device->display = NULL;
	if (card)
		card_disconnect(card, on_gone, device);
	else
		display_disconnect(display, on_gone, device);
}

static bool engine_open(const struct device *device)
{
	if (device->card)
		return !card_idle(device->card);
	return device->display && !display_idle(device->display);
}

static bool engine_idle(const struct device *device)
{
	/* A display frontend that goes away sends nothing any more, whatever it has open. */
	return !device->card || card_idle(device->card);
}

/* -------- decisions -------- */

static void write_state(struct device *device, int state)
{
	const char *error = NULL;
	int rc;

	if (state == XB_CLOSED && device->error < 0)
		error = strerror(-device->error);
	if (device->display && state != XB_CONNECTED)
		display_end_flips(device->display);
	log_debug("%s: Writing state %d", device->log.name, state);
	device->writing = state;
	device->be_before = device->view.be_state;
	rc = store_write_state(device->env->store, &device->id, state, error, &device->write_seq);
	if (rc < 0) {
		log_err("%s: Could not write state %d: %s", device->log.name, state, strerror(-rc));
		/* No view will say so. */
		event_add(device->timer, &(struct timeval){0});
	}
}

static void arm_timer(struct device *device, uint64_t at_ns, uint64_t now)
{
	uint64_t wait_ns = at_ns > now ? at_ns - now : 0;
	struct timeval tv = {
		.tv_sec = (time_t)(wait_ns / NS_PER_SEC),
		.tv_usec = (suseconds_t)(wait_ns % NS_PER_SEC / 1000) + 1,
	};

	if (at_ns == 0)
		event_del(device->timer);
	else
		event_add(device->timer, &tv);
}

/* What has come of the last state we wrote? */
static void note_written(struct device *device, uint64_t now)
{
	const int state = device->writing;
	unsigned shift = device->failures;

	if (state == XB_UNKNOWN)
		return;
	device->writing = XB_UNKNOWN;
	if (device->be_before != state && device->view.be_state == device->be_before) {
		if (shift > RETRY_MAX_SHIFT)
			shift = RETRY_MAX_SHIFT;
		device->failures++;
		device->retry_ns = now + (RETRY_NS << shift);
		return;
	}
	device->failures = 0;
	device->retry_ns = 0;
	if (state == XB_CLOSED && device->engine == ENGINE_NONE)
		device->error = 0; /* it is said, and over */
}

/* Or else whatever makes the writing fail would be tried, and logged, without end. */
static bool must_wait_to_retry(const struct device *device, uint64_t now)
{
	return now < device->retry_ns && device->view.be_state == device->be_before;
}

static void decide(struct device *device)
{
	const struct store_view *view = &device->view;
	struct xenbus_facts facts = {
		.present = view->present,
		.online = view->online,
		.domain_alive = view->domain_alive,
		.be = view->be_state,
		.fe = view->fe_state,
		.engine = device->engine,
		.engine_open = engine_open(device),
		.engine_idle = engine_idle(device),
		.quitting = device->quitting,
		.now_ns = now_ns(),
	};
	struct xenbus_step step;

	if (!device->seen || device->abandoned || device_waits_for_store(device))
		return;
	note_written(device, facts.now_ns);
	if (must_wait_to_retry(device, facts.now_ns)) {
		arm_timer(device, device->retry_ns, facts.now_ns);
		return;
	}
	facts.failed = device->error < 0;
	step = xenbus_decide(&device->xenbus, &facts);
	if (step.backing_off)
		log_warn_from(&device->log,
			      "The frontend fails again and again; it has to wait now");
	arm_timer(device, step.again_ns, facts.now_ns);
	if (step.write)
		write_state(device, step.write);
	if (step.engine == ENGINE_STOP)
		stop_engine(device);
	else if (step.engine == ENGINE_START)
		start_engine(device);
	if (step.forget && !device->forgotten) {
		device->forgotten = true;
		device->env->changed(device->env->data);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	decide(arg);
}

/* -------- the outside -------- */

int device_create(struct device **out, const struct device_env *env, const struct device_id *id)
{
	struct device *device = calloc(1, sizeof *device);

	if (!device)
		return -ENOMEM;
	device->env = env;
	device->id = *id;
	device->timer = event_new(env->base, -1, 0, on_timer, device);
	if (!device->timer) {
		free(device);
		return -ENOMEM;
	}
	log_source_init(&device->log, "%s %u/%u", device_kind_name(id->kind), id->domid, id->devid);
	*out = device;
	return 0;
}

void device_destroy(struct device *device)
{
	event_free(device->timer);
	tree_destroy(device->view.config);
	tree_destroy(device->used);
	free(device);
}

const struct device_id *device_get_id(const struct device *device)
{
	return &device->id;
}

/* Has the frontend published other rings than those that are being connected? */
static bool used_is_stale(const struct device *device)
{
	return device->used && device->view.config && device->view.fe_state == XB_INITIALISED &&
	       !tree_same_but(device->used, device->view.config, "state");
}

void device_view(struct device *device, struct store_view *view)
{
	bool busy = device->engine == ENGINE_STARTING || device->engine == ENGINE_RUNNING;

	tree_destroy(device->view.config);
	device->view = *view;
	view->config = NULL;
	device->seen = true;
	device->forgotten = false;
	if (busy && !device->abandoned && used_is_stale(device))
		stop_engine(device);
	else
		decide(device);
}

void device_quit(struct device *device)
{
	device->quitting = true;
	device->retry_ns = 0;
	device->failures = 0;
	decide(device);
}

bool device_waits_for_store(const struct device *device)
{
	return device->view.write_seq < device->write_seq;
}

void device_abandon(struct device *device)
{
	device->abandoned = true;
	event_del(device->timer);
	if (device->engine == ENGINE_STARTING || device->engine == ENGINE_RUNNING)
		stop_engine(device);
}

bool device_running(const struct device *device)
{
	return device->engine != ENGINE_NONE;
}

bool device_forgotten(const struct device *device)
{
	return device->forgotten;
}
