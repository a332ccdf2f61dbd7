/* SPDX-License-Identifier: MIT */
/*
 * xenavd: the backend of Xen's PV sound and PV display.  The parts, the order in which they start
 * and stop, the loop; nothing else.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/closer.h"
#include "base/container.h"
#include "base/deadline.h"
#include "buffer/account.h"
#include "buffer/ledger.h"
#include "buffer/pool.h"
#include "config/config.h"
#include "consumer/connectors.h"
#include "consumer/inputs.h"
#include "consumer/server.h"
#include "consumer/streams.h"
#include "device/env.h"
#include "device/kinds.h"
#include "device/registry.h"
#include "display/display.h"
#include "journal/journal.h"
#include "options.h"
#include "reload.h"
#include "report/log.h"
#include "report/status.h"
#include "service/fdstore.h"
#include "service/notify.h"
#include "service/sandbox.h"
#include "service/watchdog.h"
#include "signals.h"
#include "sound/card.h"
#include "status/host.h"
#include "xen/channel.h"
#include "xen/devices.h"
#include "xen/dmabuf.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/needed.h"
#include "xen/place.h"
#include "xen/store.h"
#include "xen/worker.h"
#include "xen/xen.h"

/* The time until another try, when something is missing. */
#define MISSING_SEC 2

struct daemon {
	const struct config *config; /* that applies */
	bool reached;                /* xenstored, and host.domid is valid */
	bool started;
	int place_fd; /* held until the end */
	struct event_base *base;
	struct xen xen;
	struct supply *supply;
	struct sound_env sound;
	struct display_env display;
	struct input_env input;
	struct server *server;
	struct xen_host host;
	struct registry *registry;
	struct store *store;
	struct watchdog *watchdog;
	struct signals signals;
	struct reload *reload;
	struct status_source status;
};

/* -------- the status -------- */

static void report(struct status_source *source)
{
	const struct daemon *d = CONTAINER(source, struct daemon, status);
	uint32_t mapped, lent;

	account_count(&mapped, &lent);
	status_line("pages mapped=%u lent=%u supplied=%u", mapped, lent, supply_pages(d->supply));
}

/* -------- starting -------- */

static int unavailable(const char *what, int rc)
{
	const char *hint = "";

	if (rc == -ENOENT)
		hint = " (is this a Xen domain, and are Xen's services running?)";
	else if (rc == -EACCES || rc == -EPERM)
		hint = " (xenavd has to be started by root)";
	log_err("Could not %s: %s%s", what, strerror(-rc), hint);
	return rc;
}

/* Without a journal guests are served all the same. */
static void start_journal(struct daemon *d)
{
	int rc = fdstore_start();

	if (rc < 0)
		log_warn("Could not take over descriptors: %s", strerror(-rc));
	rc = journal_open(&d->xen.journal);
	if (rc < 0 && rc != -ENOTSUP)
		log_warn("Guests will notice the next restart: %s", strerror(-rc));
}

/* Before the sandbox, so that it can say what is missing. */
static int start_place(struct daemon *d)
{
	int rc;

	rc = deadlines_open(&d->xen.deadlines, d->base);
	if (rc < 0)
		return unavailable("set up a timer", rc);
	rc = evtchn_open(&d->xen.evtchn, d->base, d->xen.deadlines);
	if (rc < 0)
		return unavailable("open " EVTCHN_DEVICE, rc);
	d->place_fd = place_take();
	return d->place_fd < 0 ? d->place_fd : 0;
}

static int start_xen(struct daemon *d)
{
	int rc;

	rc = gnttab_open(&d->xen.gnttab);
	if (rc < 0)
		return unavailable("open " GNTDEV_DEVICE, rc);
	rc = worker_start(&d->xen.worker, d->base);
	if (rc < 0)
		return unavailable("start the worker thread", rc);
	rc = supply_create(&d->supply, &d->xen);
	if (rc < 0)
		return unavailable("set up the buffers", rc);
	status_add(&d->status, report);
	return 0;
}

static void start_status(struct daemon *d)
{
	d->host = (struct xen_host){
		.registry = d->registry,
		.supply = d->supply,
		.xen = &d->xen,
	};
	xen_host_init(&d->host);
	server_set_host(d->server, &d->host.ops);
}

static void fill_in(struct daemon *d)
{
	d->sound = (struct sound_env){
		.xen = &d->xen,
		.base = d->base,
		.observer = &server_streams,
		.observer_data = d->server,
		.generation = card_new_generation(),
	};
	d->display = (struct display_env){
		.xen = &d->xen,
		.supply = d->supply,
		.base = d->base,
		.observer = &server_connectors,
		.observer_data = d->server,
	};
	d->input = (struct input_env){
		.xen = &d->xen,
		.base = d->base,
		.observer = &server_inputs,
		.observer_data = d->server,
	};
}

static int start_devices(struct daemon *d, const struct policy *policy)
{
	struct device_env env = {
		.base = d->base,
		.sound = &d->sound,
		.display = &d->display,
		.input = &d->input,
		.policy = policy,
		.supply = d->supply,
		.journal = d->xen.journal,
	};
	int rc;

	fill_in(d);
	rc = registry_create(&d->registry, &env);
	if (rc < 0)
		return unavailable("set up the devices", rc);
	/* Last of all: devices appear from here on. */
	rc = store_start(&d->store, d->base, device_kinds, registry_view, d->registry,
			 notify_works());
	if (rc < 0)
		return unavailable("talk to xenstored", rc);
	/* Nothing fails from here on, which would return the buffers to the kernel. */
	supply_recall(d->supply);
	registry_set_store(d->registry, d->store);
	signals_set_registry(&d->signals, d->registry, d->xen.journal != NULL);
	return 0;
}

/* Log what this machine cannot do, as far as the configuration needs it. */
static void tell_shortages(const struct config *config)
{
	if (policy_supplies(&config->policy))
		supply_check();
}

/* Once the daemon has started, and again when xenstored comes later than that. */
static void tell_serving(const struct daemon *d)
{
	const char *socket_path = d->config->socket_path;

	if (d->reached)
		log_event(NULL, LOG_LEVEL_INFO, LOG_STARTED,
			  "xenavd " PACKAGE_VERSION " serves domain %u, consumers at %s",
			  d->host.domid, socket_path);
	else
		log_event(NULL, LOG_LEVEL_INFO, LOG_STARTED,
			  "xenavd " PACKAGE_VERSION " waits for xenstored, consumers at %s",
			  socket_path);
}

/* At once, or when an xenstored comes that was not there at the start. */
static void on_reached(uint16_t own_domid, void *data)
{
	struct daemon *d = data;

	d->host.domid = own_domid;
	dmabuf_try(own_domid);
	d->reached = true;
	if (d->started)
		tell_serving(d);
}

static int start_server(struct daemon *d, const struct config *config)
{
	static const struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	const char *group = config->socket_group[0] ? config->socket_group : NULL;

	int rc;

	rc = server_create(&d->server, d->base, &config->policy, &limits, config->socket_path,
			   group, config_admits_others(config));
	if (rc == 0 && server_recall(d->server, d->xen.journal) < 0)
		log_warn("Consumers that come back may find their claims taken");
	return rc;
}

/* Threads that others need. */
static int start_helpers(struct daemon *d, const struct policy *policy)
{
	int rc;

	rc = closer_start();
	if (rc < 0)
		return unavailable("start a thread", rc);
	rc = ledger_start(d->base, policy->max_held_pages, policy->max_all_held_pages);
	if (rc < 0)
		return unavailable("keep account of memory", rc);
	return 0;
}

static int start_reload(struct daemon *d, struct config *config, const struct options *options)
{
	const struct reload_env env = {
		.base = d->base,
		.options = options,
		.config = config,
		.server = d->server,
		.registry = d->registry,
	};
	int rc = reload_create(&d->reload, &env);

	if (rc < 0)
		return unavailable("follow the configuration", rc);
	signals_set_reload(&d->signals, d->reload);
	return 0;
}

static int start_watchdog(struct daemon *d)
{
	int rc = watchdog_start(&d->watchdog, d->base);

	if (rc < 0)
		return unavailable("feed the watchdog", rc);
	worker_watch(d->xen.worker, d->watchdog);
	store_watch(d->store, d->watchdog);
	return 0;
}

static int start(struct daemon *d, struct config *config, const struct options *options,
		 const struct sandbox *sandbox)
{
	int rc;

	d->base = event_base_new();
	if (!d->base)
		return unavailable("set up the event loop", -ENOMEM);
	rc = signals_start(&d->signals, d->base);
	if (rc < 0)
		return unavailable("handle signals", rc);
	start_journal(d);
	rc = start_place(d);
	if (rc == 0)
		rc = start_server(d, config);
	if (rc == 0)
		rc = sandbox_begin(sandbox);
	/* From here on there are threads. */
	if (rc == 0)
		rc = start_xen(d);
	if (rc == 0)
		rc = start_helpers(d, &config->policy);
	if (rc == 0)
		rc = start_devices(d, &config->policy);
	if (rc == 0)
		rc = start_reload(d, config, options);
	if (rc < 0)
		return rc;
	start_status(d);
	tell_shortages(config);
	store_when_reached(d->store, on_reached, d);
	fdstore_finish();
	rc = start_watchdog(d);
	return rc < 0 ? rc : sandbox_close(sandbox);
}

static void stop(struct daemon *d)
{
	reload_destroy(d->reload);
	watchdog_stop(d->watchdog);
	store_stop(d->store);
	if (d->server)
		server_set_host(d->server, NULL);
	registry_destroy(d->registry);
	server_destroy(d->server);
	worker_stop(d->xen.worker);
	supply_destroy(d->supply);
	closer_stop();
	ledger_stop();
	gnttab_close(d->xen.gnttab);
	evtchn_close(d->xen.evtchn);
	deadlines_close(d->xen.deadlines);
	journal_close(d->xen.journal);
	signals_stop(&d->signals);
	status_remove(&d->status);
	if (d->place_fd >= 0)
		close(d->place_fd);
	if (d->base)
		event_base_free(d->base);
}

/* systemd starts us again soon, because guests wait after a crash; what is missing now does not
 * come so soon. */
static void linger(void)
{
	if (notify_works()) {
		notify_say("STATUS=Something is missing, see the log");
		sleep(MISSING_SEC);
	}
}

static int serve(struct config *config, const struct options *options)
{
	const struct sandbox sandbox = {
		.mode = options->sandbox,
		.user = options->user,
		.devices = xen_needed(),
		.ioctls = xen_ioctls(),
		.socket_path = config->socket_path,
		.config_path = options->config_path,
	};
	struct daemon d = {.config = config, .place_fd = -1};

	log_threshold = config->log_level;
	log_start();
	if (start(&d, config, options, &sandbox) < 0) {
		stop(&d);
		linger();
		return EXIT_UNAVAILABLE;
	}
	d.started = true;
	tell_serving(&d);
	notify_surely(d.reached ? "READY=1\nSTATUS=Serving domain %u"
				: "READY=1\nSTATUS=Waiting for xenstored",
		      d.host.domid);
	event_base_dispatch(d.base);
	/* Devices are still running, and the worker may be busy: the kernel tidies up. */
	if (!d.signals.quit)
		_exit(EXIT_SUCCESS);
	stop(&d);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options;
	struct config config;
	int status;

	if (!options_read(&config, &options, argc, argv, &status)) {
		notify_start();
		status = serve(&config, &options);
		notify_stop();
	}
	config_finish(&config);
	return status;
}
