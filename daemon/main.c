/* SPDX-License-Identifier: MIT */
/*
 * xenavd: the backend of Xen's PV sound and PV display.  The parts, the order in which they start
 * and stop, the loop; nothing else.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/closer.h"
#include "base/container.h"
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
#include "report/log.h"
#include "report/status.h"
#include "service/fdstore.h"
#include "sound/card.h"
#include "xen/channel.h"
#include "xen/devices.h"
#include "xen/dmabuf.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/place.h"
#include "xen/store.h"
#include "xen/worker.h"
#include "xen/xen.h"

/* The limit for stopping as a whole; frontends get 5 s and xenstored 2 s. */
#define STOP_MAX_SEC 10

struct daemon {
	int place_fd; /* held until the end */
	struct event_base *base;
	struct xen xen;
	struct supply *supply;
	struct sound_env sound;
	struct display_env display;
	struct input_env input;
	struct server *server;
	struct registry *registry;
	struct store *store;
	struct event *on_term;
	struct event *on_int;
	struct event *on_late;
	struct event *on_usr1;
	struct event *on_usr2;
	struct status_source status;
	bool quitting;
	bool quit;
};

/* -------- stopping -------- */

static void on_all_quit(void *data)
{
	struct daemon *d = data;

	d->quit = true;
	event_base_loopbreak(d->base);
}

static void on_late(evutil_socket_t, short, void *arg)
{
	struct daemon *d = arg;

	log_err("Could not stop in %d s: leaving the rest to the kernel", STOP_MAX_SEC);
	event_base_loopbreak(d->base);
}

static void on_signal(evutil_socket_t, short, void *arg)
{
	struct daemon *d = arg;

	if (d->quitting) {
		log_warn("Asked to stop again: leaving at once");
		event_base_loopbreak(d->base);
		return;
	}
	d->quitting = true;
	log_info("Stopping: asking the frontends to start over and wait");
	sd_notify(0, "STOPPING=1");
	event_add(d->on_late, &(struct timeval){.tv_sec = STOP_MAX_SEC});
	registry_quit(d->registry, on_all_quit, d);
}

/*
 * A successor is on its way: leave everything as it is, for it to go on with.  Guests wait
 * meanwhile.
 */
static void on_leave(evutil_socket_t signal, short what, void *arg)
{
	struct daemon *d = arg;

	if (!d->xen.journal || d->quitting) {
		on_signal(signal, what, d);
		return;
	}
	log_info("Leaving the guests to the next xenavd");
	sd_notify(0, "STOPPING=1");
	event_base_loopbreak(d->base);
}

/* -------- the status -------- */

static void on_usr1(evutil_socket_t, short, void *)
{
	status_report();
}

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

static int start_xen(struct daemon *d)
{
	int rc;

	rc = evtchn_open(&d->xen.evtchn, d->base);
	if (rc < 0)
		return unavailable("open " EVTCHN_DEVICE, rc);
	d->place_fd = place_take();
	if (d->place_fd < 0)
		return d->place_fd;
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

	d->sound = (struct sound_env){
		.xen = &d->xen,
		.base = d->base,
		.observer = &server_streams,
		.observer_data = d->server,
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
	rc = registry_create(&d->registry, &env);
	if (rc < 0)
		return unavailable("set up the devices", rc);
	/* Last of all: devices appear from here on. */
	rc = store_start(&d->store, d->base, device_kinds, registry_view, d->registry);
	if (rc < 0)
		return unavailable("talk to xenstored", rc);
	/* Nothing fails from here on, which would return the buffers to the kernel. */
	supply_recall(d->supply);
	registry_set_store(d->registry, d->store);
	return 0;
}

static int start_signals(struct daemon *d)
{
	signal(SIGPIPE, SIG_IGN);
	d->on_term = evsignal_new(d->base, SIGTERM, on_signal, d);
	d->on_int = evsignal_new(d->base, SIGINT, on_signal, d);
	d->on_late = evtimer_new(d->base, on_late, d);
	d->on_usr1 = evsignal_new(d->base, SIGUSR1, on_usr1, d);
	d->on_usr2 = evsignal_new(d->base, SIGUSR2, on_leave, d);
	if (!d->on_term || !d->on_int || !d->on_late || !d->on_usr1 || !d->on_usr2 ||
	    event_add(d->on_term, NULL) < 0 || event_add(d->on_int, NULL) < 0 ||
	    event_add(d->on_usr1, NULL) < 0 || event_add(d->on_usr2, NULL) < 0)
		return unavailable("handle signals", -ENOMEM);
	return 0;
}

/* Log what this machine cannot do, as far as the configuration needs it. */
static void tell_shortages(const struct daemon *d, const struct config *config)
{
	if (policy_supplies(&config->policy))
		supply_check();
	dmabuf_try(store_own_domid(d->store));
}

static int start(struct daemon *d, const struct config *config)
{
	static const struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	const char *group = config->socket_group[0] ? config->socket_group : NULL;
	int rc;

	d->base = event_base_new();
	if (!d->base)
		return unavailable("set up the event loop", -ENOMEM);
	rc = start_signals(d);
	if (rc < 0)
		return rc;
	start_journal(d);
	rc = start_xen(d);
	if (rc < 0)
		return rc;
	rc = closer_start();
	if (rc < 0)
		return unavailable("start a thread", rc);
	rc = ledger_start(d->base, config->policy.max_held_pages,
			  config->policy.max_all_held_pages);
	if (rc < 0)
		return unavailable("keep account of memory", rc);
	rc = server_create(&d->server, d->base, &config->policy, &limits, config->socket_path,
			   group, config_admits_others(config));
	if (rc < 0)
		return rc;
	rc = start_devices(d, &config->policy);
	if (rc < 0)
		return rc;
	tell_shortages(d, config);
	fdstore_finish();
	return 0;
}

static void stop(struct daemon *d)
{
	store_stop(d->store);
	registry_destroy(d->registry);
	server_destroy(d->server);
	worker_stop(d->xen.worker);
	supply_destroy(d->supply);
	closer_stop();
	ledger_stop();
	gnttab_close(d->xen.gnttab);
	evtchn_close(d->xen.evtchn);
	journal_close(d->xen.journal);
	if (d->on_term)
		event_free(d->on_term);
	if (d->on_int)
		event_free(d->on_int);
	if (d->on_late)
		event_free(d->on_late);
	if (d->on_usr1)
		event_free(d->on_usr1);
	if (d->on_usr2)
		event_free(d->on_usr2);
	status_remove(&d->status);
	if (d->place_fd >= 0)
		close(d->place_fd);
	if (d->base)
		event_base_free(d->base);
}

static int serve(const struct config *config)
{
	struct daemon d = {.place_fd = -1};

	log_threshold = config->log_level;
	if (start(&d, config) < 0) {
		stop(&d);
		return EXIT_UNAVAILABLE;
	}
	log_info("xenavd " PACKAGE_VERSION " serves domain %u, consumers at %s",
		 store_own_domid(d.store), config->socket_path);
	sd_notifyf(0, "READY=1\nSTATUS=Serving domain %u", store_own_domid(d.store));
	event_base_dispatch(d.base);
	/* Devices are still running, and the worker may be busy: the kernel tidies up. */
	if (!d.quit)
		_exit(EXIT_SUCCESS);
	stop(&d);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct config config;
	int status;

	if (!options_read(&config, argc, argv, &status))
		status = serve(&config);
	config_finish(&config);
	return status;
}
