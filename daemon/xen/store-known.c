/* SPDX-License-Identifier: MIT */
/* See store-known.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "base/budget.h"
#include "base/clock.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "xen/mailbox.h"
#include "xen/store-config.h"
#include "xen/store-known.h"
#include "xen/store-paths.h"
#include "xen/store-read.h"
#include "xen/tree.h"

/*
 * The reads that a frontend may cause: a card of 32 streams takes about 330 requests to connect,
 * and eight for each of its states.  Two hundred a second take one or two percent of a processor.
 */
#define READS_PER_SEC 200
#define READS_MAX     2048

/* The pause of a frontend without tokens, beside the time until it has one. */
#define PAUSE_NS (500 * NS_PER_MS)

void store_known_init(struct knowledge *k, const struct store_kind *const kinds[],
		      struct mailbox *mailbox)
{
	memset(k, 0, sizeof *k);
	k->kinds = kinds;
	k->mailbox = mailbox;
	LIST_INIT(&k->devices);
	log_source_init(&k->log, "xenstored");
}

/* A driver domain has a limited number of watches (xenstored -W, 128 by default). */
static void watch_frontend(struct knowledge *k, struct known *known)
{
	char path[STORE_PATH_MAX];
	char token[STORE_TOKEN_MAX];

	if (known->watched)
		return;
	store_frontend_path(&known->id, "state", path, sizeof path);
	store_token(&known->id, token);
	known->watched = xs_watch(k->xs, path, token);
	if (!known->watched && !known->unwatchable)
		log_warn_from(&k->log, "Cannot watch %s (%s): it is read every few seconds instead",
			      path, strerror(errno));
	known->unwatchable = !known->watched;
}

static void unwatch_frontend(struct knowledge *k, struct known *known)
{
	char path[STORE_PATH_MAX];
	char token[STORE_TOKEN_MAX];

	if (!known->watched)
		return;
	store_frontend_path(&known->id, "state", path, sizeof path);
	store_token(&known->id, token);
	known->watched = !xs_unwatch(k->xs, path, token);
}

static struct known *find_known(struct knowledge *k, const struct device_id *id)
{
	struct known *known;

	LIST_FOREACH (known, &k->devices, link)
		if (device_same_id(&known->id, id))
			return known;
	return NULL;
}

struct known *store_learn(struct knowledge *k, const struct device_id *id)
{
	struct known *known = find_known(k, id);

	if (known)
		return known;
	known = calloc(1, sizeof *known);
	if (!known)
		return NULL;
	known->id = *id;
	budget_init(&known->reads, READS_PER_SEC, READS_MAX, now_ns());
	LIST_INSERT_HEAD(&k->devices, known, link);
	return known;
}

static void mark(struct knowledge *k, const struct device_id *id)
{
	struct known *known = store_learn(k, id);

	if (known)
		known->dirty = true;
	else
		k->overlooked = true;
}

/* A domain may die, or become known to a restarted xenstored, without a change of our nodes. */
static void look_for_dead(struct knowledge *k)
{
	struct known *known;
	bool hidden;

	LIST_FOREACH (known, &k->devices, link)
		if (!known->dirty && store_domain_alive(k->xs, &known->id, &hidden) != known->alive)
			known->dirty = true;
}

void store_sweep(struct knowledge *k)
{
	struct known *known;

	look_for_dead(k);
	LIST_FOREACH (known, &k->devices, link) {
		/* No event tells what an unwatched frontend wrote. */
		if (!known->watched)
			known->stirred = true;
		known->dirty |= known->written;
	}
}

void store_mark_all(struct knowledge *k)
{
	struct known *known;

	LIST_FOREACH (known, &k->devices, link)
		known->dirty = true;
}

static void on_found(const struct device_id *id, void *data)
{
	mark(data, id);
}

/* The removal of a directory brings no events for the nodes in it. */
static void mark_below(struct knowledge *k, const char *path)
{
	const size_t len = strlen(path);
	struct known *known;

	LIST_FOREACH (known, &k->devices, link) {
		char own[STORE_PATH_MAX];

		store_backend_path(k->own_domid, &known->id, NULL, own, sizeof own);
		if (strncmp(own, path, len) == 0 && own[len] == '/')
			known->dirty = true;
	}
}

/* Take an event of the watch on a kind's directory. */
static void take_backend_event(struct knowledge *k, const char *path)
{
	struct device_id id;

	if (store_parse_backend_path(k->own_domid, k->kinds, path, &id) == 0) {
		if (store_is_of_interest(path))
			mark(k, &id);
		return;
	}
	mark_below(k, path);
	/* The event that comes when the watch is set. */
	if (store_is_kind_path(k->own_domid, k->kinds, path))
		store_scan(k->xs, k->own_domid, k->kinds, on_found, k);
}

/* An event only tells where to look; the nodes are read afterwards. */
void store_take_event(struct knowledge *k, char **event)
{
	const char *path = event[XS_WATCH_PATH];
	const char *token = event[XS_WATCH_TOKEN];
	struct device_id id;

	if (strcmp(token, STORE_DOMAINS_TOKEN) == 0) {
		look_for_dead(k);
	} else if (strcmp(token, STORE_BASE_TOKEN) == 0) {
		take_backend_event(k, path);
	} else if (store_parse_token(k->kinds, token, &id) == 0) {
		struct known *known = find_known(k, &id);

		if (known)
			known->stirred = true;
	}
}

/* Reading from a dead xenstored finds nothing, which does not mean that all nodes are gone. */
static bool store_lives(struct knowledge *k)
{
	CLEANUP_FREE char *domid = xs_read(k->xs, XBT_NULL, "domid", NULL);

	return domid != NULL;
}

/* Something is missing, or may be missing. */
static bool is_doubtful(const struct store_view *view)
{
	return !view->present || view->fe_state == XB_UNKNOWN || view->config || view->config_rc;
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
		if (known->id.domid == id->domid && (known->alive || known->kept))
			return false;
	return true;
}

static void set_rings(struct known *known, struct tree *rings)
{
	tree_destroy(known->rings);
	known->rings = rings;
}

static void forget(struct known *known)
{
	LIST_REMOVE(known, link);
	set_rings(known, NULL);
	free(known);
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

	if (known->dirty)
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

/* Post a view of the device.  It stays marked if that fails. */
static int look_at(struct knowledge *k, struct known *known)
{
	struct store_view view;
	struct tree *rings;
	uint32_t requests;
	int rc;

	/* Watch first, then read, so that no change is missed. */
	watch_frontend(k, known);
	store_read_view(k->xs, k->own_domid, &known->id, known->stirred, known->rings, &view,
			&requests);
	budget_spend(&known->reads, requests, now_ns());
	rings = view.config ? store_rings_of(view.config) : NULL;
	rc = is_doubtful(&view) && !store_lives(k) ? -EIO : 0;
	if (rc == 0) {
		known->alive = view.domain_alive;
		known->kept = view.domain_hidden && view.present && view.online;
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
	known->dirty = false;
	known->written = false;
	known->stirred = false;
	if (!view.present && !view.domain_alive) {
		unwatch_frontend(k, known);
		forget(known);
	}
	return 0;
}

bool store_look_at_dirty(struct knowledge *k)
{
	struct known *known;
	struct known *next;
	bool all = true;

	if (k->overlooked) {
		k->overlooked = false;
		store_scan(k->xs, k->own_domid, k->kinds, on_found, k);
	}
	for (known = LIST_FIRST(&k->devices); known; known = next) {
		next = LIST_NEXT(known, link);
		if (!known->dirty && !known->stirred)
			continue;
		if (has_to_wait(k, known) || look_at(k, known) < 0)
			all = false;
	}
	return all && !k->overlooked;
}

void store_known_finish(struct knowledge *k)
{
	while (!LIST_EMPTY(&k->devices))
		forget(LIST_FIRST(&k->devices));
}
