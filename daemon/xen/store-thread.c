/* SPDX-License-Identifier: MIT */
/*
 * The store thread, see store.h.  It waits for watch events, for writes that the loop wants, and
 * for a sweep every five seconds that finds what no event told: a domain that died, or a xenstored
 * that did.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "base/clock.h"
#include "base/number.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "xen/store-priv.h"
#include "xen/store-read.h"
#include "xen/tree.h"

#define RECONNECT_MS 1000
#define SWEEP_MS     5000
#define RETRY_MS     100

static int take_events(struct store *store)
{
	for (;;) {
		char **event = xs_check_watch(store->xs);

		if (!event)
			return errno == EAGAIN ? 0 : -errno;
		store_take_event(store, event);
		free(event);
	}
}

/* @return 0 or, when nothing of it was done, -ENOMEM. */
static int carry_out(struct store *store, const struct order *order)
{
	struct known *known = store_learn(store, &order->id);
	int rc;

	/* Nobody would ever hear what came of it. */
	if (!known)
		return -ENOMEM;
	rc = store_write(store->xs, store->own_domid, &order->id, order->state, order->error);
	if (rc < 0 && rc != -ENOENT)
		log_err("%s %u/%u: Could not write state %d: %s", order->id.kind->name,
			order->id.domid, order->id.devid, order->state, strerror(-rc));
	store->last_done = order->seq;
	/* The event of our own writing brings the view; one of the two is enough. */
	if (rc == 0)
		known->written = true;
	else
		known->dirty = true;
	return 0;
}

/* @return whether all of them were carried out; else the rest are, in their turn, next time. */
static bool take_orders(struct store *store, bool *stopping)
{
	struct orders orders = STAILQ_HEAD_INITIALIZER(orders);
	struct order *order;
	bool all;

	store_woken(store->thread_fd);
	pthread_mutex_lock(&store->lock);
	STAILQ_CONCAT(&orders, &store->orders);
	*stopping = store->stopping;
	if (store->show_all)
		store_mark_all(store);
	store->show_all = false;
	pthread_mutex_unlock(&store->lock);
	while ((order = STAILQ_FIRST(&orders)) && carry_out(store, order) == 0) {
		STAILQ_REMOVE_HEAD(&orders, link);
		free(order->error);
		free(order);
	}
	all = !order;
	pthread_mutex_lock(&store->lock);
	STAILQ_CONCAT(&orders, &store->orders);
	STAILQ_CONCAT(&store->orders, &orders);
	pthread_mutex_unlock(&store->lock);
	return all;
}

static int connect_to_store(struct store *store)
{
	CLEANUP_FREE char *text = NULL;
	char path[STORE_PATH_MAX];
	uint32_t domid;

	/* Not with XS_UNWATCH_FILTER: libxenstore loses the memory of what it filters, and an event
	 * of a watch that is no more is looked up in vain. */
	store->xs = xs_open(0);
	if (!store->xs)
		return errno ? -errno : -EIO;
	text = xs_read(store->xs, XBT_NULL, "domid", NULL);
	if (!text)
		return errno ? -errno : -EIO;
	if (parse_u32(text, UINT16_MAX, &domid) < 0)
		return -EPROTO;
	store->own_domid = (uint16_t)domid;
	for (unsigned i = 0; store->kinds[i]; i++) {
		store_kind_path(store->own_domid, store->kinds[i], path, sizeof path);
		if (!xs_watch(store->xs, path, STORE_BASE_TOKEN))
			return -errno;
	}
	/* A driver domain is told nothing of it, and may not be allowed to ask. */
	if (!xs_watch(store->xs, "@releaseDomain", STORE_DOMAINS_TOKEN) && errno != EACCES)
		return -errno;
	/* It is made when it is asked for first, and without it no event would be heard of. */
	return xs_fileno(store->xs) < 0 ? -errno : 0;
}

/* The answer that store_start() waits for. */
static void answer(struct store *store, int rc)
{
	pthread_mutex_lock(&store->lock);
	store->answer = rc;
	store->answered = true;
	pthread_cond_signal(&store->progress);
	pthread_mutex_unlock(&store->lock);
}

/* One round: what has happened, what we are to write, what is to be told. @return 0 or -errno. */
static int serve_once(struct store *store, bool *stopping, bool *all)
{
	int rc;

	if (now_ns() >= store->sweep_ns) {
		store_sweep(store);
		store->sweep_ns = now_ns() + SWEEP_MS * NS_PER_MS;
	}
	rc = take_events(store);
	if (rc < 0)
		return rc;
	*all = take_orders(store, stopping);
	*all &= store_look_at_dirty(store);
	return 0;
}

/* Serve until told to stop (0) or until xenstored is gone (-errno). */
static int serve(struct store *store)
{
	struct pollfd fds[2] = {
		{.fd = xs_fileno(store->xs), .events = POLLIN},
		{.fd = store->thread_fd, .events = POLLIN},
	};
	bool stopping = false;
	bool all = true;
	int rc = 0;

	store->sweep_ns = now_ns() + SWEEP_MS * NS_PER_MS;
	while (!stopping && rc == 0) {
		poll(fds, 2, all ? SWEEP_MS : RETRY_MS);
		rc = serve_once(store, &stopping, &all);
	}
	return rc;
}

/* What is known stays known; all of it is looked at again, and watched anew. */
static int reconnect(struct store *store)
{
	struct known *known;
	int rc;

	if (store->xs)
		xs_close(store->xs);
	rc = connect_to_store(store);
	LIST_FOREACH (known, &store->known, link) {
		known->dirty = known->stirred = true;
		known->watched = false;
	}
	return rc;
}

/*
 * An xenstored that was started anew knows no domain but ours.  A domain that it does not know may
 * have died, and we would never hear of it: its memory would be ours to hold for ever.  So the
 * views tell it as dead, and it is let go.
 */
static void greet(struct store *store)
{
	struct known *known;
	unsigned n = 0;
	bool hidden;

	LIST_FOREACH (known, &store->known, link)
		n += !store_domain_alive(store->xs, &known->id, &hidden);
	if (n > 0)
		log_warn("xenstored is back, but does not know the domains of %u devices: "
			 "they are let go",
			 n);
	else
		log_info("xenstored is back");
}

static bool told_to_stop(struct store *store)
{
	bool stopping;

	pthread_mutex_lock(&store->lock);
	stopping = store->stopping;
	pthread_mutex_unlock(&store->lock);
	return stopping;
}

void *store_run(void *arg)
{
	struct store *store = arg;
	int rc;

	rc = connect_to_store(store);
	answer(store, rc);
	if (rc < 0)
		return NULL;
	while ((rc = serve(store)) < 0) {
		log_err("Lost xenstored (%s): what is connected goes on, what is new has to wait",
			strerror(-rc));
		do {
			poll(&(struct pollfd){.fd = -1}, 1, RECONNECT_MS);
			if (told_to_stop(store))
				return NULL;
		} while (reconnect(store) < 0);
		greet(store);
	}
	return NULL;
}
