/* SPDX-License-Identifier: MIT */
/*
 * See evtchn.h.  Xen gives out small port numbers, so an array maps them.  Each domain has an
 * account with its due ports, oldest first.  Every turn of the loop serves each account once, up to
 * its share.
 *
 * An account without tokens is parked: its ports stay masked or due until it has tokens again.
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

/*
 * A token buys about ten microseconds: a request, or a copy of 64 KiB.  Sixteen streams with
 * periods of 2 ms and four connectors at 240 Hz take 9000 tokens a second.
 */
#define TOKENS_PER_SEC  16000
#define TOKENS_MAX      256
#define COST_OF_NOTHING 8 /* of an event without work */
#define REFILL_NS       (2 * NS_PER_MS)
#define EVENTS_PER_TURN 256

enum port_place { PORT_IDLE, PORT_DUE, PORT_HELD };

struct port {
	int number;
	struct account *account;
	evtchn_handler handler;
	void *data;
	bool masked; /* from its event until unmask() */
	enum port_place place;
	STAILQ_ENTRY(port) link; /* in the list of its place */
};

STAILQ_HEAD(ports, port);

struct account {
	struct evtchn *evtchn;
	uint16_t domid;
	unsigned n_ports; /* 0: kept until the budget is full, so that coming back gains nothing */
	struct budget budget;
	uint64_t n_tokens; /* spent */
	uint64_t n_waits;  /* for tokens */
	struct event *refill;
	struct ports due;
	struct ports held; /* served, to be unmasked when the account has tokens */
	bool parked;       /* waits for tokens */
	bool queued;       /* waits for its turn */
	LIST_ENTRY(account) link;
	STAILQ_ENTRY(account) turn;
};

STAILQ_HEAD(accounts, account);

struct evtchn {
	xenevtchn_handle *handle;
	struct event_base *base;
	struct event *readable;
	struct event *again; /* accounts wait for the next turn */
	struct port **ports; /* by local port number */
	size_t n_ports;
	LIST_HEAD(, account) accounts;
	struct accounts queue;
};

static struct port *find(const struct evtchn *e, int number)
{
	if (number < 0 || (size_t)number >= e->n_ports)
		return NULL;
	return e->ports[number];
}

/* -------- turns -------- */

static struct ports *list_of(struct port *port)
{
	return port->place == PORT_DUE ? &port->account->due : &port->account->held;
}

static void move_to(struct port *port, enum port_place place)
{
	if (port->place != PORT_IDLE)
		STAILQ_REMOVE(list_of(port), port, port, link);
	port->place = place;
	if (place != PORT_IDLE)
		STAILQ_INSERT_TAIL(list_of(port), port, link);
}

static void queue(struct evtchn *e, struct account *account)
{
	if (account->queued || account->parked || STAILQ_EMPTY(&account->due))
		return;
	account->queued = true;
	STAILQ_INSERT_TAIL(&e->queue, account, turn);
	/* A timer: an event activated by hand would run before the loop polls again.  To add one
	 * that is about to run would put it off by a turn, for each account that becomes due. */
	if (!event_pending(e->again, EV_TIMEOUT, NULL))
		event_add(e->again, &(struct timeval){0});
}

static void make_due(struct evtchn *e, struct port *port)
{
	if (port->place != PORT_DUE)
		move_to(port, PORT_DUE);
	queue(e, port->account);
}

static void unmask(struct evtchn *e, struct port *port)
{
	if (!port->masked)
		return;
	port->masked = false;
	xenevtchn_unmask(e->handle, (evtchn_port_t)port->number);
}

static void park(struct account *account, uint64_t wait_ns)
{
	const struct timeval tv = timeval_of_ns(wait_ns);

	account->parked = true;
	event_add(account->refill, &tv);
}

/* @return the price in tokens. */
static uint32_t serve(struct evtchn *e, struct port *port)
{
	struct account *account = port->account;
	const int number = port->number;
	const bool masked = port->masked;
	uint32_t work = 0;
	int rc = port->handler(port->data, &work);

	/* A port that was kicked, and has no event, has paid before. */
	if (work == 0 && masked)
		work = COST_OF_NOTHING;
	budget_spend(&account->budget, work, now_ns());
	account->n_tokens += work;
	/* The handler may have unbound the port. */
	if (find(e, number) != port)
		return work;
	if (rc == -EAGAIN)
		move_to(port, PORT_DUE);
	else if (rc == 0 && port->place == PORT_IDLE)
		move_to(port, PORT_HELD);
	return work;
}

static void unmask_held(struct evtchn *e, struct account *account)
{
	struct port *port;

	while ((port = STAILQ_FIRST(&account->held))) {
		move_to(port, PORT_IDLE);
		unmask(e, port);
	}
}

static void serve_account(struct evtchn *e, struct account *account)
{
	uint32_t spent = 0;
	struct port *port;
	uint64_t wait_ns = 0;

	while (spent < EVTCHN_SHARE && wait_ns == 0 && (port = STAILQ_FIRST(&account->due))) {
		move_to(port, PORT_IDLE);
		/* A handler without work takes time, too. */
		spent += serve(e, port) + 1;
		wait_ns = budget_wait_ns(&account->budget, now_ns());
	}
	if (account->n_ports == 0)
		return; /* parked already, see account_left() */
	if (wait_ns > 0) {
		account->n_waits++;
		park(account, wait_ns + REFILL_NS);
	} else {
		unmask_held(e, account);
	}
	queue(e, account);
}

static void serve_due(struct evtchn *e)
{
	struct accounts turn = STAILQ_HEAD_INITIALIZER(turn);
	struct account *account;

	/* Accounts queued meanwhile wait for the next turn, so that the loop polls. */
	STAILQ_CONCAT(&turn, &e->queue);
	while ((account = STAILQ_FIRST(&turn))) {
		STAILQ_REMOVE_HEAD(&turn, turn);
		account->queued = false;
		serve_account(e, account);
	}
}

static void on_again(evutil_socket_t, short, void *arg)
{
	serve_due(arg);
}

static void on_readable(evutil_socket_t, short, void *arg)
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
			continue; /* unbound since its event */
		port->masked = true;
		make_due(e, port);
	}
}

/* -------- accounts -------- */

static void account_free(struct account *account)
{
	LIST_REMOVE(account, link);
	event_free(account->refill);
	free(account);
}

static void on_refill(evutil_socket_t, short, void *arg)
{
	struct account *account = arg;

	account->parked = false;
	if (account->n_ports == 0) {
		account_free(account);
		return;
	}
	unmask_held(account->evtchn, account);
	queue(account->evtchn, account);
}

static struct account *account_of(struct evtchn *e, uint16_t domid)
{
	struct account *account;

	LIST_FOREACH (account, &e->accounts, link)
		if (account->domid == domid)
			return account;
	account = calloc(1, sizeof *account);
	if (!account)
		return NULL;
	account->refill = event_new(e->base, -1, 0, on_refill, account);
	if (!account->refill) {
		free(account);
		return NULL;
	}
	account->evtchn = e;
	account->domid = domid;
	budget_init(&account->budget, TOKENS_PER_SEC, TOKENS_MAX, now_ns());
	STAILQ_INIT(&account->due);
	STAILQ_INIT(&account->held);
	LIST_INSERT_HEAD(&e->accounts, account, link);
	return account;
}

/* An account without ports is freed when its budget is full, unless it has a port by then. */
static void account_left(struct account *account)
{
	const uint64_t full_ns = NS_PER_SEC + TOKENS_MAX * NS_PER_SEC / TOKENS_PER_SEC;

	if (account->n_ports == 0)
		park(account, full_ns);
}

static void account_back(struct account *account)
{
	const uint64_t wait_ns = budget_wait_ns(&account->budget, now_ns());

	event_del(account->refill);
	account->parked = false;
	if (wait_ns > 0)
		park(account, wait_ns + REFILL_NS);
}

/* -------- ports -------- */

int evtchn_open(struct evtchn **out, struct event_base *base)
{
	struct evtchn *e = calloc(1, sizeof *e);
	int rc;
	int fd;

	if (!e)
		return -ENOMEM;
	e->base = base;
	STAILQ_INIT(&e->queue);
	LIST_INIT(&e->accounts);
	e->handle = xenevtchn_open(xen_logger(), 0);
	if (!e->handle) {
		rc = errno ? -errno : -EIO;
		goto out;
	}
	fd = xenevtchn_fd(e->handle);
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
	struct port *port = find(e, number);

	if (!port)
		return;
	move_to(port, PORT_IDLE);
	e->ports[number] = NULL;
	xenevtchn_unbind(e->handle, (evtchn_port_t)number);
	port->account->n_ports--;
	account_left(port->account);
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
