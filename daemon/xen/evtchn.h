/* SPDX-License-Identifier: MIT */
/*
 * Event channels: one descriptor for all ports, a handler for each.  A port is masked from its
 * event until its handler has had its turn.  The handlers' work for the ports of one domain is paid
 * for from one budget: a guest that causes more than its share of work waits until it has tokens
 * again.
 */
#ifndef XENAVD_EVTCHN_H
#define XENAVD_EVTCHN_H

#include <stdint.h>

struct deadlines;
struct event_base;
struct evtchn;

/* The share of one domain in a turn of the loop, in tokens of ten microseconds.  A handler returns
 * when it has used up the share. */
#define EVTCHN_SHARE 16

/*
 * Called when the port has had an event or was kicked, and again while work is left.
 *
 * @param work 0 at the call; the handler sets it to the price in tokens: one for each request and
 * event, and for every 32 KiB copied.  An event without work costs more than one with work.
 * @return 0; -EAGAIN when the work exceeds the share (other domains have their turn first); any
 * other negative value leaves the port masked for good.
 */
typedef int (*evtchn_handler)(void *data, uint32_t *work);

/* @return 0; -ENOENT or -EACCES when /dev/xen/evtchn cannot be opened, or another -errno. */
int evtchn_open(struct evtchn **out, struct event_base *base, struct deadlines *deadlines);
void evtchn_close(struct evtchn *evtchn);

/*
 * Bind to a port that the domain has left unbound for our domain.  Xen raises an event at once.
 *
 * @return the local port, or -errno (-EINVAL: no such port, or it is for another domain).
 */
int evtchn_bind(struct evtchn *evtchn, uint16_t domid, uint32_t remote_port, evtchn_handler handler,
		void *data);
void evtchn_unbind(struct evtchn *evtchn, int port);

void evtchn_notify(struct evtchn *evtchn, int port);

/* What the domain has spent of its budget since it had no port. */
struct evtchn_usage {
	uint64_t tokens;
	uint64_t waits; /* how often it had to wait for tokens */
	uint32_t tokens_per_sec;
};

void evtchn_usage(const struct evtchn *evtchn, uint16_t domid, struct evtchn_usage *usage);

/* Call the handler soon, as for an event, but not before the domain has a token. */
void evtchn_kick(struct evtchn *evtchn, int port);

#endif
