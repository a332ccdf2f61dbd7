/* SPDX-License-Identifier: MIT */
/* See store.h.  This is the event loop's side; the thread is in store-thread.c. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "xen/store-priv.h"
#include "xen/tree.h"

#define FIRST_ANSWER_SEC 10
#define END_SEC          2

void store_wake(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof one) < 0)
		return; /* full means that it is awake already */
}

void store_woken(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof count) < 0)
		return;
}

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
	store_woken(fd);
	deliver(arg);
}

/* Wait until the thread has done so. @return whether it has. */
static bool wait_for(struct store *store, const bool *done, unsigned sec)
{
	struct timespec until;
	bool is_done;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += sec;
	pthread_mutex_lock(&store->lock);
	while (!*done && rc == 0)
		rc = pthread_cond_timedwait(&store->progress, &store->lock, &until);
	is_done = *done;
	pthread_mutex_unlock(&store->lock);
	return is_done;
}

static void *run(void *arg)
{
	struct store *store = arg;

	store_run(store);
	pthread_mutex_lock(&store->lock);
	store->ended = true;
	pthread_cond_signal(&store->progress);
	pthread_mutex_unlock(&store->lock);
	return NULL;
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

int store_start(struct store **out, struct event_base *base, const struct store_kind *const kinds[],
		store_viewer viewer, void *data)
{
	struct store *store = calloc(1, sizeof *store);
	int rc = -ENOMEM;

	if (!store)
		return -ENOMEM;
	log_source_init(&store->log, "xenstored");
	store->kinds = kinds;
	store->viewer = viewer;
	store->data = data;
	LIST_INIT(&store->known);
	STAILQ_INIT(&store->orders);
	STAILQ_INIT(&store->parcels);
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->progress, NULL);
	store->thread_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	store->loop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (store->thread_fd < 0 || store->loop_fd < 0)
		goto out;
	store->wake = event_new(base, store->loop_fd, EV_READ | EV_PERSIST, on_wake, store);
	if (!store->wake || event_add(store->wake, NULL) < 0)
		goto out;
	rc = start_thread(store);
	if (rc < 0)
		goto out;
	if (!wait_for(store, &store->answered, FIRST_ANSWER_SEC))
		return -ETIMEDOUT; /* the thread is stuck in libxenstore and keeps what it uses */
	rc = store->answer;
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
		store_wake(store->thread_fd);
		if (!wait_for(store, &store->ended, END_SEC))
			return; /* it is stuck in libxenstore and keeps what it uses */
		pthread_join(store->thread, NULL);
	}
	if (store->xs)
		xs_close(store->xs);
	store_forget_known(store);
	while (!STAILQ_EMPTY(&store->orders)) {
		struct order *order = STAILQ_FIRST(&store->orders);

		STAILQ_REMOVE_HEAD(&store->orders, link);
		free(order->error);
		free(order);
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
	pthread_cond_destroy(&store->progress);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

uint16_t store_own_domid(const struct store *store)
{
	return store->own_domid;
}

int store_write_state(struct store *store, const struct device_id *id, int state, const char *error,
		      uint64_t *seq)
{
	struct order *order = calloc(1, sizeof *order);

	if (!order)
		return -ENOMEM;
	order->id = *id;
	order->state = state;
	order->error = error ? strdup(error) : NULL;
	order->seq = ++store->last_order;
	*seq = order->seq;
	pthread_mutex_lock(&store->lock);
	STAILQ_INSERT_TAIL(&store->orders, order, link);
	pthread_mutex_unlock(&store->lock);
	store_wake(store->thread_fd);
	return 0;
}

void store_show_all(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->show_all = true;
	pthread_mutex_unlock(&store->lock);
	store_wake(store->thread_fd);
}
