/* SPDX-License-Identifier: MIT */
/* See store.h.  This is the event loop's side; store-thread.c is the thread's. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <xenstore.h>

#include "base/container.h"
#include "base/thread.h"
#include "report/log.h"
#include "service/watchdog.h"
#include "xen/mailbox.h"
#include "xen/store-known.h"
#include "xen/store-thread.h"

#define FIRST_ANSWER_SEC 10
#define PATIENT_SEC      3
#define END_SEC          2

/* In looks of the watchdog, which are half a second in the unit: five minutes for xenstored, which
 * may take its time, as when it is replaced by a new version; connected guests go on meanwhile, and
 * a restart of xenavd would end that. */
#define PATIENCE      2
#define LONG_PATIENCE 600
#define REST          8

struct store {
	store_viewer viewer;
	void *data;
	struct event *wake;
	struct mailbox mailbox;
	struct knowledge knowledge; /* the thread's while it runs */
	store_greeter greeter;      /* NULL: nobody waits for xenstored to be reached */
	void *greeter_data;
	pthread_t thread;
	bool started;
	struct watched watched;
};

static void greet(struct store *store)
{
	const store_greeter greeter = store->greeter;
	uint16_t own_domid;

	if (!greeter || !mailbox_own_domid(&store->mailbox, &own_domid))
		return;
	store->greeter = NULL;
	greeter(own_domid, store->greeter_data);
}

static void on_wake(evutil_socket_t, short, void *arg)
{
	struct parcels parcels = STAILQ_HEAD_INITIALIZER(parcels);
	struct store *store = arg;
	struct parcel *parcel;

	mailbox_take_parcels(&store->mailbox, &parcels);
	greet(store);
	while ((parcel = STAILQ_FIRST(&parcels))) {
		STAILQ_REMOVE_HEAD(&parcels, link);
		store->viewer(&parcel->view, store->data);
		parcel_free(parcel);
	}
}

static void *run(void *arg)
{
	struct store *store = arg;

	pthread_setname_np(pthread_self(), "xenavd-store");
	store_serve(&store->knowledge);
	mailbox_end(&store->mailbox);
	return NULL;
}

int store_start(struct store **out, struct event_base *base, const struct store_kind *const kinds[],
		store_viewer viewer, void *data, bool patient)
{
	struct store *store = calloc(1, sizeof *store);
	int rc;

	if (!store)
		return -ENOMEM;
	store->viewer = viewer;
	store->data = data;
	store_known_init(&store->knowledge, kinds, &store->mailbox);
	store->knowledge.patient = patient;
	rc = mailbox_init(&store->mailbox);
	if (rc < 0)
		goto out;
	rc = -ENOMEM;
	store->wake = event_new(base, store->mailbox.loop_fd, EV_READ | EV_PERSIST, on_wake, store);
	if (!store->wake || event_add(store->wake, NULL) < 0)
		goto out;
	rc = thread_start(&store->thread, run, store);
	store->started = rc == 0;
	if (rc < 0)
		goto out;
	rc = mailbox_await_answer(&store->mailbox, patient ? PATIENT_SEC : FIRST_ANSWER_SEC);
	if (rc < 0 && patient) {
		if (rc == -ETIMEDOUT)
			log_err("xenstored does not answer: waiting for it");
		*out = store;
		return 0;
	}
	if (rc == -ETIMEDOUT)
		return rc; /* the thread is stuck in libxenstore and keeps what it uses */
	if (rc < 0)
		goto out;
	*out = store;
	return 0;
out:
	store_stop(store);
	return rc;
}

static void ask(struct watched *watched)
{
	mailbox_question(&CONTAINER(watched, struct store, watched)->mailbox);
}

static bool has_answered(struct watched *watched)
{
	return mailbox_replied(&CONTAINER(watched, struct store, watched)->mailbox);
}

static bool is_wanted(struct watched *watched)
{
	return mailbox_has_orders(&CONTAINER(watched, struct store, watched)->mailbox);
}

static bool is_held_up(struct watched *watched)
{
	return !mailbox_is_idle(&CONTAINER(watched, struct store, watched)->mailbox);
}

void store_watch(struct store *store, struct watchdog *watchdog)
{
	store->watched = (struct watched){
		.name = "thread of xenstored",
		.patience = PATIENCE,
		.long_patience = LONG_PATIENCE,
		.rest = REST,
		.ask = ask,
		.answered = has_answered,
		.wanted = is_wanted,
		.held_up = is_held_up,
	};
	watchdog_add(watchdog, &store->watched);
}

void store_stop(struct store *store)
{
	if (!store)
		return;
	if (store->started) {
		if (!mailbox_stop(&store->mailbox, END_SEC))
			return; /* the thread is stuck in libxenstore and keeps what it uses */
		pthread_join(store->thread, NULL);
	}
	if (store->knowledge.xs)
		xs_close(store->knowledge.xs);
	store_known_finish(&store->knowledge);
	if (store->wake)
		event_free(store->wake);
	mailbox_finish(&store->mailbox);
	free(store);
}

void store_when_reached(struct store *store, store_greeter greeter, void *data)
{
	store->greeter = greeter;
	store->greeter_data = data;
	greet(store);
}

int store_write_state(struct store *store, const struct device_id *id, int state, const char *error,
		      uint64_t *seq)
{
	return mailbox_order(&store->mailbox, id, state, error, seq);
}

int store_look(struct store *store, const struct device_id *id)
{
	uint64_t seq;

	return mailbox_order(&store->mailbox, id, ORDER_LOOK, NULL, &seq);
}

void store_show_all(struct store *store)
{
	mailbox_show_all(&store->mailbox);
}
