/* SPDX-License-Identifier: MIT */
/* The turns of ports and accounts, see evtchn.h and evtchn-priv.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "xen/evtchn-priv.h"

/* A parked account waits until it has tokens for that long, which are those of a share: shorter
 * waits would cost more than they let the guest do. */
#define REFILL_NS NS_PER_MS

_Static_assert(TOKENS_PER_SEC / (NS_PER_SEC / REFILL_NS) == EVTCHN_SHARE, "a share is refilled");

struct port *evtchn_find(const struct evtchn *e, int number)
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

void port_move_to(struct port *port, enum port_place place)
{
	if (port->place != PORT_IDLE)
		STAILQ_REMOVE(list_of(port), port, port, link);
	port->place = place;
	if (place != PORT_IDLE)
		STAILQ_INSERT_TAIL(list_of(port), port, link);
}

void evtchn_plan_turn(struct evtchn *e)
{
	if (e->reading || (STAILQ_EMPTY(&e->due) && STAILQ_EMPTY(&e->going_on)))
		return;
	/* A timer: an event activated by hand would run before the loop polls again.  To add one
	 * that is about to run would put it off by a turn, for each account that becomes due. */
	if (!event_pending(e->again, EV_TIMEOUT, NULL))
		event_add(e->again, &(struct timeval){0});
}

static void queue(struct evtchn *e, struct account *account, struct accounts *accounts)
{
	if (account->queued || account->parked || STAILQ_EMPTY(&account->due))
		return;
	account->queued = true;
	STAILQ_INSERT_TAIL(accounts, account, turn);
	evtchn_plan_turn(e);
}

void port_make_due(struct evtchn *e, struct port *port)
{
	if (port->place != PORT_DUE)
		port_move_to(port, PORT_DUE);
	queue(e, port->account, &e->due);
}

static void unmask(struct evtchn *e, struct port *port)
{
	if (!port->masked)
		return;
	port->masked = false;
	evtchn_batch_unmask(&e->unmasked, (uint32_t)port->number);
}

static void park(struct account *account, uint64_t wait_ns)
{
	account->parked = true;
	deadline_set(&account->refill, now_ns() + wait_ns);
}

/* What an event costs that was served by that work.  A port that was kicked, and has no event, has
 * paid before; so has a guest for the events of requests that were served together. */
static uint32_t price(struct port *port, uint32_t work, bool masked)
{
	const bool excused = port->excused;

	port->excused = work > masked;
	if (work > 0 || !masked)
		return work;
	return excused ? 1 : COST_OF_NOTHING;
}

/* @return the price in tokens. */
static uint32_t serve(struct evtchn *e, struct port *port)
{
	struct account *account = port->account;
	const int number = port->number;
	const bool masked = port->masked;
	uint32_t work = 0;
	int rc = port->handler(port->data, &work);
	/* The handler may have unbound the port. */
	const bool gone = evtchn_find(e, number) != port;

	if (!gone)
		work = price(port, work, masked);
	budget_spend(&account->budget, work, now_ns());
	account->n_tokens += work;
	if (gone)
		return work;
	if (rc == -EAGAIN)
		port_move_to(port, PORT_DUE);
	else if (rc == 0 && port->place == PORT_IDLE)
		port_move_to(port, PORT_HELD);
	return work;
}

static void unmask_held(struct evtchn *e, struct account *account)
{
	struct port *port;

	while ((port = STAILQ_FIRST(&account->held))) {
		port_move_to(port, PORT_IDLE);
		unmask(e, port);
	}
}

static void serve_account(struct evtchn *e, struct account *account)
{
	uint32_t spent = 0;
	struct port *port;
	uint64_t wait_ns = 0;

	while (spent < EVTCHN_SHARE && wait_ns == 0 && (port = STAILQ_FIRST(&account->due))) {
		port_move_to(port, PORT_IDLE);
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
	queue(e, account, &e->going_on);
}

void evtchn_serve_due(struct evtchn *e)
{
	struct accounts turn = STAILQ_HEAD_INITIALIZER(turn);
	struct account *account;

	/* Accounts queued meanwhile wait for the next turn, so that the loop polls. */
	STAILQ_CONCAT(&turn, &e->due);
	STAILQ_CONCAT(&turn, &e->going_on);
	while ((account = STAILQ_FIRST(&turn))) {
		STAILQ_REMOVE_HEAD(&turn, turn);
		account->queued = false;
		serve_account(e, account);
	}
	evtchn_batch_flush(&e->unmasked);
}

/* -------- accounts -------- */

void account_free(struct account *account)
{
	LIST_REMOVE(account, link);
	deadline_clear(&account->refill);
	free(account);
}

static void on_refill(void *arg)
{
	struct account *account = arg;

	account->parked = false;
	if (account->n_ports == 0) {
		account_free(account);
		return;
	}
	unmask_held(account->evtchn, account);
	evtchn_batch_flush(&account->evtchn->unmasked);
	queue(account->evtchn, account, &account->evtchn->going_on);
}

struct account *account_of(struct evtchn *e, uint16_t domid)
{
	struct account *account;

	LIST_FOREACH (account, &e->accounts, link)
		if (account->domid == domid)
			return account;
	account = calloc(1, sizeof *account);
	if (!account)
		return NULL;
	deadline_init(&account->refill, e->deadlines, on_refill, account);
	account->evtchn = e;
	account->domid = domid;
	budget_init(&account->budget, TOKENS_PER_SEC, TOKENS_MAX, now_ns());
	STAILQ_INIT(&account->due);
	STAILQ_INIT(&account->held);
	LIST_INSERT_HEAD(&e->accounts, account, link);
	return account;
}

/* An account without ports is freed when its budget is full, unless it has a port by then. */
void account_left(struct account *account)
{
	const uint64_t full_ns = NS_PER_SEC + TOKENS_MAX * NS_PER_SEC / TOKENS_PER_SEC;

	if (account->n_ports == 0)
		park(account, full_ns);
}

void account_back(struct account *account)
{
	const uint64_t wait_ns = budget_wait_ns(&account->budget, now_ns());

	deadline_clear(&account->refill);
	account->parked = false;
	if (wait_ns > 0)
		park(account, wait_ns + REFILL_NS);
}
