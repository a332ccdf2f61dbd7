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

#include "report/cleanup.h"
#include "report/log.h"
#include "xen/store-priv.h"
#include "xen/store-read.h"
#include "xen/tree.h"

#define RECONNECT_MS  1000
#define SWEEP_MS      5000
#define BASE_TOKEN    "backend"
#define DOMAINS_TOKEN "domains"

static void watch_frontend(struct store *store, struct known *known, bool on)
{
	char path[STORE_PATH_MAX];
	char token[STORE_TOKEN_MAX];

	if (known->watched == on)
		return;
	store_frontend_path(&known->id, "state", path, sizeof path);
	store_token(&known->id, token);
	if (on)
		known->watched = xs_watch(store->xs, path, token);
	else
		known->watched = !xs_unwatch(store->xs, path, token);
}

static struct known *find_known(struct store *store, const struct device_id *id)
{
	struct known *known;

	LIST_FOREACH (known, &store->known, link)
		if (device_same_id(&known->id, id))
			return known;
	return NULL;
}

static struct known *learn(struct store *store, const struct device_id *id)
{
	struct known *known = find_known(store, id);

	if (known)
		return known;
	known = calloc(1, sizeof *known);
	if (!known)
		return NULL;
	known->id = *id;
	LIST_INSERT_HEAD(&store->known, known, link);
	return known;
}

static void mark(struct store *store, const struct device_id *id)
{
	struct known *known = learn(store, id);

	if (known)
		known->dirty = true;
}

/* A domain may die without any node of ours changing. */
static void look_for_dead(struct store *store)
{
	struct known *known;

	LIST_FOREACH (known, &store->known, link)
		if (!known->dirty && !xs_is_domain_introduced(store->xs, known->id.domid))
			known->dirty = true;
}

/* What no event tells; and if one should have got lost, it is made up for. */
static void sweep(struct store *store)
{
	struct known *known;

	look_for_dead(store);
	LIST_FOREACH (known, &store->known, link)
		known->dirty |= known->written;
}

static void on_found(const struct device_id *id, void *data)
{
	mark(data, id);
}

/* When a directory is removed, what was in it goes without any events. */
static void mark_below(struct store *store, const char *path)
{
	const size_t len = strlen(path);
	struct known *known;

	LIST_FOREACH (known, &store->known, link) {
		char own[STORE_PATH_MAX];

		store_backend_path(store->own_domid, &known->id, NULL, own, sizeof own);
		if (strncmp(own, path, len) == 0 && own[len] == '/')
			known->dirty = true;
	}
}

/* An event of the watch of a kind's directory. */
static void take_backend_event(struct store *store, const char *path)
{
	struct device_id id;

	if (store_parse_backend_path(store->own_domid, path, &id) == 0) {
		if (store_is_of_interest(path))
			mark(store, &id);
		return;
	}
	mark_below(store, path);
	/* This one comes when the watch is set. */
	if (store_is_kind_path(store->own_domid, path))
		store_scan(store->xs, store->own_domid, on_found, store);
}

/* An event only says where to look; what stands there is read afterwards. */
static void take_event(struct store *store, char **event)
{
	const char *path = event[XS_WATCH_PATH];
	const char *token = event[XS_WATCH_TOKEN];
	struct device_id id;

	if (strcmp(token, DOMAINS_TOKEN) == 0) {
		look_for_dead(store);
	} else if (strcmp(token, BASE_TOKEN) == 0) {
		take_backend_event(store, path);
	} else if (store_parse_token(token, &id) == 0) {
		struct known *known = find_known(store, &id);

		if (known)
			known->dirty = known->stirred = true;
	}
}

static int take_events(struct store *store)
{
	for (;;) {
		char **event = xs_check_watch(store->xs);

		if (!event)
			return errno == EAGAIN ? 0 : -errno;
		take_event(store, event);
		free(event);
	}
}

/* A view that the loop has not fetched yet is replaced, so that no guest can fill the queue. */
static void post(struct store *store, const struct store_view *view)
{
	struct parcel *parcel;

	pthread_mutex_lock(&store->lock);
	STAILQ_FOREACH(parcel, &store->parcels, link)
	if (device_same_id(&parcel->view.id, &view->id))
		break;
	if (!parcel) {
		parcel = calloc(1, sizeof *parcel);
		if (parcel)
			STAILQ_INSERT_TAIL(&store->parcels, parcel, link);
	}
	if (parcel) {
		struct tree *old = parcel->view.config;

		parcel->view = *view;
		/* Read because it may be new, and not read again because it is not newer. */
		if (view->be_state == XB_CONNECTED && view->fe_state == XB_INITIALISED &&
		    !view->config)
			parcel->view.config = old;
		else
			tree_destroy(old);
	}
	pthread_mutex_unlock(&store->lock);
	if (parcel)
		store_wake(store->loop_fd);
	else
		tree_destroy(view->config);
}

/* A store that died while it was read tells nothing, least of all that everything is gone. */
static bool store_lives(struct store *store)
{
	CLEANUP_FREE char *domid = xs_read(store->xs, XBT_NULL, "domid", NULL);

	return domid != NULL;
}

/* Something is missing, or may be. */
static bool is_doubtful(const struct store_view *view)
{
	return !view->present || view->fe_state == XB_UNKNOWN || view->config || view->config_rc;
}

static void look_at(struct store *store, struct known *known)
{
	struct store_view view;

	/* Watch first, read then: no change can fall in between. */
	watch_frontend(store, known, true);
	store_read_view(store->xs, store->own_domid, &known->id, known->stirred, &view);
	if (is_doubtful(&view) && !store_lives(store)) {
		tree_destroy(view.config);
		return; /* still dirty, for when it is back */
	}
	view.write_seq = store->last_done;
	known->dirty = false;
	known->written = false;
	known->stirred = false;
	if (!view.present && !view.domain_alive) {
		watch_frontend(store, known, false);
		LIST_REMOVE(known, link);
		free(known);
	}
	post(store, &view);
}

static void look_at_dirty(struct store *store)
{
	struct known *known = LIST_FIRST(&store->known);

	while (known) {
		struct known *next = LIST_NEXT(known, link);

		if (known->dirty)
			look_at(store, known);
		known = next;
	}
}

static void carry_out(struct store *store, const struct order *order)
{
	struct known *known = learn(store, &order->id);
	int rc;

	rc = store_write(store->xs, store->own_domid, &order->id, order->state, order->error);
	if (rc < 0 && rc != -ENOENT)
		log_err("%s %u/%u: Could not write state %d: %s", device_kind_name(order->id.kind),
			order->id.domid, order->id.devid, order->state, strerror(-rc));
	store->last_done = order->seq;
	if (!known)
		return;
	/* The event of our own writing brings the view; one of the two is enough. */
	if (rc == 0)
		known->written = true;
	else
		known->dirty = true;
}

static void take_orders(struct store *store, bool *stopping)
{
	struct orders orders = STAILQ_HEAD_INITIALIZER(orders);
	struct order *order;

	store_woken(store->thread_fd);
	pthread_mutex_lock(&store->lock);
	STAILQ_CONCAT(&orders, &store->orders);
	*stopping = store->stopping;
	pthread_mutex_unlock(&store->lock);
	while ((order = STAILQ_FIRST(&orders))) {
		STAILQ_REMOVE_HEAD(&orders, link);
		carry_out(store, order);
		free(order->error);
		free(order);
	}
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
	for (unsigned kind = 0; kind < DEVICE_KINDS; kind++) {
		store_kind_path(store->own_domid, (enum device_kind)kind, path, sizeof path);
		if (!xs_watch(store->xs, path, BASE_TOKEN))
			return -errno;
	}
	if (!xs_watch(store->xs, "@releaseDomain", DOMAINS_TOKEN))
		return -errno;
	return 0;
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

/* Serve until told to stop (0) or until xenstored is gone (-errno). */
static int serve(struct store *store)
{
	struct pollfd fds[2] = {
		{.fd = xs_fileno(store->xs), .events = POLLIN},
		{.fd = store->thread_fd, .events = POLLIN},
	};
	bool stopping = false;

	while (!stopping) {
		int n = poll(fds, 2, SWEEP_MS);
		int rc;

		if (n == 0)
			sweep(store);
		rc = take_events(store);
		if (rc < 0)
			return rc;
		take_orders(store, &stopping);
		look_at_dirty(store);
	}
	return 0;
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

	LIST_FOREACH (known, &store->known, link)
		n += !xs_is_domain_introduced(store->xs, known->id.domid);
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

void store_forget_known(struct store *store)
{
	while (!LIST_EMPTY(&store->known)) {
		struct known *known = LIST_FIRST(&store->known);

		LIST_REMOVE(known, link);
		free(known);
	}
}
