/* SPDX-License-Identifier: MIT */
/*
 * What the event loop and the store thread hand each other: orders and requests to the thread,
 * views to the loop, and how the thread starts and ends.  One lock, held for list work only, never
 * across a call of libxenstore.
 */
#ifndef XENAVD_MAILBOX_H
#define XENAVD_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "xen/store.h"

/* To write a state, see store_write_state(). */
struct order {
	struct device_id id;
	int state;
	char *error;
	uint64_t seq;
	STAILQ_ENTRY(order) link;
};

STAILQ_HEAD(orders, order);

struct parcel {
	struct store_view view;
	STAILQ_ENTRY(parcel) link;
};

STAILQ_HEAD(parcels, parcel);

struct mailbox {
	int thread_fd;       /* wakes the thread */
	int loop_fd;         /* wakes the loop */
	uint64_t last_order; /* the loop's */

	pthread_mutex_t lock; /* for what follows */
	struct orders orders;
	struct parcels parcels;
	bool show_all;           /* devices, again */
	pthread_cond_t progress; /* answered, or ended */
	bool answered;
	int answer;
	bool stopping;
	bool ended; /* the thread */
};

/* @return 0 or -errno; mailbox_finish() is due in either case. */
int mailbox_init(struct mailbox *box);
void mailbox_finish(struct mailbox *box);

/* -------- for the loop -------- */

/* @return 0 or -ENOMEM, with seq untouched. */
int mailbox_order(struct mailbox *box, const struct device_id *id, int state, const char *error,
		  uint64_t *seq);

/* Ask for a view of every device. */
void mailbox_show_all(struct mailbox *box);

/* Take all views. */
void mailbox_take_parcels(struct mailbox *box, struct parcels *parcels);
void parcel_free(struct parcel *parcel);

/* Wait for mailbox_answer(). @return its rc, or -ETIMEDOUT. */
int mailbox_await_answer(struct mailbox *box, unsigned sec);

/* Tell the thread to stop, and wait for its end. @return whether it has ended. */
bool mailbox_stop(struct mailbox *box, unsigned sec);

/* -------- for the thread -------- */

/* Say whether xenstored could be connected to: 0 or -errno. */
void mailbox_answer(struct mailbox *box, int rc);

/* The last call of the thread. */
void mailbox_end(struct mailbox *box);

bool mailbox_is_stopping(struct mailbox *box);

/* What the loop wants of the thread. */
struct mail {
	struct orders orders;
	bool show_all; /* a view of every device */
	bool stopping; /* no order follows */
};

/* Take all of it. */
void mailbox_take_mail(struct mailbox *box, struct mail *mail);
void order_free(struct order *order);

/* Put orders that could not be carried out in front of those that came meanwhile. */
void mailbox_return_orders(struct mailbox *box, struct orders *orders);

#define CONFIG_DROPPED 1

/*
 * Hand over a view; its tree goes with it.  A view of the same device that the loop has not taken
 * yet is replaced, so that no guest can fill the queue.
 *
 * @return 0; CONFIG_DROPPED when the replaced view had a configuration that is not part of this
 * one; -ENOMEM, with the tree still the caller's.
 */
int mailbox_post(struct mailbox *box, struct store_view *view);

#endif
