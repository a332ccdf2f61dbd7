/* SPDX-License-Identifier: MIT */
/*
 * The guest's end of a channel (daemon/xen/channel.h) without a ring: one request at a time goes to
 * the stream or connector, its answer and the events come back.  Everything is delivered by the
 * event loop, never from within a call, as it is with event channels.
 */
#ifndef XENAVD_DEMO_PORT_H
#define XENAVD_DEMO_PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "xen/channel.h"

struct event;
struct event_base;
struct tree;

struct port {
	/* Set before port_open(). */
	void (*answered)(struct port *port, const uint8_t rsp[RING_SLOT_BYTES]);
	void (*event)(struct port *port, const uint8_t event[RING_SLOT_BYTES]);

	/* Private to port.c. */
	uint32_t number;
	struct channel *channel; /* NULL: not connected */
	struct event *wake;
	bool asked; /* request waits */
	bool ready; /* response waits */
	uint8_t request[RING_SLOT_BYTES];
	uint8_t response[RING_SLOT_BYTES];
	uint8_t events[EVENT_PAGE_SLOTS][RING_SLOT_BYTES];
	unsigned first_event;
	unsigned n_events;
	LIST_ENTRY(port) link;
};

/* @return 0 or -ENOMEM. */
int port_open(struct port *port, struct event_base *base);

/* Idempotent; not before the channel is gone. */
void port_close(struct port *port);

/* Publish it as a frontend does, below a directory, with a prefix as in channel_refs_read().
 * @return 0 or an error of tree_add(). */
int port_publish(const struct port *port, struct tree *tree, const char *dir, const char *prefix);

/* Send a request, which is answered if the port stays connected. @return 0; -EBUSY while another
 * one is not answered, -ENOTCONN. */
int port_send(struct port *port, const uint8_t req[RING_SLOT_BYTES]);

/* Is there a request that is not answered? */
bool port_is_busy(const struct port *port);

#endif
