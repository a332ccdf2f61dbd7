/* SPDX-License-Identifier: MIT */
/* See port.h: both ends of it, in place of daemon/xen/channel.c. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "base/container.h"
#include "demo/port.h"
#include "xen/tree.h"
#include "xen/worker.h"
#include "xen/xen.h"

static LIST_HEAD(, port) ports = LIST_HEAD_INITIALIZER(ports);

static struct port *port_of(const struct channel *ch)
{
	struct port *port;

	LIST_FOREACH (port, &ports, link)
		if (port->channel == ch)
			return port;
	return NULL;
}

static void wake(struct port *port)
{
	event_active(port->wake, EV_TIMEOUT, 0);
}

/* -------- the guest's end -------- */

static void take_events(struct port *port)
{
	uint8_t image[RING_SLOT_BYTES];

	while (port->n_events > 0) {
		memcpy(image, port->events[port->first_event], sizeof image);
		port->first_event = (port->first_event + 1) % EVENT_PAGE_SLOTS;
		port->n_events--;
		port->event(port, image);
	}
	if (port->channel && port->channel->room)
		port->channel->room(port->channel, port->channel->owner);
}

static void take_response(struct port *port)
{
	uint8_t image[RING_SLOT_BYTES];

	port->ready = false;
	memcpy(image, port->response, sizeof image);
	port->answered(port, image);
}

static void serve(struct port *port)
{
	struct channel *ch = port->channel;

	if (!port->asked || ch->busy)
		return;
	port->asked = false;
	ch->busy = true;
	ch->n_requests++;
	ch->request(ch, port->request, ch->owner);
}

static void on_wake(evutil_socket_t, short, void *arg)
{
	struct port *port = arg;

	if (port->channel)
		serve(port);
	/* An event that comes with an answer was sent before it. */
	if (port->n_events > 0)
		take_events(port);
	if (port->ready)
		take_response(port);
}

int port_open(struct port *port, struct event_base *base)
{
	static uint32_t last;

	port->wake = event_new(base, -1, 0, on_wake, port);
	if (!port->wake)
		return -ENOMEM;
	port->number = ++last;
	LIST_INSERT_HEAD(&ports, port, link);
	return 0;
}

void port_close(struct port *port)
{
	if (!port->wake)
		return;
	event_free(port->wake);
	port->wake = NULL;
	LIST_REMOVE(port, link);
}

static int add(struct tree *tree, const char *dir, const char *prefix, const char *name,
	       uint32_t value)
{
	char path[64];
	char text[12];

	snprintf(path, sizeof path, "%s/%s%s", dir, prefix, name);
	snprintf(text, sizeof text, "%u", value);
	return tree_add(tree, path, text);
}

int port_publish(const struct port *port, struct tree *tree, const char *dir, const char *prefix)
{
	int rc;

	rc = add(tree, dir, prefix, "ring-ref", port->number);
	if (rc == 0)
		rc = add(tree, dir, prefix, "event-channel", port->number);
	if (rc == 0)
		rc = add(tree, dir, "", "evt-ring-ref", port->number);
	if (rc == 0)
		rc = add(tree, dir, "", "evt-event-channel", port->number);
	return rc;
}

bool port_is_busy(const struct port *port)
{
	return port->channel && (port->asked || port->ready || port->channel->busy);
}

int port_send(struct port *port, const uint8_t req[RING_SLOT_BYTES])
{
	if (!port->channel)
		return -ENOTCONN;
	if (port_is_busy(port))
		return -EBUSY;
	memcpy(port->request, req, sizeof port->request);
	port->asked = true;
	wake(port);
	return 0;
}

/* -------- the daemon's end -------- */

void channel_init(struct channel *ch, const struct channel_refs *refs, channel_request request,
		  void (*room)(struct channel *ch, void *owner), void *owner)
{
	memset(ch, 0, sizeof *ch);
	ch->refs = *refs;
	ch->request = request;
	ch->room = room;
	ch->owner = owner;
}

static int join(struct channel *ch)
{
	struct port *port;

	LIST_FOREACH (port, &ports, link) {
		if (port->number != ch->refs.ring_ref || port->channel)
			continue;
		port->channel = ch;
		port->asked = port->ready = false;
		port->n_events = 0;
		return 0;
	}
	return -EINVAL;
}

static void part_all(struct channel_set *set)
{
	set->bound = false;
	for (unsigned i = 0; i < set->n_channels; i++) {
		struct port *port = port_of(set->channels[i]);

		if (!port)
			continue;
		port->channel = NULL;
		port->asked = port->ready = false;
		port->n_events = 0;
		event_del(port->wake);
	}
}

/* The job is only a mark: buffers are unmapped before it. */
static void run_nothing(struct job *)
{
}

static void on_marked(struct job *job)
{
	struct channel_set *set = CONTAINER(job, struct channel_set, job);

	set->working = false;
	if (set->gone) {
		set->gone(set);
		return;
	}
	set->rc = 0;
	for (unsigned i = 0; i < set->n_channels && set->rc == 0; i++)
		set->rc = join(set->channels[i]);
	if (set->rc < 0)
		part_all(set);
	else
		set->bound = true;
	set->connected(set, set->rc);
}

static void submit(struct channel_set *set)
{
	set->working = true;
	set->job.run = run_nothing;
	set->job.done = on_marked;
	worker_submit(set->xen->worker, &set->job);
}

void channel_set_connect(struct channel_set *set, void (*connected)(struct channel_set *, int),
			 void (*broke)(struct channel_set *))
{
	set->connected = connected;
	set->broke = broke;
	set->gone = NULL;
	for (unsigned i = 0; i < set->n_channels; i++)
		set->channels[i]->set = set;
	submit(set);
}

void channel_set_disconnect(struct channel_set *set, void (*gone)(struct channel_set *))
{
	set->gone = gone;
	part_all(set);
	if (!set->working)
		submit(set);
}

/* Made-up guests are friendly, and pay for nothing. */
void channel_charge(struct channel *, uint32_t)
{
}

void channel_charge_map(struct channel *, uint32_t)
{
}

void channel_respond(struct channel *ch, const uint8_t rsp[RING_SLOT_BYTES])
{
	struct port *port = ch->set->bound ? port_of(ch) : NULL;

	ch->busy = false;
	if (!port)
		return;
	memcpy(port->response, rsp, sizeof port->response);
	port->ready = true;
	wake(port);
}

int channel_event(struct channel *ch, uint8_t event[RING_SLOT_BYTES])
{
	struct port *port = ch->set->bound ? port_of(ch) : NULL;
	unsigned at;

	if (!port)
		return -ENOTCONN;
	if (port->n_events == EVENT_PAGE_SLOTS)
		return -EAGAIN;
	at = (port->first_event + port->n_events++) % EVENT_PAGE_SLOTS;
	memcpy(port->events[at], event, RING_SLOT_BYTES);
	wake(port);
	return 0;
}

/* A guest that sees each event does not count them. */
void channel_skip_events(struct channel *)
{
}

void channel_void_events(struct channel *ch)
{
	struct port *port = ch->set->bound ? port_of(ch) : NULL;

	if (port)
		port->n_events = 0;
}
