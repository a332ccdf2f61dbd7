/* SPDX-License-Identifier: MIT */
/*
 * See store-thread.h.  The thread waits for watch events, for writes that the loop wants, and
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
#include "xen/mailbox.h"
#include "xen/store-known.h"
#include "xen/store-paths.h"
#include "xen/store-read.h"
#include "xen/store-thread.h"
#include "xen/tree.h"

#define RECONNECT_MS 1000
#define SWEEP_MS     5000
#define RETRY_MS     100

static int take_events(struct knowledge *k)
{
	for (;;) {
		char **event = xs_check_watch(k->xs);

		if (!event)
			return errno == EAGAIN ? 0 : -errno;
		store_take_event(k, event);
		free(event);
	}
}

/* @return 0 or, when nothing of it was done, -ENOMEM. */
static int carry_out(struct knowledge *k, const struct order *order)
{
	struct known *known = store_learn(k, &order->id);
	int rc;

	/* Nobody would ever hear what came of it. */
	if (!known)
		return -ENOMEM;
	rc = store_write(k->xs, k->own_domid, &order->id, order->state, order->error);
	if (rc < 0 && rc != -ENOENT)
		log_err("%s %u/%u: Could not write state %d: %s", order->id.kind->name,
			order->id.domid, order->id.devid, order->state, strerror(-rc));
	k->last_done = order->seq;
	/* The event of our own writing brings the view; one of the two is enough. */
	if (rc == 0)
		known->written = true;
	else
		known->dirty = true;
	return 0;
}

/* @return whether all orders were carried out; else the rest are, in their turn, next time. */
static bool take_mail(struct knowledge *k, bool *stopping)
{
	struct order *order;
	struct mail mail;
	bool all;

	mailbox_take_mail(k->mailbox, &mail);
	*stopping = mail.stopping;
	if (mail.show_all)
		store_mark_all(k);
	while ((order = STAILQ_FIRST(&mail.orders)) && carry_out(k, order) == 0) {
		STAILQ_REMOVE_HEAD(&mail.orders, link);
		order_free(order);
	}
	all = !order;
	mailbox_return_orders(k->mailbox, &mail.orders);
	return all;
}

static int connect_to_store(struct knowledge *k)
{
	CLEANUP_FREE char *text = NULL;
	char path[STORE_PATH_MAX];
	uint32_t domid;

	/* Not with XS_UNWATCH_FILTER: libxenstore loses the memory of what it filters, and an event
	 * of a watch that is no more is looked up in vain. */
	k->xs = xs_open(0);
	if (!k->xs)
		return errno ? -errno : -EIO;
	text = xs_read(k->xs, XBT_NULL, "domid", NULL);
	if (!text)
		return errno ? -errno : -EIO;
	if (parse_u32(text, UINT16_MAX, &domid) < 0)
		return -EPROTO;
	k->own_domid = (uint16_t)domid;
	for (unsigned i = 0; k->kinds[i]; i++) {
		store_kind_path(k->own_domid, k->kinds[i], path, sizeof path);
		if (!xs_watch(k->xs, path, STORE_BASE_TOKEN))
			return -errno;
	}
	/* A driver domain is told nothing of it, and may not be allowed to ask. */
	if (!xs_watch(k->xs, "@releaseDomain", STORE_DOMAINS_TOKEN) && errno != EACCES)
		return -errno;
	/* It is made when it is asked for first, and without it no event would be heard of. */
	return xs_fileno(k->xs) < 0 ? -errno : 0;
}

/* One round: what has happened, what we are to write, what is to be told. @return 0 or -errno. */
static int serve_once(struct knowledge *k, uint64_t *sweep_ns, bool *stopping, bool *all)
{
	int rc;

	if (now_ns() >= *sweep_ns) {
		store_sweep(k);
		*sweep_ns = now_ns() + SWEEP_MS * NS_PER_MS;
	}
	rc = take_events(k);
	if (rc < 0)
		return rc;
	*all = take_mail(k, stopping);
	*all &= store_look_at_dirty(k);
	return 0;
}

/* Serve until told to stop (0) or until xenstored is gone (-errno). */
static int serve(struct knowledge *k)
{
	struct pollfd fds[2] = {
		{.fd = xs_fileno(k->xs), .events = POLLIN},
		{.fd = k->mailbox->thread_fd, .events = POLLIN},
	};
	uint64_t sweep_ns = now_ns() + SWEEP_MS * NS_PER_MS;
	bool stopping = false;
	bool all = true;
	int rc = 0;

	while (!stopping && rc == 0) {
		poll(fds, 2, all ? SWEEP_MS : RETRY_MS);
		rc = serve_once(k, &sweep_ns, &stopping, &all);
	}
	return rc;
}

/* What is known stays known; all of it is looked at again, and watched anew. */
static int reconnect(struct knowledge *k)
{
	struct known *known;
	int rc;

	if (k->xs)
		xs_close(k->xs);
	rc = connect_to_store(k);
	LIST_FOREACH (known, &k->devices, link) {
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
static void greet(struct knowledge *k)
{
	struct known *known;
	unsigned n = 0;
	bool hidden;

	LIST_FOREACH (known, &k->devices, link)
		n += !store_domain_alive(k->xs, &known->id, &hidden);
	if (n > 0)
		log_warn("xenstored is back, but does not know the domains of %u devices: "
			 "they are let go",
			 n);
	else
		log_info("xenstored is back");
}

void store_serve(struct knowledge *k)
{
	int rc;

	rc = connect_to_store(k);
	mailbox_answer(k->mailbox, rc);
	if (rc < 0)
		return;
	while ((rc = serve(k)) < 0) {
		log_err("Lost xenstored (%s): what is connected goes on, what is new has to wait",
			strerror(-rc));
		do {
			poll(&(struct pollfd){.fd = -1}, 1, RECONNECT_MS);
			if (mailbox_is_stopping(k->mailbox))
				return;
		} while (reconnect(k) < 0);
		greet(k);
	}
}
