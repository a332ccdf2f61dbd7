/* SPDX-License-Identifier: MIT */
/*
 * See device.h.  Every event leads to decide(): a view from the store, an engine that has started
 * or gone, a timer.  Nothing is decided on stale facts: while a state that we wrote has not come
 * back in a view.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/engine.h"
#include "config/policy.h"
#include "device/device.h"
#include "device/env.h"
#include "device/keeping.h"
#include "device/kinds.h"
#include "device/xenbus.h"
#include "journal/journal.h"
#include "report/log.h"
#include "xen/tree.h"

/* A state that could not be written is written again after this time, then after twice that
 * time. */
#define RETRY_NS        (50 * NS_PER_MS)
#define RETRY_MAX_SHIFT 7

struct device {
	const struct device_env *env;
	struct device_id id;
	struct journal_key key;
	struct log_source log;
	struct event *timer;
	struct xenbus xenbus;
	bool seen;
	bool resumable; /* the first view shows what an earlier process has kept */
	bool resuming;  /* the engine goes on with that */
	bool quitting;
	bool abandoned;
	bool forgotten;
	struct store_view view; /* the newest; we own its config */

	enum engine_state engine_state;
	struct engine *engine;   /* while it is starting or running, else NULL */
	struct tree *config;     /* the one the engine was made from */
	struct guest_info guest; /* of that time */

	uint64_t write_seq; /* of the last state we wrote */
	int writing;        /* the state being written; 0: none */
	int be_before;      /* our state before that */
	unsigned failures;  /* to write, in a row */
	uint64_t retry_ns;  /* no write before, while be_before stands */
	int error;          /* the failure of the engine, or 0 */
};

static void decide(struct device *device);

/* -------- the engine -------- */

/* From here on, and no earlier, the next process may resume the device. */
static void keep(struct device *device)
{
	if (device->resuming)
		journal_adopt(device->env->journal, &device->key);
	else
		keeping_begin(device->env->journal, &device->key, device->guest.uuid,
			      device->config);
}

static void stop_engine(struct device *device);

static void on_connected(void *data, int rc)
{
	struct device *device = data;
	const char *name = device->guest.name;

	device->engine_state = ENGINE_RUNNING;
	if (rc < 0 && device->resuming) {
		log_warn_from(&device->log,
			      "Could not go on after a restart, the frontend has to "
			      "start over: %s",
			      strerror(-rc));
		stop_engine(device);
		return;
	}
	if (rc == 0)
		keep(device);
	if (rc < 0) {
		log_warn_from(&device->log, "Could not connect to the frontend: %s", strerror(-rc));
		device->error = rc;
	} else {
		log_event(&device->log, LOG_LEVEL_INFO,
			  device->resuming ? LOG_RESUMED : LOG_CONNECTED, "%s %s",
			  device->resuming ? "Went on with" : "Connected to",
			  name[0] ? name : "a domain without a name");
	}
	decide(device);
}

static void on_broke(void *data)
{
	struct device *device = data;

	/* Stop from the loop: our caller is using the engine. */
	device->error = -EPROTO;
	event_add(device->timer, &(struct timeval){0});
}

static void forget_config(struct device *device)
{
	tree_destroy(device->config);
	device->config = NULL;
}

static void on_gone(void *data)
{
	struct device *device = data;

	log_event(&device->log, LOG_LEVEL_INFO, LOG_DISCONNECTED, "Disconnected");
	device->engine_state = ENGINE_NONE;
	journal_forget(device->env->journal, &device->key);
	forget_config(device);
	decide(device);
	device->env->changed(device->env->data);
}

static const struct engine_events engine_events = {on_connected, on_broke, on_gone};

static void start_engine(struct device *device, bool resumes)
{
	if (device->view.config_rc < 0) {
		device->error = device->view.config_rc;
		log_warn_from(&device->log, "Could not read the frontend's configuration: %s",
			      strerror(-device->error));
		decide(device);
		return;
	}
	if (!device->view.config)
		return; /* the next view has it */
	device->error = device_kind_create(&device->engine, device->env, &device->view,
					   &device->guest, &device->log);
	device->config = device->view.config;
	device->view.config = NULL;
	if (device->error < 0) {
		journal_forget(device->env->journal, &device->key);
		forget_config(device);
		decide(device);
		return;
	}
	device->engine_state = ENGINE_STARTING;
	device->resuming = resumes;
	device->engine->events = &engine_events;
	device->engine->data = device;
	device->engine->resumes = resumes;
	device->engine->ops->connect(device->engine);
}

static void stop_engine(struct device *device)
{
	struct engine *engine = device->engine;

	journal_spoil(device->env->journal, &device->key);
	device->engine_state = ENGINE_STOPPING;
	device->engine = NULL;
	engine->ops->disconnect(engine);
}

/* Has the frontend published other rings than those that are in use? */
static bool engine_is_stale(const struct device *device)
{
	const struct store_view *view = &device->view;

	return device->config && view->config && store_has_published(view) &&
	       !tree_same_but(device->config, view->config, "state");
}

/* -------- decisions -------- */

/* With renew, which goes with InitWait only, the guest is to make the device anew. */
static void write_state(struct device *device, int state, bool renew)
{
	const char *error = NULL;
	int rc;

	if (state == XB_CLOSED && device->error < 0)
		error = strerror(-device->error);
	/* The frontend is about to let go. */
	if (state != XB_CONNECTED)
		journal_spoil(device->env->journal, &device->key);
	if (state != XB_CONNECTED && device->engine && device->engine->ops->end_flips)
		device->engine->ops->end_flips(device->engine);
	if (renew)
		log_warn_from(&device->log, "The guest has lost the device: offering it a new one");
	log_debug("%s: Writing state %d", device->log.name, state);
	device->writing = state;
	device->be_before = device->view.be_state;
	rc = store_write_state(device->env->store, &device->id, renew ? STORE_OFFER_ANEW : state,
			       error, &device->write_seq);
	if (rc < 0) {
		log_err("%s: Could not write state %d: %s", device->log.name, state, strerror(-rc));
		/* No view will follow. */
		event_add(device->timer, &(struct timeval){0});
	}
}

static void arm_timer(struct device *device, uint64_t at_ns, uint64_t now)
{
	const struct timeval tv = timeval_of_ns(at_ns > now ? at_ns - now : 0);

	if (at_ns == 0)
		event_del(device->timer);
	else
		event_add(device->timer, &tv);
}

/* Note what became of the last state that we wrote. */
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
	if (state == XB_CLOSED && device->engine_state == ENGINE_NONE)
		device->error = 0; /* the frontend has been told */
}

/* Otherwise a write that keeps failing would be tried, and logged, without end. */
static bool must_wait_to_retry(const struct device *device, uint64_t now)
{
	return now < device->retry_ns && device->view.be_state == device->be_before;
}

static struct xenbus_facts facts_of(const struct device *device)
{
	const struct store_view *view = &device->view;
	const struct engine *engine = device->engine;
	const bool open = engine && engine->ops->is_open(engine);

	return (struct xenbus_facts){
		.present = view->present,
		.online = view->online,
		.domain_alive = view->domain_alive,
		.be = view->be_state,
		.fe = view->fe_state,
		.engine = device->engine_state,
		.engine_open = open,
		.requests_due = open && engine->ops->closed_by_requests,
		.quitting = device->quitting,
		.early = device->id.kind->early,
		.has_config = view->config || view->config_rc < 0,
		.resumable = device->resumable,
		.now_ns = now_ns(),
	};
}

static void decide(struct device *device)
{
	struct xenbus_facts facts = facts_of(device);
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
	if (device->resumable && step.engine != ENGINE_RESUME)
		journal_forget(device->env->journal, &device->key);
	device->resumable = false;
	if (step.backing_off)
		log_event(&device->log, LOG_LEVEL_WARN, LOG_FAILING,
			  "The frontend keeps failing: it has to wait");
	arm_timer(device, step.again_ns, facts.now_ns);
	if (step.write)
		write_state(device, step.write, step.renew);
	if (step.engine == ENGINE_STOP)
		stop_engine(device);
	else if (step.engine != ENGINE_KEEP)
		start_engine(device, step.engine == ENGINE_RESUME);
	if (step.forget && !device->forgotten) {
		device->forgotten = true;
		device->env->changed(device->env->data);
	}
}

static void on_timer(evutil_socket_t, short, void *arg)
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
	device_kind_key(id, &device->key);
	device->timer = event_new(env->base, -1, 0, on_timer, device);
	if (!device->timer) {
		free(device);
		return -ENOMEM;
	}
	log_source_init(&device->log, "%s %u/%u", id->kind->name, id->domid, id->devid);
	log_source_set_device(&device->log, id->kind->name, id->domid, id->devid, "");
	*out = device;
	return 0;
}

void device_destroy(struct device *device)
{
	event_free(device->timer);
	tree_destroy(device->view.config);
	forget_config(device);
	free(device);
}

const struct device_id *device_get_id(const struct device *device)
{
	return &device->id;
}

/* What an earlier process has kept is good for this moment only. */
static void look_back(struct device *device)
{
	device->resumable = keeping_fits(device->env->journal, &device->key, &device->view);
	if (!device->resumable)
		journal_forget(device->env->journal, &device->key);
}

void device_view(struct device *device, struct store_view *view)
{
	tree_destroy(device->view.config);
	device->view = *view;
	view->config = NULL;
	if (!device->seen)
		look_back(device);
	device->seen = true;
	device->forgotten = false;
	if (device->engine && !device->abandoned && engine_is_stale(device))
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
	if (device->engine)
		stop_engine(device);
}

bool device_running(const struct device *device)
{
	return device->engine_state != ENGINE_NONE;
}

unsigned device_channels(const struct device *device)
{
	const struct engine *engine = device->engine;

	return engine ? engine->ops->n_channels(engine) : 0;
}

bool device_forgotten(const struct device *device)
{
	return device->forgotten;
}

void device_reload(struct device *device)
{
	policy_guest(device->env->policy, device->guest.name, device->guest.uuid,
		     &device->guest.policy);
	if (device->engine)
		device->engine->ops->limit(device->engine, &device->guest.policy);
}

void device_get_guest(const struct device *device, struct guest_info *guest)
{
	const struct store_view *view = &device->view;

	/* Views have names only when they have a configuration. */
	if (device->engine) {
		*guest = device->guest;
		return;
	}
	*guest = (struct guest_info){.domid = device->id.domid};
	memcpy(guest->name, view->domain_name, sizeof guest->name);
	memcpy(guest->uuid, view->domain_uuid, sizeof guest->uuid);
	policy_guest(device->env->policy, guest->name, guest->uuid, &guest->policy);
}

void device_get_states(const struct device *device, int *backend, int *frontend)
{
	*backend = device->view.be_state;
	*frontend = device->view.fe_state;
}
