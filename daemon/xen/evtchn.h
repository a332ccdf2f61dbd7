/* SPDX-License-Identifier: MIT */
/*
 * Event channels: one descriptor for all ports, a handler for each.  A port is masked from its
 * event until its handler has had its turn; a guest that signals more than it asks for runs out
 * of tokens and stays masked until they refill, so that no guest can keep us busy.
 */
#ifndef XENAVD_EVTCHN_H
#define XENAVD_EVTCHN_H

#include <stdint.h>

struct event_base;
struct evtchn;

/*
 * Called when the port has had an event, and again while there is more to do.
 *
 * @return how many requests were served; -EAGAIN when more are waiting after a whole turn's worth
 * (others get their turn first); any other negative value leaves the port masked for good.
 */
typedef int (*evtchn_handler)(void *data);

/* @return 0; -ENOENT or -EACCES when /dev/xen/evtchn cannot be had, or another -errno. */
int evtchn_open(struct evtchn **out, struct event_base *base);
void evtchn_close(struct evtchn *evtchn);

/*
 * Bind to a port that the domain has left unbound for us.  An event is raised at once.
 *
 * @return our local port, or -errno (-EINVAL: no such port, or it is not ours to bind).
 */
int evtchn_bind(struct evtchn *evtchn, uint16_t domid, uint32_t remote_port, evtchn_handler handler,
		void *data);
void evtchn_unbind(struct evtchn *evtchn, int port);

void evtchn_notify(struct evtchn *evtchn, int port);

/* Call the handler soon, as if an event had come. */
void evtchn_kick(struct evtchn *evtchn, int port);

#endif
