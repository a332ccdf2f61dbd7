/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of evtchn.h.  Xen gives out small port numbers, so an array maps them.  Each
 * domain has an account with its due ports, oldest first.  Every turn of the loop serves each
 * account once, up to its share.
 *
 * An account without tokens is parked: its ports stay masked or due until it has tokens again.
 */
#ifndef XENAVD_EVTCHN_PRIV_H
#define XENAVD_EVTCHN_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <xenevtchn.h>

#include "base/budget.h"
#include "base/deadline.h"
#include "xen/evtchn-batch.h"
#include "xen/evtchn.h"

struct event;

/*
 * A token buys about ten microseconds: a request, or a copy of 32 KiB.  Sixteen streams with
 * periods of 2 ms and four connectors at 240 Hz take 9000 tokens a second.
 */
#define TOKENS_PER_SEC  16000
#define TOKENS_MAX      256
#define COST_OF_NOTHING 8 /* of an event without work */

enum port_place { PORT_IDLE, PORT_DUE, PORT_HELD };

struct port {
	int number;
	struct account *account;
	evtchn_handler handler;
	void *data;
	bool masked;  /* from its event until unmask() */
	bool excused; /* work has been done whose event may yet come */
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
	struct deadline refill;
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
	struct deadlines *deadlines;
	struct event *readable;
	struct event *again; /* accounts wait for the next turn */
	bool reading;        /* on_readable() runs, and sees to the next turn */
	struct evtchn_batch unmasked;
	struct port **ports; /* by local port number */
	size_t n_ports;
	LIST_HEAD(, account) accounts;
	/* Those that have become due have their turn before those that have had one and go on. */
	struct accounts due;
	struct accounts going_on;
};

/* @return the port of that number, or NULL. */
struct port *evtchn_find(const struct evtchn *e, int number);

/* Put a port into the list of that place. */
void port_move_to(struct port *port, enum port_place place);

/* Let the port have its turn. */
void port_make_due(struct evtchn *e, struct port *port);

/* Serve each account whose turn it is once. */
void evtchn_serve_due(struct evtchn *e);

/* See to the next turn when accounts wait for it. */
void evtchn_plan_turn(struct evtchn *e);

/* @return the account of that domain, which may be new, or NULL. */
struct account *account_of(struct evtchn *e, uint16_t domid);
void account_free(struct account *account);

/* To be called when the account may have no port any more, and when it has its first. */
void account_left(struct account *account);
void account_back(struct account *account);

#endif
