/* SPDX-License-Identifier: MIT */
/* See signals.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stddef.h>

#include "device/registry.h"
#include "reload.h"
#include "report/log.h"
#include "report/status.h"
#include "service/notify.h"
#include "signals.h"

/* The limit for stopping as a whole; frontends get 5 s and xenstored 2 s. */
#define STOP_MAX_SEC 10

static void on_all_quit(void *data)
{
	struct signals *signals = data;

	signals->quit = true;
	event_base_loopbreak(signals->base);
}

static void on_late(evutil_socket_t, short, void *arg)
{
	struct signals *signals = arg;

	log_err("Could not stop in %d s: leaving the rest to the kernel", STOP_MAX_SEC);
	event_base_loopbreak(signals->base);
}

static void on_stop(evutil_socket_t, short, void *arg)
{
	struct signals *signals = arg;

	if (signals->quitting) {
		log_warn("Asked to stop again: leaving at once");
		event_base_loopbreak(signals->base);
		return;
	}
	signals->quitting = true;
	log_event(NULL, LOG_LEVEL_INFO, LOG_STOPPING,
		  "Stopping: asking the frontends to start over and wait");
	notify_say("STOPPING=1");
	event_add(signals->on_late, &(struct timeval){.tv_sec = STOP_MAX_SEC});
	registry_quit(signals->registry, on_all_quit, signals);
}

/*
 * A successor is on its way: leave everything as it is, for it to go on with.  Guests wait
 * meanwhile.
 */
static void on_leave(evutil_socket_t signal, short what, void *arg)
{
	struct signals *signals = arg;

	if (!signals->kept || signals->quitting) {
		on_stop(signal, what, signals);
		return;
	}
	log_event(NULL, LOG_LEVEL_INFO, LOG_LEAVING, "Leaving the guests to the next xenavd");
	notify_say("STOPPING=1");
	event_base_loopbreak(signals->base);
}

static void on_usr1(evutil_socket_t, short, void *)
{
	status_report();
}

static void on_hup(evutil_socket_t, short, void *arg)
{
	const struct signals *signals = arg;

	if (signals->reload && !signals->quitting)
		reload_config(signals->reload);
}

int signals_start(struct signals *signals, struct event_base *base)
{
	signal(SIGPIPE, SIG_IGN);
	signals->base = base;
	signals->on_term = evsignal_new(base, SIGTERM, on_stop, signals);
	signals->on_int = evsignal_new(base, SIGINT, on_stop, signals);
	signals->on_usr1 = evsignal_new(base, SIGUSR1, on_usr1, signals);
	signals->on_usr2 = evsignal_new(base, SIGUSR2, on_leave, signals);
	signals->on_hup = evsignal_new(base, SIGHUP, on_hup, signals);
	signals->on_late = evtimer_new(base, on_late, signals);
	if (!signals->on_term || !signals->on_int || !signals->on_late || !signals->on_usr1 ||
	    !signals->on_usr2 || !signals->on_hup || event_add(signals->on_hup, NULL) < 0 ||
	    event_add(signals->on_term, NULL) < 0 || event_add(signals->on_int, NULL) < 0 ||
	    event_add(signals->on_usr1, NULL) < 0 || event_add(signals->on_usr2, NULL) < 0)
		return -ENOMEM;
	return 0;
}

void signals_set_registry(struct signals *signals, struct registry *registry, bool kept)
{
	signals->kept = kept;
	signals->registry = registry;
}

void signals_set_reload(struct signals *signals, struct reload *reload)
{
	signals->reload = reload;
}

void signals_stop(struct signals *signals)
{
	struct event **const all[] = {&signals->on_term, &signals->on_int, &signals->on_usr1,
				      &signals->on_usr2, &signals->on_hup, &signals->on_late};

	for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (*all[i])
			event_free(*all[i]);
		*all[i] = NULL;
	}
}
