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
#include "device/pending.h"
#include "device/view.h"
#include "device/xenbus.h"
#include "journal/journal.h"
#include "report/log.h"
#include "xen/tree.h"

/* Rings that were refused once are tried again after this time, if the frontend has not written
 * meanwhile. */
#define REFUSED_WAIT_NS (500 * NS_PER_MS)

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
	struct pending pending;
	int error;           /* the failure of the engine, or 0 */
	uint64_t refused_ns; /* the rings in the view could not be connected then, and the
			      * frontend has not written since; or 0 */
	bool served;         /* the engine has been connected */
	bool unserved;       /* the engine was refused: what it was made from is tried again */
	bool replaced;       /* in 4 the frontend has published rings that nobody has served */
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

/*
 * The rings of this moment may be about to go: a driver that hears twice of our 2 publishes rings,
 * takes them back and publishes others.  6 would make it do that again, and so only rings that are
 * refused twice, while their frontend stands still, are an error.
 */
static void on_refused(struct device *device, int rc)
{
	if (device->resuming) {
		log_warn_from(&device->log,
			      "Could not go on after a restart, the frontend has to "
			      "start over: %s",
			      strerror(-rc));
		stop_engine(device);
	} else if (device->refused_ns == 0) {
		log_info_from(&device->log, "Could not connect to the frontend at once: %s",
			      strerror(-rc));
		device->refused_ns = now_ns();
		device->unserved = true;
		stop_engine(device);
	} else {
		log_warn_from(&device->log, "Could not connect to the frontend: %s", strerror(-rc));
		device->error = rc;
		decide(device);
	}
}

static void on_connected(void *data, int rc)
{
	struct device *device = data;
	const char *name = device->guest.name;

	device->engine_state = ENGINE_RUNNING;
	if (rc < 0) {
		on_refused(device, rc);
		return;
	}
	keep(device);
	device->served = true;
	device->refused_ns = 0;
	device->replaced = false;
	log_event(&device->log, LOG_LEVEL_INFO, device->resuming ? LOG_RESUMED : LOG_CONNECTED,
		  "%s %s", device->resuming ? "Went on with" : "Connected to",
		  name[0] ? name : "a domain without a name");
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

	device->engine_state = ENGINE_NONE;
	journal_forget(device->env->journal, &device->key);
	if (device->served)
		log_event(&device->log, LOG_LEVEL_INFO, LOG_DISCONNECTED, "Disconnected");
	if (device->unserved)
		view_return_config(&device->view, &device->config, &device->guest);
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
	device->served = device->unserved = false;
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
	pending_begin(&device->pending, state, device->view.be_state);
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
		.replaced = device->replaced,
		.start_ns = device->refused_ns ? device->refused_ns + REFUSED_WAIT_NS : 0,
		.now_ns = now_ns(),
	};
}

static void decide(struct device *device)
{
	struct xenbus_facts facts = facts_of(device);
	struct xenbus_step step;
	int written;

	if (!device->seen || device->abandoned || device_waits_for_store(device))
		return;
	written = pending_note(&device->pending, facts.be, facts.now_ns);
	if (written == XB_CLOSED && facts.engine == ENGINE_NONE)
		device->error = 0; /* the frontend has been told */
	if (pending_must_wait(&device->pending, facts.be, facts.now_ns)) {
		arm_timer(device, device->pending.retry_ns, facts.now_ns);
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

/*
 * Behind our 4 only rings are read that are other ones than before.  Nobody has used them yet, and
 * so they can be served without a word to the frontend.
 */
static void take_view(struct device *device, struct store_view *view)
{
	const bool has_rings = view_has_rings(view);

	if (!has_rings || view->fe_wrote)
		device->refused_ns = 0;
	device->replaced |= device->seen && view_has_other_rings(view, device->config);
	device->replaced &= has_rings && view->be_state == XB_CONNECTED;
	device->unserved &= has_rings && !view->config && view->config_rc == 0;
	view_replace(&device->view, view, device->unserved || device->replaced);
}

void device_view(struct device *device, struct store_view *view)
{
	take_view(device, view);
	if (!device->seen)
		look_back(device);
	device->seen = true;
	device->forgotten = false;
	if (device->engine && !device->abandoned &&
	    view_has_other_rings(&device->view, device->config))
		stop_engine(device);
	else
		decide(device);
}

void device_quit(struct device *device)
{
	device->quitting = true;
	pending_hurry(&device->pending);
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
