/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the store share: store.c, called by the event loop; store-thread.c, the
 * thread; and store-known.c, what the thread knows of devices.  One lock, held for list work only,
 * never across a call of libxenstore.
 */
#ifndef XENAVD_STORE_PRIV_H
#define XENAVD_STORE_PRIV_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/budget.h"
#include "report/log.h"
#include "xen/store.h"

/* What the events of our watches say: a backend directory, a domain's end, else a frontend's state
 * with the token of its device. */
#define STORE_BASE_TOKEN    "backend"
#define STORE_DOMAINS_TOKEN "domains"

struct event;
struct xs_handle;

struct order {
	struct device_id id;
	int state;
	char *error;
	uint64_t seq;
	STAILQ_ENTRY(order) link;
};

/* A device the thread knows of; the thread's alone. */
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

struct parcel {
	struct store_view view;
	STAILQ_ENTRY(parcel) link;
};

struct store {
	const struct store_kind *const *kinds;
	store_viewer viewer;
	void *data;
	struct xs_handle *xs;
	uint16_t own_domid;
	pthread_t thread;
	bool started;
	int thread_fd; /* wakes the thread */
	int loop_fd;   /* wakes the loop */
	struct event *wake;
	LIST_HEAD(, known) known;
	bool overlooked;   /* the thread found a device and had no memory to know it */
	uint64_t sweep_ns; /* when the next one is due */
	struct log_source log;
	uint64_t last_done;  /* order, the thread's to know */
	uint64_t last_order; /* the loop's */

	pthread_mutex_t lock; /* for what follows */
	STAILQ_HEAD(orders, order) orders;
	STAILQ_HEAD(parcels, parcel) parcels;
	bool show_all;           /* devices, again */
	pthread_cond_t progress; /* answered, or ended */
	bool answered;
	int answer;
	bool stopping;
	bool ended; /* the thread */
};

/* Wake whoever sleeps on an eventfd, and be woken. */
void store_wake(int fd);
void store_woken(int fd);

/* The thread; arg is the store. */
void *store_run(void *arg);

/* For the thread.  Note what an event of xs_check_watch() is about. */
void store_take_event(struct store *store, char **event);

/*
 * Note what no event tells: that a domain has died, or is back; what becomes of frontends that
 * cannot be watched; and if an event should have got lost, it is made up for.
 */
void store_sweep(struct store *store);

/* The device, which is made known if it is not yet; or NULL without memory. */
struct known *store_learn(struct store *store, const struct device_id *id);

/* Note all devices. */
void store_mark_all(struct store *store);

/*
 * Post a view of every device that is noted.
 *
 * @return whether all of it could be done; else it is worth another try.
 */
bool store_look_at_dirty(struct store *store);

/* When it has ended: forget the devices it knew. */
void store_forget_known(struct store *store);

#endif
