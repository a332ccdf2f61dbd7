/* SPDX-License-Identifier: MIT */
/* See evtchn.h: ports and their events.  Whose turn it is decides evtchn-turns.c. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "report/log.h"
#include "xen/evtchn-priv.h"
#include "xen/xenlog.h"

/* Of EVTCHN_BATCH ports each. */
#define READS_PER_TURN 4

/* -------- events -------- */

static void on_again(evutil_socket_t, short, void *arg)
{
	evtchn_serve_due(arg);
}

/* @return whether there may be more. */
static bool read_events(struct evtchn *e)
{
	uint32_t numbers[EVTCHN_BATCH];
	const int n = evtchn_batch_read(e->unmasked.fd, numbers);

	if (n < 0)
		log_err("Could not read event channels: %s", strerror(-n));
	for (int i = 0; i < n; i++) {
		struct port *port = evtchn_find(e, (int)numbers[i]);

		if (!port)
			continue; /* unbound since its event */
		port->masked = true;
		port_make_due(e, port);
	}
	return n == EVTCHN_BATCH;
}

/* Serve at once, unless a turn is due anyhow: each account has one in a round of the loop. */
static void on_readable(evutil_socket_t, short, void *arg)
{
	struct evtchn *e = arg;
	const bool planned = event_pending(e->again, EV_TIMEOUT, NULL);

	e->reading = true;
	for (int i = 0; i < READS_PER_TURN && read_events(e); i++)
		;
	if (!planned)
		evtchn_serve_due(e);
	e->reading = false;
	evtchn_plan_turn(e);
}

/* -------- ports -------- */

int evtchn_open(struct evtchn **out, struct event_base *base, struct deadlines *deadlines)
{
	struct evtchn *e = calloc(1, sizeof *e);
	int rc;
	int fd;

	if (!e)
		return -ENOMEM;
	e->deadlines = deadlines;
	STAILQ_INIT(&e->due);
	STAILQ_INIT(&e->going_on);
	LIST_INIT(&e->accounts);
	e->handle = xenevtchn_open(xen_logger(), 0);
	if (!e->handle) {
		rc = errno ? -errno : -EIO;
		goto out;
	}
	fd = e->unmasked.fd = xenevtchn_fd(e->handle);
	rc = -ENOMEM;
	/* A read without a pending port must not block the loop. */
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0) {
		rc = -errno;
		goto out;
	}
	e->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, e);
	e->again = event_new(base, -1, 0, on_again, e);
	if (!e->readable || !e->again || event_add(e->readable, NULL) < 0)
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
	while (!LIST_EMPTY(&e->accounts))
		account_free(LIST_FIRST(&e->accounts));
	if (e->readable)
		event_free(e->readable);
	if (e->again)
		event_free(e->again);
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
	struct account *account = account_of(e, domid);
	struct port *port = calloc(1, sizeof *port);
	int number = -1;
	int rc = -ENOMEM;

	if (!account || !port)
		goto out;
	number = xenevtchn_bind_interdomain(e->handle, domid, remote_port);
	if (number < 0) {
		rc = errno ? -errno : -EIO;
		goto out;
	}
	rc = make_room(e, (size_t)number);
	if (rc < 0)
		goto out;
	port->number = number;
	port->account = account;
	port->handler = handler;
	port->data = data;
	if (account->n_ports++ == 0)
		account_back(account);
	e->ports[number] = port;
	return number;
out:
	if (number >= 0)
		xenevtchn_unbind(e->handle, (evtchn_port_t)number);
	free(port);
	if (account)
		account_left(account);
	return rc;
}

void evtchn_unbind(struct evtchn *e, int number)
{
	struct port *port = evtchn_find(e, number);

	if (!port)
		return;
	port_move_to(port, PORT_IDLE);
	e->ports[number] = NULL;
	/* The number may be that of another port soon. */
	evtchn_batch_flush(&e->unmasked);
	xenevtchn_unbind(e->handle, (evtchn_port_t)number);
	port->account->n_ports--;
	account_left(port->account);
	free(port);
}

void evtchn_notify(struct evtchn *e, int number)
{
	if (evtchn_find(e, number))
		xenevtchn_notify(e->handle, (evtchn_port_t)number);
}

void evtchn_kick(struct evtchn *e, int number)
{
	struct port *port = evtchn_find(e, number);

	if (port)
		port_make_due(e, port);
}

void evtchn_usage(const struct evtchn *e, uint16_t domid, struct evtchn_usage *usage)
{
	const struct account *account;

	*usage = (struct evtchn_usage){.tokens_per_sec = TOKENS_PER_SEC};
	LIST_FOREACH (account, &e->accounts, link) {
		if (account->domid != domid)
			continue;
		usage->tokens = account->n_tokens;
		usage->waits = account->n_waits;
	}
}
