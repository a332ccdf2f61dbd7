/* SPDX-License-Identifier: MIT */
/*
 * The xenbus state machine of one device, as the stock Linux frontends and libxl need it.  Pure:
 * facts go in, a step comes out.  It is level-triggered: it decides from present facts, and
 * remembers only what the store cannot tell.
 */
#ifndef XENAVD_XENBUS_H
#define XENAVD_XENBUS_H

#include <stdbool.h>
#include <stdint.h>

enum engine_state { ENGINE_NONE, ENGINE_STARTING, ENGINE_RUNNING, ENGINE_STOPPING };

struct xenbus_facts {
	bool present; /* our directory exists */
	bool online;  /* the toolstack wants the device */
	bool domain_alive;
	int be; /* our state, as it stands in the store */
	int fe; /* the frontend's */
	enum engine_state engine;
	bool engine_open;  /* the guest has something open in it */
	bool requests_due; /* a frontend that goes away has yet to close what it has open */
	bool failed;       /* the engine failed, or the frontend broke a ring */
	bool quitting;     /* the daemon is stopping */
	bool early;        /* see struct store_kind */
	bool has_config;   /* one was read that no engine has been made from */
	bool replaced;     /* and it is of rings that nobody has served, behind our 4 */
	bool resumable; /* an earlier daemon has kept all that it takes to go on; both are in 4 */
	uint64_t start_ns; /* no start before: these rings have just been refused; or 0 */
	uint64_t now_ns;
};

/* Memory from one decision to the next; starts zeroed. */
struct xenbus {
	int wrote;                 /* the last state written by us; 0: none */
	uint64_t leaving_since_ns; /* the device is removed, or we quit */
	uint64_t closing_since_ns; /* the frontend closes */
	unsigned closing_again;    /* tries that it was given since then */
	uint64_t reopen_at_ns;     /* no offer before: somebody waits for our 6 */
	bool outlived;             /* the engine serves a frontend that closes */
	uint64_t nudge_at_ns;      /* time to offer, if the frontend stays in 1; or 0 */
	bool answered;             /* the frontend has been in 4 while we were */
	bool was_reconfiguring;
	unsigned offers; /* in a row, without a quiet time */
	bool told;       /* the waiting was logged */
	uint64_t first_offer_ns;
	uint64_t last_offer_ns;
	bool first_offer;       /* the last one followed the toolstack's 1 */
	unsigned starts;        /* of the engine, since the last offer */
	bool behind_4;          /* the last one came after our 4 */
	uint64_t closed_ns;     /* when our 6 was written last, or 0 */
	uint64_t unanswered_ns; /* our 4 has stood since then and the frontend is in 3; or 0 */
	bool lost;              /* for so long that nobody can be there */
	bool renewed;           /* and we have done about it what we can */
	uint64_t written_up_ns; /* the writes that the frontend caused are paid for by then */
	bool held_up;           /* a write had to wait */
};

enum engine_order { ENGINE_KEEP, ENGINE_START, ENGINE_RESUME, ENGINE_STOP };

struct xenbus_step {
	int write;                /* the state to write; 0: none */
	bool renew;               /* with that 2: the guest is to make the device anew */
	enum engine_order engine; /* the order to the engine */
	bool forget;              /* the device is gone, or of a dead domain and in 6 */
	bool backing_off;         /* the frontend keeps failing and has to wait; set once */
	uint64_t again_ns;        /* decide anew by then; 0: no need */
};

/* Decide on the next step.  The caller carries out a write before the next call. */
struct xenbus_step xenbus_decide(struct xenbus *xb, const struct xenbus_facts *f);

#endif
