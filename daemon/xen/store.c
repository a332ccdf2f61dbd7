/* SPDX-License-Identifier: MIT */
/*
 * See store.h.  The thread waits for watch events, for writes that the loop wants, and for a sweep
 * every five seconds that finds what no event told: a domain that died, or a xenstored that did.
 *
 * Lock order: one lock, held for list work only, never across a libxenstore call.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "report/cleanup.h"
#include "report/log.h"
#include "xen/store-read.h"
#include "xen/store.h"
#include "xen/tree.h"

#define RECONNECT_MS     1000
#define SWEEP_MS         5000
#define FIRST_ANSWER_SEC 10
#define BASE_TOKEN       "backend"
#define DOMAINS_TOKEN    "domains"

struct order {
	struct device_id id;
	int state;
	char *error;
	uint32_t seq;
	STAILQ_ENTRY(order) link;
};

/* A device the thread knows of; used by the thread alone. */
struct known {
	struct device_id id;
	bool dirty;
	bool watched; /* the frontend's state */
	uint32_t write_seq;
	LIST_ENTRY(known) link;
};

struct parcel {
	struct store_view view;
	STAILQ_ENTRY(parcel) link;
};

struct store {
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

	pthread_mutex_t lock; /* for what follows */
	STAILQ_HEAD(orders, order) orders;
	STAILQ_HEAD(parcels, parcel) parcels;
	pthread_cond_t first_answer;
	bool answered;
	int answer;
	bool stopping;
};

static void wake_up(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof one) < 0)
		return; /* full means that it is awake already */
}

static void fall_asleep(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof count) < 0)
		return;
}

/* -------- the thread -------- */

static void watch_frontend(struct store *store, struct known *known, bool on)
{
	char path[96];
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

static void on_found(const struct device_id *id, void *data)
{
	mark(data, id);
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
		if (store_parse_backend_path(store->own_domid, path, &id) == 0)
			mark(store, &id);
		else
			store_scan(store->xs, store->own_domid, on_found, store);
	} else if (store_parse_token(token, &id) == 0 && find_known(store, &id)) {
		mark(store, &id);
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
		tree_destroy(parcel->view.config);
		parcel->view = *view;
	}
	pthread_mutex_unlock(&store->lock);
	if (parcel)
		wake_up(store->loop_fd);
	else
		tree_destroy(view->config);
}

/* A store that died while it was read tells nothing, least of all that everything is gone. */
static bool store_lives(struct store *store)
{
	CLEANUP_FREE char *domid = xs_read(store->xs, XBT_NULL, "domid", NULL);

	return domid != NULL;
}

static void look_at(struct store *store, struct known *known)
{
	struct store_view view;

	/* Watch first, read then: no change can fall in between. */
	watch_frontend(store, known, true);
	store_read_view(store->xs, store->own_domid, &known->id, &view);
	if (!store_lives(store)) {
		tree_destroy(view.config);
		return; /* still dirty, for when it is back */
	}
	view.write_seq = known->write_seq;
	known->dirty = false;
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
	if (!known)
		return;
	known->write_seq = order->seq;
	known->dirty = true;
}

static void take_orders(struct store *store, bool *stopping)
{
	struct orders orders = STAILQ_HEAD_INITIALIZER(orders);
	struct order *order;

	fall_asleep(store->thread_fd);
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
	char path[64];
	uint32_t domid;

	store->xs = xs_open(XS_UNWATCH_FILTER);
	if (!store->xs)
		return errno ? -errno : -EIO;
	text = xs_read(store->xs, XBT_NULL, "domid", NULL);
	if (!text)
		return errno ? -errno : -EIO;
	if (parse_u32(text, UINT16_MAX, &domid) < 0)
		return -EPROTO;
	store->own_domid = (uint16_t)domid;
	for (unsigned kind = 0; kind < DEVICE_KINDS; kind++) {
		snprintf(path, sizeof path, "/local/domain/%u/backend/%s", domid,
			 device_kind_name((enum device_kind)kind));
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
	pthread_cond_signal(&store->first_answer);
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
			look_for_dead(store);
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
		known->dirty = true;
		known->watched = false;
	}
	return rc;
}

static bool told_to_stop(struct store *store)
{
	bool stopping;

	pthread_mutex_lock(&store->lock);
	stopping = store->stopping;
	pthread_mutex_unlock(&store->lock);
	return stopping;
}

static void *run(void *arg)
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
		log_info("xenstored is back");
	}
	return NULL;
}

/* -------- the loop's side -------- */

static void deliver(struct store *store)
{
	struct parcels parcels = STAILQ_HEAD_INITIALIZER(parcels);
	struct parcel *parcel;

	pthread_mutex_lock(&store->lock);
	STAILQ_CONCAT(&parcels, &store->parcels);
	pthread_mutex_unlock(&store->lock);
	while ((parcel = STAILQ_FIRST(&parcels))) {
		STAILQ_REMOVE_HEAD(&parcels, link);
		store->viewer(&parcel->view, store->data);
		tree_destroy(parcel->view.config);
		free(parcel);
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	fall_asleep(fd);
	deliver(arg);
}

static int wait_for_answer(struct store *store)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += FIRST_ANSWER_SEC;
	pthread_mutex_lock(&store->lock);
	while (!store->answered && rc == 0)
		rc = pthread_cond_timedwait(&store->first_answer, &store->lock, &until);
	rc = store->answered ? store->answer : -ETIMEDOUT;
	pthread_mutex_unlock(&store->lock);
	return rc;
}

static int start_thread(struct store *store)
{
	sigset_t all, old;
	int r;

	/* Signals belong to the event loop; libxenstore's own thread inherits this. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&store->thread, NULL, run, store);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	store->started = r == 0;
	return -r;
}

int store_start(struct store **out, struct event_base *base, store_viewer viewer, void *data)
{
	struct store *store = calloc(1, sizeof *store);
	int rc = -ENOMEM;

	if (!store)
		return -ENOMEM;
	store->viewer = viewer;
	store->data = data;
	LIST_INIT(&store->known);
	STAILQ_INIT(&store->orders);
	STAILQ_INIT(&store->parcels);
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->first_answer, NULL);
	store->thread_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	store->loop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (store->thread_fd < 0 || store->loop_fd < 0)
		goto out;
	store->wake = event_new(base, store->loop_fd, EV_READ | EV_PERSIST, on_wake, store);
	if (!store->wake || event_add(store->wake, NULL) < 0)
		goto out;
	rc = start_thread(store);
	if (rc == 0)
		rc = wait_for_answer(store);
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

void store_stop(struct store *store)
{
	if (!store)
		return;
	if (store->started) {
		pthread_mutex_lock(&store->lock);
		store->stopping = true;
		pthread_mutex_unlock(&store->lock);
		wake_up(store->thread_fd);
		pthread_join(store->thread, NULL);
	}
	if (store->xs)
		xs_close(store->xs);
	while (!LIST_EMPTY(&store->known)) {
		struct known *known = LIST_FIRST(&store->known);

		LIST_REMOVE(known, link);
		free(known);
	}
	while (!STAILQ_EMPTY(&store->parcels)) {
		struct parcel *parcel = STAILQ_FIRST(&store->parcels);

		STAILQ_REMOVE_HEAD(&store->parcels, link);
		tree_destroy(parcel->view.config);
		free(parcel);
	}
	if (store->wake)
		event_free(store->wake);
	if (store->thread_fd >= 0)
		close(store->thread_fd);
	if (store->loop_fd >= 0)
		close(store->loop_fd);
	pthread_cond_destroy(&store->first_answer);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

uint16_t store_own_domid(const struct store *store)
{
	return store->own_domid;
}

int store_write_state(struct store *store, const struct device_id *id, int state, const char *error,
		      uint32_t seq)
{
	struct order *order = calloc(1, sizeof *order);

	if (!order)
		return -ENOMEM;
	order->id = *id;
	order->state = state;
	order->error = error ? strdup(error) : NULL;
	order->seq = seq;
	pthread_mutex_lock(&store->lock);
	STAILQ_INSERT_TAIL(&store->orders, order, link);
	pthread_mutex_unlock(&store->lock);
	wake_up(store->thread_fd);
	return 0;
}
