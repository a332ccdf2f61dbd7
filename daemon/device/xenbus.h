/* SPDX-License-Identifier: MIT */
/*
 * The xenbus state machine of one device, as the stock Linux frontends and libxl need it.  Pure:
 * facts go in, a step comes out.  It is level-triggered: it decides from what is true now, and
 * remembers only what the store cannot tell it.
 */
#ifndef XENAVD_XENBUS_H
#define XENAVD_XENBUS_H

#include <stdbool.h>
#include <stdint.h>

enum engine_state { ENGINE_NONE, ENGINE_STARTING, ENGINE_RUNNING, ENGINE_STOPPING };

struct xenbus_facts {
	bool present; /* our directory exists */
	bool online;  /* and the toolstack wants the device */
	bool domain_alive;
	int be; /* both states, as they stand in the store */
	int fe;
	enum engine_state engine;
	bool engine_open;  /* the guest has something open in it */
	bool requests_due; /* a frontend that goes away has yet to close what it has open */
	bool failed;       /* it could not start, or the frontend broke its rings */
	bool quitting;     /* the daemon is about to stop */
	uint64_t now_ns;
};

/* What is remembered from one decision to the next; starts zeroed. */
struct xenbus {
	int wrote;                 /* the last state that was ours; 0: none yet */
	uint64_t leaving_since_ns; /* the toolstack removes the device, or we quit */
	uint64_t closing_since_ns; /* the frontend closes */
	unsigned closing_again;    /* how often it was made to try again in there */
	bool outlived;             /* the engine still serves what the frontend closes */
	uint64_t nudge_at_ns;      /* offer again to a frontend that did not hear us */
	bool was_reconfiguring;
	unsigned offers; /* in a row without a quiet time */
	bool told;       /* that it has to wait */
	uint64_t first_offer_ns;
	uint64_t last_offer_ns;
	unsigned starts;        /* of the engine, since the last offer */
	uint64_t written_up_ns; /* the writes that a frontend caused are paid for by then */
	bool held_up;           /* and there were too many of them */
};

enum engine_order { ENGINE_KEEP, ENGINE_START, ENGINE_STOP };

struct xenbus_step {
	int write;                /* the state to write; 0: none */
	enum engine_order engine; /* and what to do about the engine */
	bool forget;              /* the device is no more, or that of a dead domain is in 6 */
	bool backing_off;         /* it fails again and again and has to wait: said once */
	uint64_t again_ns;        /* decide anew at that time at the latest; 0: no need */
};

/* Decide on the next step.  A write is taken to be done before the next call. */
struct xenbus_step xenbus_decide(struct xenbus *xb, const struct xenbus_facts *f);

#endif
