/* SPDX-License-Identifier: MIT */
/*
 * See store-thread.h.  The thread waits for watch events and for orders of the loop.  A sweep finds
 * what no event tells: every minute, or every five seconds while there are devices of which events
 * do not tell all.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>
#include <xenstore_lib.h>

#include "base/clock.h"
#include "base/number.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "xen/mailbox.h"
#include "xen/store-ask.h"
#include "xen/store-features.h"
#include "xen/store-known.h"
#include "xen/store-look.h"
#include "xen/store-paths.h"
#include "xen/store-read.h"
#include "xen/store-thread.h"
#include "xen/store-write.h"

#define RECONNECT_MS 1000
#define RETRY_MS     100

/* What the thread goes round with. */
struct round {
	bool stopping;
	bool idle;         /* nothing has happened since the devices were gone through */
	bool all;          /* and nothing is left to be done */
	int sweep_ms;      /* from one sweep to the next, or -1 */
	uint64_t swept_ns; /* the last one */
};

static int take_events(struct knowledge *k, struct round *round)
{
	for (;;) {
		char **event = xs_check_watch(k->xs);

		if (!event)
			return errno == EAGAIN ? 0 : -errno;
		store_take_event(k, event);
		free(event);
		round->idle = false;
	}
}

/*
 * The box of a guest's screens is the range of its pointer.  The toolstack makes the screens after
 * the keyboard, and waits for our offer of them before it starts the guest.
 */
static void tell_box(struct knowledge *k, const struct order *order)
{
	const struct known *known;

	if (order->state != XB_INIT_WAIT || strcmp(order->id.kind->frontend, STORE_SCREENS) != 0)
		return;
	LIST_FOREACH (known, &k->devices, link)
		if (known->id.domid == order->id.domid && !known->id.kind->versions &&
		    known->seen.present)
			store_write(k->xs, k->own_domid, &known->id, STORE_SAME_STATE, NULL);
}

/* @return 0, or -ENOMEM and nothing is done. */
static int carry_out(struct knowledge *k, const struct order *order)
{
	struct known *known = store_learn(k, &order->id);

	/* Without it the loop would never get a view with the result. */
	if (!known)
		return -ENOMEM;
	tell_box(k, order);
	store_carry_out(k, known, order);
	k->last_done = order->seq;
	return 0;
}

/* @return whether all orders are carried out; the rest is kept for the next time. */
static bool take_mail(struct knowledge *k, struct round *round)
{
	struct order *order;
	struct mail mail;
	bool all;

	mailbox_take_mail(k->mailbox, &mail);
	round->stopping = mail.stopping;
	if (mail.show_all)
		store_mark_all(k);
	if (mail.show_all || !STAILQ_EMPTY(&mail.orders))
		round->idle = false;
	while ((order = STAILQ_FIRST(&mail.orders)) && carry_out(k, order) == 0) {
		STAILQ_REMOVE_HEAD(&mail.orders, link);
		order_free(order);
	}
	all = !order;
	mailbox_return_orders(k->mailbox, &mail.orders);
	return all;
}

/*
 * Prefer xenstored's own socket: the kernel's way to it, which is the only one of other domains,
 * does not tell that xenstored is gone.
 */
static struct xs_handle *open_store(struct knowledge *k)
{
	struct xs_handle *xs = xs_open(XS_OPEN_SOCKETONLY);

	if (xs)
		k->by_socket = true;
	else if (errno == ENOENT && !k->by_socket)
		xs = xs_open(0);
	return xs;
}

/* @return whether this is dom0, and xenstored has made its socket since the kernel's way was taken.
 */
static bool has_better_way(const struct knowledge *k)
{
	return k->own_domid == 0 && !k->by_socket && access(xs_daemon_socket(), F_OK) == 0;
}

static int connect_to_store(struct knowledge *k)
{
	CLEANUP_FREE char *text = NULL;
	char path[STORE_PATH_MAX];
	uint32_t domid;

	/* Not with XS_UNWATCH_FILTER: libxenstore leaks the events that it filters, and an event of
	 * an ended watch does no harm. */
	k->xs = open_store(k);
	if (!k->xs)
		return errno ? -errno : -EIO;
	text = xs_read(k->xs, XBT_NULL, "domid", NULL);
	if (!text)
		return errno ? -errno : -EIO;
	if (parse_u32(text, UINT16_MAX, &domid) < 0)
		return -EPROTO;
	k->own_domid = (uint16_t)domid;
	if (has_better_way(k))
		return -EAGAIN;
	for (unsigned i = 0; k->kinds[i]; i++) {
		store_kind_path(k->own_domid, k->kinds[i], path, sizeof path);
		if (!xs_watch(k->xs, path, STORE_BASE_TOKEN))
			return -errno;
	}
	/* A driver domain gets no such event, and may not be allowed to watch. */
	if (!xs_watch(k->xs, "@releaseDomain", STORE_DOMAINS_TOKEN) && errno != EACCES)
		return -errno;
	/* The first call makes the descriptor; without it no event would wake the thread. */
	return xs_fileno(k->xs) < 0 ? -errno : 0;
}

/*
 * One round: take events, carry out orders, post views.  The watchdog asks now and then whether the
 * thread is there: that is no reason to go through all devices.
 *
 * @return 0 or -errno.
 */
static int serve_once(struct knowledge *k, struct round *round)
{
	int rc = take_events(k, round);
	bool all;

	if (rc < 0)
		return rc;
	all = take_mail(k, round);
	if (round->idle && round->all)
		return 0;
	round->all = store_look_at_dirty(k) && all;
	round->sweep_ms = store_sweep_ms(k);
	round->idle = true;
	return 0;
}

/* @return how long to wait for the next sweep, in ms; -1: there is none. */
static int sweep_if_due(struct knowledge *k, struct round *round)
{
	const uint64_t now = now_ns();
	uint64_t due_ns;

	if (round->sweep_ms < 0) {
		round->swept_ns = now;
		return -1;
	}
	due_ns = round->swept_ns + (unsigned)round->sweep_ms * NS_PER_MS;
	if (now < due_ns)
		return (int)((due_ns - now) / NS_PER_MS) + 1;
	store_sweep(k);
	round->swept_ns = now;
	round->idle = false;
	return 0;
}

/* Serve until told to stop (0) or until xenstored is gone (-errno). */
static int serve(struct knowledge *k)
{
	struct pollfd fds[2] = {
		{.fd = xs_fileno(k->xs), .events = POLLIN},
		{.fd = k->mailbox->thread_fd, .events = POLLIN},
	};
	struct round round = {.sweep_ms = store_sweep_ms(k), .swept_ns = now_ns()};
	int rc = 0;

	while (!round.stopping && rc == 0) {
		int wait_ms = sweep_if_due(k, &round);

		if (!round.all && (wait_ms < 0 || wait_ms > RETRY_MS))
			wait_ms = RETRY_MS;
		mailbox_set_idle(k->mailbox, true);
		poll(fds, 2, wait_ms);
		mailbox_set_idle(k->mailbox, false);
		rc = serve_once(k, &round);
	}
	return rc;
}

/* Known devices stay known; all are looked at and watched again. */
static int reconnect(struct knowledge *k)
{
	int rc;

	if (k->xs)
		xs_close(k->xs);
	rc = connect_to_store(k);
	store_doubt_all(k);
	return rc;
}

/*
 * A restarted xenstored knows no domain but ours.  A domain that it does not know may have died
 * without an event, and its memory would stay mapped for ever.  So the views show it as dead, and
 * its devices are let go.
 */
static void greet(struct knowledge *k)
{
	struct store_asker a = {.xs = k->xs};
	struct known *known;
	unsigned n = 0;

	LIST_FOREACH (known, &k->devices, link) {
		struct store_view view = known->seen;

		store_read_domain(&a, &view);
		n += !view.domain_alive;
	}
	if (n > 0)
		log_warn("xenstored is back, but does not know the domains of %u devices: "
			 "disconnecting them",
			 n);
	else
		log_event(NULL, LOG_LEVEL_INFO, LOG_STORE_BACK, "xenstored is back");
}

/* Wait until xenstored is there again. @return 0, or -ECANCELED when the thread has to stop. */
static int await_store(struct knowledge *k)
{
	do {
		poll(&(struct pollfd){.fd = -1}, 1, RECONNECT_MS);
		if (mailbox_is_stopping(k->mailbox))
			return -ECANCELED;
	} while (reconnect(k) < 0);
	greet(k);
	return 0;
}

void store_serve(struct knowledge *k)
{
	int rc;

	rc = connect_to_store(k);
	mailbox_answer(k->mailbox, rc, k->own_domid);
	if (rc < 0 && !k->patient)
		return;
	if (rc < 0) {
		log_err("Could not reach xenstored (%s): waiting for it", strerror(-rc));
		if (await_store(k) < 0)
			return;
		mailbox_answer(k->mailbox, 0, k->own_domid);
	}
	while ((rc = serve(k)) < 0) {
		log_event(NULL, LOG_LEVEL_ERR, LOG_STORE_LOST,
			  "Lost xenstored (%s): connected devices go on, new ones have to wait",
			  strerror(-rc));
		if (await_store(k) < 0)
			return;
	}
}
