/* SPDX-License-Identifier: MIT */
/* The signals that xenavd obeys, and how it stops. */
#ifndef XENAVD_SIGNALS_H
#define XENAVD_SIGNALS_H

#include <stdbool.h>

struct event;
struct event_base;
struct registry;
struct reload;

struct signals {
	struct event_base *base;
	struct registry *registry; /* NULL: no devices yet */
	struct event *on_term;
	struct event *on_int;
	struct event *on_usr1;
	struct event *on_usr2;
	struct event *on_hup;
	struct reload *reload;
	struct event *on_late;
	bool kept; /* the devices, for the next process */
	bool quitting;
	bool quit; /* all devices are gone, so that everything may be freed */
};

/* Handle signals from now on; the loop ends after one that stops xenavd. @return 0 or -ENOMEM. */
int signals_start(struct signals *signals, struct event_base *base);

/* Ask the devices of the registry to end before the loop does; or leave them as they are, if they
 * are kept and a successor is on its way. */
void signals_set_registry(struct signals *signals, struct registry *registry, bool kept);

/* Read the configuration again at SIGHUP, which is ignored until then. */
void signals_set_reload(struct signals *signals, struct reload *reload);

/* Idempotent, and fine for a zeroed structure. */
void signals_stop(struct signals *signals);

#endif
