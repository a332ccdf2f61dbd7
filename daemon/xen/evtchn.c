/* SPDX-License-Identifier: MIT */
/*
 * See evtchn.h.  Ports are small numbers given out by Xen, so an array serves as the map.  Every
 * turn of the loop serves the due ports once each, in the order in which they became due.
 *
 * A port has a budget of 256 tokens, 4000 a second.  An event costs what it brought, and 8 when it
 * brought nothing; a port without tokens stays masked, and is not served, until there are some
 * again.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <xenevtchn.h>

#include "base/budget.h"
#include "base/clock.h"
#include "report/log.h"
#include "xen/evtchn.h"
#include "xen/xenlog.h"

#define TOKENS_MAX      256
#define TOKENS_PER_SEC  4000
#define COST_OF_NOTHING 8
#define COST_OF_A_TURN  32 /* after which there was more to do */
#define REFILL_USEC     20000
#define EVENTS_PER_TURN 256

struct port {
	int number;
	evtchn_handler handler;
	void *data;
	bool due;      /* on the due list */
	bool masked;   /* by an event not yet unmasked */
	bool parked;   /* masked until tokens refill */
	bool more;     /* and then there is more to do at once */
	uint32_t turn; /* of the loop, in which it may be served */
	struct budget budget;
	STAILQ_ENTRY(port) link;
};

struct evtchn {
	xenevtchn_handle *handle;
	struct event *readable;
	struct event *again;  /* due ports wait for the next turn */
	struct event *refill; /* some port is parked */
	struct port **ports;  /* by local port number */
	size_t n_ports;
	unsigned n_parked;
	uint32_t turn;
	STAILQ_HEAD(, port) due;
};

static struct port *find(const struct evtchn *e, int number)
{
	if (number < 0 || (size_t)number >= e->n_ports)
		return NULL;
	return e->ports[number];
}

static void make_due(struct evtchn *e, struct port *port)
{
	if (port->due)
		return;
	port->due = true;
	port->turn = e->turn + 1;
	STAILQ_INSERT_TAIL(&e->due, port, link);
	/* A timer, because an event made active by hand would run before the loop polls again. */
	event_add(e->again, &(struct timeval){0});
}

static void unmask(struct evtchn *e, struct port *port)
{
	if (!port->masked)
		return;
	port->masked = false;
	xenevtchn_unmask(e->handle, (evtchn_port_t)port->number);
}

static void resume(struct evtchn *e, struct port *port)
{
	if (port->more)
		make_due(e, port);
	else
		unmask(e, port);
}

static void park(struct evtchn *e, struct port *port)
{
	struct timeval tv = {.tv_usec = REFILL_USEC};

	port->parked = true;
	if (e->n_parked++ == 0)
		event_add(e->refill, &tv);
}

static void serve(struct evtchn *e, struct port *port)
{
	int number = port->number;
	int served = port->handler(port->data);
	uint64_t now = now_ns();

	/* The handler may have unbound the port. */
	if (find(e, number) != port)
		return;
	port->more = served == -EAGAIN;
	if (port->more)
		served = COST_OF_A_TURN;
	if (served < 0)
		return;
	budget_spend(&port->budget, served > 0 ? (uint32_t)served : COST_OF_NOTHING, now);
	if (budget_wait_ns(&port->budget, now) == 0)
		resume(e, port);
	else if (!port->parked)
		park(e, port);
}

static void serve_due(struct evtchn *e)
{
	struct port *port;

	/* Those that become due meanwhile wait for the next turn, so that others get theirs. */
	e->turn++;
	while ((port = STAILQ_FIRST(&e->due)) && port->turn != e->turn + 1) {
		STAILQ_REMOVE_HEAD(&e->due, link);
		port->due = false;
		serve(e, port);
	}
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	serve_due(arg);
}

static void on_refill(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = {.tv_usec = REFILL_USEC};
	struct evtchn *e = arg;
	uint64_t now = now_ns();

	for (size_t i = 0; i < e->n_ports; i++) {
		struct port *port = e->ports[i];

		if (!port || !port->parked || budget_wait_ns(&port->budget, now) > 0)
			continue;
		port->parked = false;
		e->n_parked--;
		resume(e, port);
	}
	if (e->n_parked > 0)
		event_add(e->refill, &tv);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct evtchn *e = arg;

	for (int i = 0; i < EVENTS_PER_TURN; i++) {
		int number = xenevtchn_pending(e->handle);
		struct port *port;

		if (number < 0) {
			if (errno != EAGAIN && errno != EINTR)
				log_err("Could not read event channels: %s", strerror(errno));
			break;
		}
		port = find(e, number);
		if (!port)
			continue; /* unbound since */
		port->masked = true;
		make_due(e, port);
	}
}

int evtchn_open(struct evtchn **out, struct event_base *base)
{
	struct evtchn *e = calloc(1, sizeof *e);
	int rc;
	int fd;

	if (!e)
		return -ENOMEM;
	STAILQ_INIT(&e->due);
	e->handle = xenevtchn_open(xen_logger(), 0);
	if (!e->handle) {
		rc = errno ? -errno : -EIO;
		goto out;
	}
	fd = xenevtchn_fd(e->handle);
	rc = -ENOMEM;
	/* Reading one port too many must not stop the loop. */
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0) {
		rc = -errno;
		goto out;
	}
	e->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, e);
	e->again = event_new(base, -1, 0, on_again, e);
	e->refill = event_new(base, -1, 0, on_refill, e);
	if (!e->readable || !e->again || !e->refill || event_add(e->readable, NULL) < 0)
		goto out;
	*out = e;
	return 0;
out:
	evtchn_close(e);
	return rc;
}

void evtchn_close(struct evtchn *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n_ports; i++)
		free(e->ports[i]);
	free(e->ports);
	if (e->readable)
		event_free(e->readable);
	if (e->again)
		event_free(e->again);
	if (e->refill)
		event_free(e->refill);
	if (e->handle)
		xenevtchn_close(e->handle);
	free(e);
}

static int make_room(struct evtchn *e, size_t number)
{
	size_t n = e->n_ports ? e->n_ports : 64;
	struct port **ports;

	if (number < e->n_ports)
		return 0;
	while (n <= number)
		n *= 2;
	ports = realloc(e->ports, n * sizeof(struct port *));
	if (!ports)
		return -ENOMEM;
	memset(ports + e->n_ports, 0, (n - e->n_ports) * sizeof(struct port *));
	e->ports = ports;
	e->n_ports = n;
	return 0;
}

int evtchn_bind(struct evtchn *e, uint16_t domid, uint32_t remote_port, evtchn_handler handler,
		void *data)
{
	struct port *port = calloc(1, sizeof *port);
	int number;
	int rc;

	if (!port)
		return -ENOMEM;
	number = xenevtchn_bind_interdomain(e->handle, domid, remote_port);
	if (number < 0) {
		rc = errno ? -errno : -EIO;
		free(port);
		return rc;
	}
	rc = make_room(e, (size_t)number);
	if (rc < 0) {
		xenevtchn_unbind(e->handle, (evtchn_port_t)number);
		free(port);
		return rc;
	}
	port->number = number;
	port->handler = handler;
	port->data = data;
	budget_init(&port->budget, TOKENS_PER_SEC, TOKENS_MAX, now_ns());
	e->ports[number] = port;
	return number;
}

void evtchn_unbind(struct evtchn *e, int number)
{
	struct port *port = find(e, number);

	if (!port)
		return;
	if (port->due)
		STAILQ_REMOVE(&e->due, port, port, link);
	if (port->parked)
		e->n_parked--;
	e->ports[number] = NULL;
	xenevtchn_unbind(e->handle, (evtchn_port_t)number);
	free(port);
}

void evtchn_notify(struct evtchn *e, int number)
{
	if (find(e, number))
		xenevtchn_notify(e->handle, (evtchn_port_t)number);
}

void evtchn_kick(struct evtchn *e, int number)
{
	struct port *port = find(e, number);

	if (port)
		make_due(e, port);
}
