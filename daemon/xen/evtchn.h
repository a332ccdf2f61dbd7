/* SPDX-License-Identifier: MIT */
/*
 * Event channels: one descriptor for all ports, a handler for each.  A port is masked from its
 * event until its handler has had its turn.  What the handlers do for the ports of one domain is
 * paid for from one budget: a guest that makes us do more than its share waits until there are
 * tokens again, so that no guest can keep us busy, whatever it keeps us busy with.
 */
#ifndef XENAVD_EVTCHN_H
#define XENAVD_EVTCHN_H

#include <stdint.h>

struct event_base;
struct evtchn;

/* Tokens, of ten microseconds each: how long one domain keeps the others waiting in a turn of the
 * loop.  A handler returns after as much. */
#define EVTCHN_SHARE 16

/*
 * Called when the port has had an event or was kicked, and again while there is more to do.
 *
 * @param work 0; to be set to the tokens that it has cost: one for each request and event, and for
 * every 64 KiB that were copied.  An event that brought nothing is dear.
 * @return 0; -EAGAIN when there is more to do than its share (others get theirs first);
 * any other negative value leaves the port masked for good.
 */
typedef int (*evtchn_handler)(void *data, uint32_t *work);

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

/* Call the handler soon, as if an event had come, but not before the domain has a token. */
void evtchn_kick(struct evtchn *evtchn, int port);

#endif
