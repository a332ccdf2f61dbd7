/* SPDX-License-Identifier: MIT */
/* See mailbox.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "xen/mailbox.h"
#include "xen/tree.h"
#include "xen/wake.h"

int mailbox_init(struct mailbox *box)
{
	memset(box, 0, sizeof *box);
	STAILQ_INIT(&box->orders);
	STAILQ_INIT(&box->parcels);
	pthread_mutex_init(&box->lock, NULL);
	pthread_cond_init(&box->progress, NULL);
	box->thread_fd = wake_open();
	box->loop_fd = wake_open();
	return box->thread_fd < 0 ? box->thread_fd : box->loop_fd < 0 ? box->loop_fd : 0;
}

void mailbox_finish(struct mailbox *box)
{
	struct parcel *parcel;
	struct order *order;

	while ((order = STAILQ_FIRST(&box->orders))) {
		STAILQ_REMOVE_HEAD(&box->orders, link);
		order_free(order);
	}
	while ((parcel = STAILQ_FIRST(&box->parcels))) {
		STAILQ_REMOVE_HEAD(&box->parcels, link);
		parcel_free(parcel);
	}
	if (box->thread_fd >= 0)
		close(box->thread_fd);
	if (box->loop_fd >= 0)
		close(box->loop_fd);
	pthread_cond_destroy(&box->progress);
	pthread_mutex_destroy(&box->lock);
}

/* -------- orders -------- */

void order_free(struct order *order)
{
	free(order->error);
	free(order);
}

int mailbox_order(struct mailbox *box, const struct device_id *id, int state, const char *error,
		  uint64_t *seq)
{
	struct order *order = calloc(1, sizeof *order);

	if (!order)
		return -ENOMEM;
	order->id = *id;
	order->state = state;
	order->error = error ? strdup(error) : NULL;
	order->seq = ++box->last_order;
	*seq = order->seq;
	pthread_mutex_lock(&box->lock);
	STAILQ_INSERT_TAIL(&box->orders, order, link);
	pthread_mutex_unlock(&box->lock);
	wake_up(box->thread_fd);
	return 0;
}

void mailbox_show_all(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	box->show_all = true;
	pthread_mutex_unlock(&box->lock);
	wake_up(box->thread_fd);
}

void mailbox_question(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	box->questions++;
	pthread_mutex_unlock(&box->lock);
	wake_up(box->thread_fd);
}

bool mailbox_replied(struct mailbox *box)
{
	bool replied;

	pthread_mutex_lock(&box->lock);
	replied = !box->answered || box->replies == box->questions;
	pthread_mutex_unlock(&box->lock);
	return replied;
}

bool mailbox_is_idle(struct mailbox *box)
{
	bool idle;

	pthread_mutex_lock(&box->lock);
	idle = box->idle;
	pthread_mutex_unlock(&box->lock);
	return idle;
}

bool mailbox_has_orders(struct mailbox *box)
{
	bool has_orders;

	pthread_mutex_lock(&box->lock);
	has_orders = !STAILQ_EMPTY(&box->orders);
	pthread_mutex_unlock(&box->lock);
	return has_orders;
}

void mailbox_set_idle(struct mailbox *box, bool idle)
{
	pthread_mutex_lock(&box->lock);
	box->idle = idle;
	pthread_mutex_unlock(&box->lock);
}

void mailbox_take_mail(struct mailbox *box, struct mail *mail)
{
	STAILQ_INIT(&mail->orders);
	wake_clear(box->thread_fd);
	pthread_mutex_lock(&box->lock);
	STAILQ_CONCAT(&mail->orders, &box->orders);
	mail->show_all = box->show_all;
	mail->stopping = box->stopping;
	box->replies = box->questions;
	box->show_all = false;
	pthread_mutex_unlock(&box->lock);
}

void mailbox_return_orders(struct mailbox *box, struct orders *orders)
{
	pthread_mutex_lock(&box->lock);
	STAILQ_CONCAT(orders, &box->orders);
	STAILQ_CONCAT(&box->orders, orders);
	pthread_mutex_unlock(&box->lock);
}

/* -------- views -------- */

void parcel_free(struct parcel *parcel)
{
	tree_destroy(parcel->view.config);
	free(parcel);
}

static struct parcel *find_parcel(struct mailbox *box, const struct device_id *id)
{
	struct parcel *parcel;

	STAILQ_FOREACH (parcel, &box->parcels, link)
		if (device_same_id(&parcel->view.id, id))
			return parcel;
	return NULL;
}

/* Take over the configuration and the names read with it. */
static void keep_config(struct store_view *view, const struct store_view *old)
{
	view->config = old->config;
	memcpy(view->domain_name, old->domain_name, sizeof view->domain_name);
	memcpy(view->domain_uuid, old->domain_uuid, sizeof view->domain_uuid);
}

/* Has the frontend stayed, or become, connected with the rings of a view before? */
static bool stays_connected(const struct store_view *view, const struct store_view *before)
{
	return view->fe_state == XB_CONNECTED &&
	       (before->fe_state == XB_CONNECTED || before->fe_state == XB_INITIALISED);
}

/* With the lock held. */
static int post(struct mailbox *box, struct store_view *view)
{
	struct parcel *parcel = find_parcel(box, &view->id);
	int rc = 0;

	if (!parcel) {
		parcel = calloc(1, sizeof *parcel);
		if (!parcel)
			return -ENOMEM;
		STAILQ_INSERT_TAIL(&box->parcels, parcel, link);
	}
	/* The configuration not taken yet is still valid: the thread has not read it again. */
	if (view->be_state == XB_CONNECTED && !view->config &&
	    (store_has_published(view) || stays_connected(view, &parcel->view))) {
		keep_config(view, &parcel->view);
	} else if (parcel->view.config) {
		tree_destroy(parcel->view.config);
		rc = CONFIG_DROPPED;
	}
	view->fe_wrote |= parcel->view.fe_wrote;
	parcel->view = *view;
	return rc;
}

int mailbox_post(struct mailbox *box, struct store_view *view)
{
	int rc;

	pthread_mutex_lock(&box->lock);
	rc = post(box, view);
	pthread_mutex_unlock(&box->lock);
	if (rc >= 0)
		wake_up(box->loop_fd);
	return rc;
}

void mailbox_take_parcels(struct mailbox *box, struct parcels *parcels)
{
	wake_clear(box->loop_fd);
	pthread_mutex_lock(&box->lock);
	STAILQ_CONCAT(parcels, &box->parcels);
	pthread_mutex_unlock(&box->lock);
}

/* -------- start and end -------- */

void mailbox_answer(struct mailbox *box, int rc, uint16_t own_domid)
{
	pthread_mutex_lock(&box->lock);
	box->answer = rc;
	box->own_domid = own_domid;
	box->answered = true;
	pthread_cond_signal(&box->progress);
	pthread_mutex_unlock(&box->lock);
	wake_up(box->loop_fd);
}

bool mailbox_own_domid(struct mailbox *box, uint16_t *domid)
{
	bool known;

	pthread_mutex_lock(&box->lock);
	known = box->answered && box->answer == 0;
	if (known)
		*domid = box->own_domid;
	pthread_mutex_unlock(&box->lock);
	return known;
}

void mailbox_end(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	box->ended = true;
	pthread_cond_signal(&box->progress);
	pthread_mutex_unlock(&box->lock);
}

bool mailbox_is_stopping(struct mailbox *box)
{
	bool stopping;

	pthread_mutex_lock(&box->lock);
	stopping = box->stopping;
	box->replies = box->questions;
	pthread_mutex_unlock(&box->lock);
	return stopping;
}

/* With the lock held. @return whether the thread has set *done in time. */
static bool wait_for(struct mailbox *box, const bool *done, unsigned sec)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += sec;
	while (!*done && rc == 0)
		rc = pthread_cond_clockwait(&box->progress, &box->lock, CLOCK_MONOTONIC, &until);
	return *done;
}

int mailbox_await_answer(struct mailbox *box, unsigned sec)
{
	int rc;

	pthread_mutex_lock(&box->lock);
	rc = wait_for(box, &box->answered, sec) ? box->answer : -ETIMEDOUT;
	pthread_mutex_unlock(&box->lock);
	return rc;
}

bool mailbox_stop(struct mailbox *box, unsigned sec)
{
	bool ended;

	pthread_mutex_lock(&box->lock);
	box->stopping = true;
	wake_up(box->thread_fd);
	ended = wait_for(box, &box->ended, sec);
	pthread_mutex_unlock(&box->lock);
	return ended;
}
