/* SPDX-License-Identifier: MIT */
/*
 * The mailbox between the event loop and the store thread: orders and requests to the thread, views
 * to the loop, and the thread's start and end.  One lock, held for list work only, never across a
 * call of libxenstore.
 */
#ifndef XENAVD_MAILBOX_H
#define XENAVD_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "xen/store.h"

/* The state of an order that only asks for a view. */
#define ORDER_LOOK (-1)

/* Write a state, see store_write_state(). */
struct order {
	struct device_id id;
	int state; /* or ORDER_LOOK */
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
	uint64_t last_order; /* of the loop */

	pthread_mutex_t lock; /* for all fields below */
	struct orders orders;
	struct parcels parcels;
	bool show_all;           /* a view of every device is asked for */
	uint64_t questions;      /* is the thread there? */
	uint64_t replies;        /* the last question that it has seen */
	bool idle;               /* the thread waits for mail */
	pthread_cond_t progress; /* answered or ended has changed */
	bool answered;           /* answer is valid */
	int answer;
	uint16_t own_domid; /* if the answer is 0 */
	bool stopping;
	bool ended; /* the thread has made its last call */
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

/* Ask whether the thread is there; any call of mailbox_take_mail() and mailbox_is_stopping()
 * replies. */
void mailbox_question(struct mailbox *box);

/* @return whether it has replied to the last question; or has not yet reached xenstored, whose
 * kernel lets it wait as long as there is none. */
bool mailbox_replied(struct mailbox *box);

/* @return whether the thread waits for mail, or should have noticed it by now; otherwise it waits
 * for xenstored. */
bool mailbox_is_idle(struct mailbox *box);

/* @return whether orders wait for the thread. */
bool mailbox_has_orders(struct mailbox *box);

/* Move all views to parcels. */
void mailbox_take_parcels(struct mailbox *box, struct parcels *parcels);
void parcel_free(struct parcel *parcel);

/* Wait for mailbox_answer(). @return its rc, or -ETIMEDOUT after sec. */
int mailbox_await_answer(struct mailbox *box, unsigned sec);

/* @return whether the thread has reached xenstored by now, with our own domid in *domid. */
bool mailbox_own_domid(struct mailbox *box, uint16_t *domid);

/* Tell the thread to stop, and wait for its end. @return whether it has ended. */
bool mailbox_stop(struct mailbox *box, unsigned sec);

/* -------- for the thread -------- */

/* Say whether xenstored could be connected to: 0, with our own domid, or -errno; and again when it
 * could be later. */
void mailbox_answer(struct mailbox *box, int rc, uint16_t own_domid);

/* The last call of the thread. */
void mailbox_end(struct mailbox *box);

bool mailbox_is_stopping(struct mailbox *box);

/* Around the wait for thread_fd. */
void mailbox_set_idle(struct mailbox *box, bool idle);

/* Orders and requests of the loop. */
struct mail {
	struct orders orders;
	bool show_all; /* a view of every device */
	bool stopping; /* no order follows */
};

/* Take all orders and requests. */
void mailbox_take_mail(struct mailbox *box, struct mail *mail);
void order_free(struct order *order);

/* Put orders back, in front of those that came meanwhile. */
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
