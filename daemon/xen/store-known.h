/* SPDX-License-Identifier: MIT */
/*
 * What the store thread knows of devices: which there are, and which have to be looked at, because
 * an event said so or because a sweep found what no event told.  All of it is the thread's alone.
 */
#ifndef XENAVD_STORE_KNOWN_H
#define XENAVD_STORE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/budget.h"
#include "report/log.h"
#include "xen/store.h"

/* Tokens of our watches: of the backend directories, and of the end of domains.  A frontend's state
 * has the token of its device. */
#define STORE_BASE_TOKEN    "backend"
#define STORE_DOMAINS_TOKEN "domains"

struct mailbox;
struct xs_handle;

struct known {
	struct device_id id;
	bool dirty;   /* it has to be looked at.. */
	bool stirred; /* ..because the frontend has written its state: if that is all, it pays */
	bool written; /* we have, and our watch event, which brings the view, has not come */
	bool watched; /* the frontend's state */
	bool unwatchable;    /* it could not be, and that was said */
	bool alive;          /* the domain, when it was last looked at */
	bool kept;           /* the domain is hidden, and the toolstack has not taken this away */
	struct tree *rings;  /* as they were read last, or NULL */
	struct budget reads; /* requests to xenstored that the frontend may cause */
	uint64_t paused_ns;  /* it is not looked at before, because it has caused too many */
	LIST_ENTRY(known) link;
};

struct knowledge {
	const struct store_kind *const *kinds;
	struct mailbox *mailbox; /* for the views */
	struct xs_handle *xs;
	uint16_t own_domid;
	LIST_HEAD(, known) devices;
	bool overlooked;    /* a device was found, and there was no memory to know it */
	uint64_t last_done; /* order */
	struct log_source log;
};

void store_known_init(struct knowledge *k, const struct store_kind *const kinds[],
		      struct mailbox *mailbox);

/* Forget all devices. */
void store_known_finish(struct knowledge *k);

/* Note what an event of xs_check_watch() is about. */
void store_take_event(struct knowledge *k, char **event);

/*
 * Note what no event tells: that a domain has died, or is back; what becomes of frontends that
 * cannot be watched; and if an event should have got lost, it is made up for.
 */
void store_sweep(struct knowledge *k);

/* The device, which is made known if it is not yet; or NULL without memory. */
struct known *store_learn(struct knowledge *k, const struct device_id *id);

/* Note all devices. */
void store_mark_all(struct knowledge *k);

/*
 * Post a view of every device that is noted.
 *
 * @return whether all of it could be done; else it is worth another try.
 */
bool store_look_at_dirty(struct knowledge *k);

#endif
