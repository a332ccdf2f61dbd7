/* SPDX-License-Identifier: MIT */
/* See store-look.h. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <xenstore.h>

#include "base/clock.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "xen/mailbox.h"
#include "xen/store-ask.h"
#include "xen/store-config.h"
#include "xen/store-known.h"
#include "xen/store-look.h"
#include "xen/store-paths.h"
#include "xen/store-read.h"
#include "xen/store-write.h"
#include "xen/tree.h"

/* The price of a look, beside the requests to xenstored: watches, and the work of the loop. */
#define LOOK_PRICE 8

/* The pause of a frontend without tokens, beside the time until it has one. */
#define PAUSE_NS (500 * NS_PER_MS)

/* -------- the watch of a frontend -------- */

/* A driver domain has a limited number of watches (xenstored -W, 128 by default). */
static void watch_frontend(struct knowledge *k, struct known *known)
{
	char path[STORE_PATH_MAX];
	char token[STORE_TOKEN_MAX];

	if (known->watched)
		return;
	store_frontend_path(&known->id, "state", path, sizeof path);
	store_token(&known->id, token);
	known->awaited = true;
	known->stirs += 2; /* perhaps, before there was a watch */
	known->watched = xs_watch(k->xs, path, token);
	if (known->watched) {
		known->unwatchable = false;
		return;
	}
	if (!known->unwatchable)
		log_warn_from(&k->log, "Cannot watch %s (%s): it is read every few seconds instead",
			      path, strerror(errno));
	known->unwatchable = true;
	known->awaited = false;
}

static void unwatch_frontend(struct knowledge *k, struct known *known)
{
	char path[STORE_PATH_MAX];
	char token[STORE_TOKEN_MAX];

	known->awaited = false;
	if (!known->watched)
		return;
	store_frontend_path(&known->id, "state", path, sizeof path);
	store_token(&known->id, token);
	known->watched = !xs_unwatch(k->xs, path, token);
}

/* -------- a look -------- */

/* Reading from a dead xenstored finds nothing, which does not mean that all nodes are gone. */
static bool store_lives(struct knowledge *k)
{
	CLEANUP_FREE char *domid = xs_read(k->xs, XBT_NULL, "domid", NULL);

	return domid != NULL;
}

/*
 * A guest can make its frontend's state unreadable, so an unreadable state does not prove that a
 * hidden domain is gone.  It is gone when the toolstack has removed all its devices, which a guest
 * cannot do.
 */
static bool is_domain_gone(const struct knowledge *k, const struct store_view *view)
{
	const struct device_id *id = &view->id;
	const struct known *known;

	if (view->domain_alive || !view->domain_hidden)
		return !view->domain_alive;
	LIST_FOREACH (known, &k->devices, link)
		if (known->id.domid == id->domid && (known->seen.domain_alive || known->kept))
			return false;
	return true;
}

/* Another device has asked, and an end would have been told. */
static bool is_known_alive(const struct knowledge *k, uint16_t domid)
{
	const struct known *known;

	LIST_FOREACH (known, &k->devices, link)
		if (known->id.domid == domid && known->seen.domain_alive)
			return true;
	return false;
}

/*
 * Has the frontend nothing to say any more?  The toolstack removes the device, and waits for our 6
 * only, which is written.
 */
static bool is_left_alone(const struct known *known)
{
	const struct store_view *seen = &known->seen;

	return seen->present && !seen->online && seen->be_state == XB_CLOSED &&
	       seen->fe_state != XB_CONNECTED && seen->fe_state != XB_INITIALISED &&
	       !seen->domain_hidden;
}

static void read_domain(struct knowledge *k, struct store_asker *a, struct store_view *seen)
{
	if (k->hides)
		seen->domain_hidden = true; /* its frontend is read in any case */
	else if (is_known_alive(k, seen->id.domid))
		seen->domain_alive = true;
	else
		store_read_domain(a, seen);
	k->hides = seen->domain_hidden;
}

/* Read what is due. @return false when it has to wait for the first event of the watch. */
static bool read_due(struct knowledge *k, struct known *known, struct store_asker *a)
{
	struct store_view *seen = &known->seen;
	const unsigned due = known->due;

	if (due & STORE_DOMAIN)
		read_domain(k, a, seen);
	store_read_device(a, k->own_domid, due, seen);
	if (seen->present)
		watch_frontend(k, known);
	else
		unwatch_frontend(k, known);
	if (known->awaited) {
		known->due = STORE_SHOW;
		return false;
	}
	if ((seen->present || seen->domain_hidden) &&
	    (known->stirred || (due & STORE_FRONTEND) || !known->watched))
		store_read_frontend(a, seen);
	return true;
}

static void remove_revived(struct knowledge *k, struct known *known)
{
	int rc;

	if (!known->revived || known->seen.present)
		return;
	rc = store_remove_revived(k->xs, k->own_domid, &known->id);
	if (rc < 0)
		log_err("%s %u/%u: Could not remove a state without a device: %s",
			known->id.kind->name, known->id.domid, known->id.devid, strerror(-rc));
}

static void set_rings(struct known *known, struct tree *rings)
{
	tree_destroy(known->rings);
	known->rings = rings;
}

/* The view is posted. */
static void settle(struct knowledge *k, struct known *known)
{
	remove_revived(k, known);
	known->revived = false;
	if (known->due & STORE_STATE)
		known->unread = false;
	known->due = 0;
	known->stirred = false;
	if (!known->seen.present && !known->seen.domain_alive)
		store_forget(known);
}

/* Post a view of the device.  It stays marked if that fails. */
static int look_at(struct knowledge *k, struct known *known)
{
	struct store_asker a = {.xs = k->xs};
	struct store_view view;
	struct tree *rings;
	bool read;
	int rc;

	if (!read_due(k, known, &a))
		return a.unanswered && !store_lives(k) ? -EIO : 0;
	view = known->seen;
	view.fe_wrote = known->stirred;
	read = store_read_published(&a, k->own_domid, known->stirs, known->rings, &view);
	budget_spend(&known->reads, LOOK_PRICE + a.requests, now_ns());
	rings = view.config ? store_rings_of(view.config) : NULL;
	known->kept = view.domain_hidden && view.present && view.online;
	rc = a.unanswered && !store_lives(k) ? -EIO : 0;
	if (rc == 0) {
		view.write_seq = k->last_done;
		view.domain_gone = is_domain_gone(k, &view);
		rc = mailbox_post(k->mailbox, &view);
	}
	if (rc < 0) {
		tree_destroy(view.config);
		tree_destroy(rings);
		return rc;
	}
	/* A dropped configuration has to be read again. */
	if (rings || rc == CONFIG_DROPPED)
		set_rings(known, rings);
	if (read)
		known->stirs = 0;
	settle(k, known);
	return 0;
}

/*
 * Does the device have to wait, because only its frontend marked it and has caused too many reads?
 * Then its watch ends, too, because its events alone cause work; the next look sets the watch
 * again.
 */
static bool has_to_wait(struct knowledge *k, struct known *known)
{
	const uint64_t now = now_ns();
	uint64_t wait_ns;

	if (known->due)
		return false;
	if (now < known->paused_ns)
		return true;
	wait_ns = budget_wait_ns(&known->reads, now);
	if (wait_ns == 0)
		return false;
	known->paused_ns = now + wait_ns + PAUSE_NS;
	unwatch_frontend(k, known);
	log_warn_from(&k->log,
		      "The frontend of %s %u/%u writes its state too often: its state is read "
		      "less often",
		      known->id.kind->name, known->id.domid, known->id.devid);
	return true;
}

static bool is_marked(const struct known *known)
{
	if (known->awaited)
		return known->due & ~STORE_SHOW;
	return known->due || (known->stirred && !is_left_alone(known));
}

bool store_look_at_dirty(struct knowledge *k)
{
	struct known *known;
	struct known *next;
	bool all = true;

	store_search_again(k);
	for (known = LIST_FIRST(&k->devices); known; known = next) {
		next = LIST_NEXT(known, link);
		if (is_marked(known) && (has_to_wait(k, known) || look_at(k, known) < 0))
			all = false;
	}
	return all && !k->overlooked;
}

/* -------- orders -------- */

/* Is the device there, as far as is known?  What is in doubt is looked at. */
static bool is_there(struct knowledge *k, struct known *known)
{
	struct store_asker a = {.xs = k->xs};

	store_read_device(&a, k->own_domid, known->due & STORE_DEVICE, &known->seen);
	return known->seen.present;
}

void store_carry_out(struct knowledge *k, struct known *known, const struct order *order)
{
	const struct device_id *id = &known->id;
	const bool renews = order->state == STORE_OFFER_ANEW;
	const int state = renews ? XB_INIT_WAIT : order->state;
	int rc = -ENOENT;

	if (order->state == ORDER_LOOK) {
		known->due |= STORE_ALL;
		return;
	}
	if (is_there(k, known))
		rc = store_write(k->xs, k->own_domid, id, order->state, order->error);
	if (rc < 0) {
		if (rc != -ENOENT)
			log_err("%s %u/%u: Could not write state %d: %s", id->kind->name, id->domid,
				id->devid, state, strerror(-rc));
		known->due |= STORE_NODES;
		return;
	}
	known->seen.be_state = state;
	known->written = known->unread = true;
	known->due = (known->due & ~(unsigned)STORE_STATE) | STORE_SHOW;
	if (renews)
		known->due |= STORE_FRONTEND; /* which is written, too */
}
