/* SPDX-License-Identifier: MIT */
/* See store-known.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "base/clock.h"
#include "base/number.h"
#include "report/cleanup.h"
#include "xen/store-ask.h"
#include "xen/store-known.h"
#include "xen/store-paths.h"
#include "xen/store-read.h"
#include "xen/tree.h"

/*
 * The reads that a frontend may cause: a card of 32 streams takes about 330 requests to connect,
 * and each of its states counts as eight, for what it makes others do.  Two hundred a second take
 * one or two percent of a processor.
 */
#define READS_PER_SEC 200
#define READS_MAX     2048

/* Sweeps while no event tells what happens to some device, and while events tell all. */
#define SWEEP_SOON_MS 5000
#define SWEEP_MS      60000

void store_known_init(struct knowledge *k, const struct store_kind *const kinds[],
		      struct mailbox *mailbox)
{
	memset(k, 0, sizeof *k);
	k->kinds = kinds;
	k->mailbox = mailbox;
	LIST_INIT(&k->devices);
	log_source_init(&k->log, "xenstored");
}

void store_known_finish(struct knowledge *k)
{
	while (!LIST_EMPTY(&k->devices))
		store_forget(LIST_FIRST(&k->devices));
}

/* -------- which there are -------- */

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
	known->id = known->seen.id = *id;
	known->due = STORE_ALL;
	budget_init(&known->reads, READS_PER_SEC, READS_MAX, now_ns());
	LIST_INSERT_HEAD(&k->devices, known, link);
	return known;
}

void store_forget(struct known *known)
{
	LIST_REMOVE(known, link);
	tree_destroy(known->rings);
	free(known);
}

static void mark(struct knowledge *k, const struct device_id *id, unsigned due)
{
	struct known *known = store_learn(k, id);

	if (known)
		known->due |= due;
	else
		k->overlooked = true;
}

void store_mark_all(struct knowledge *k)
{
	struct known *known;

	LIST_FOREACH (known, &k->devices, link)
		known->due |= STORE_NODES;
}

void store_doubt_all(struct knowledge *k)
{
	struct known *known;

	k->hides = false;
	LIST_FOREACH (known, &k->devices, link) {
		known->due = STORE_ALL;
		known->stirred = true;
		known->stirs += 2;
		known->watched = known->awaited = known->written = false;
		known->seen.domain_alive = known->seen.domain_hidden = false;
	}
}

static void on_found(const struct device_id *id, void *data)
{
	mark(data, id, STORE_ALL);
}

void store_search_again(struct knowledge *k)
{
	if (!k->overlooked)
		return;
	k->overlooked = false;
	for (unsigned i = 0; k->kinds[i]; i++)
		store_scan(k->xs, k->own_domid, k->kinds[i], on_found, k);
}

/* -------- domains -------- */

static bool ask_for_domain(struct knowledge *k, const struct known *known, bool *alive)
{
	struct store_asker a = {.xs = k->xs};
	struct store_view view = known->seen;

	if (view.domain_hidden)
		store_read_frontend(&a, &view);
	else
		store_read_domain(&a, &view);
	*alive = view.domain_alive;
	return !a.unanswered;
}

static void note_life(struct known *known, bool alive)
{
	if (known->seen.domain_alive == alive)
		return;
	known->seen.domain_alive = alive;
	/* xenstored may have lost what it knew of a domain that is back. */
	known->due |= alive || known->seen.domain_hidden ? STORE_NODES : STORE_SHOW;
}

/* Ask for a domain once for all of its devices; where that is hidden, each frontend tells. */
static void check_domain(struct knowledge *k, struct known *first)
{
	struct known *known;
	bool alive;

	if (!ask_for_domain(k, first, &alive))
		return;
	if (first->seen.domain_hidden) {
		note_life(first, alive);
		return;
	}
	LIST_FOREACH (known, &k->devices, link)
		if (known->id.domid == first->id.domid)
			note_life(known, alive);
}

static bool is_first_of_domain(const struct knowledge *k, const struct known *known)
{
	const struct known *other;

	LIST_FOREACH (other, &k->devices, link)
		if (other == known || other->id.domid == known->id.domid)
			break;
	return other == known;
}

/* The numbers of domains that have a directory; without a list nobody is missing. */
static bool is_listed(char **names, unsigned n, uint16_t domid)
{
	for (unsigned i = 0; names && i < n; i++) {
		uint16_t number;

		if (parse_u16(names[i], &number) == 0 && number == domid)
			return true;
	}
	return !names;
}

static void check_domains(struct knowledge *k, char **names, unsigned n)
{
	struct known *known;

	LIST_FOREACH (known, &k->devices, link) {
		const struct store_view *seen = &known->seen;

		if (seen->domain_hidden ||
		    (is_first_of_domain(k, known) && (k->domain_ended || !seen->domain_alive ||
						      !is_listed(names, n, known->id.domid))))
			check_domain(k, known);
	}
	k->domain_ended = false;
}

/* -------- sweeps -------- */

/* Can something happen to the device, or to its domain, without an event? */
static bool is_unsure(const struct known *known)
{
	const struct store_view *seen = &known->seen;

	return seen->domain_hidden || !seen->domain_alive || known->awaited ||
	       (seen->present && !known->watched);
}

int store_sweep_ms(const struct knowledge *k)
{
	const struct known *known;

	if (LIST_EMPTY(&k->devices))
		return -1;
	LIST_FOREACH (known, &k->devices, link)
		if (is_unsure(known))
			return SWEEP_SOON_MS;
	return k->domain_ended ? SWEEP_SOON_MS : SWEEP_MS;
}

void store_sweep(struct knowledge *k)
{
	struct store_asker a = {.xs = k->xs};
	CLEANUP_FREE char **names = NULL;
	struct known *known;
	unsigned n = 0;

	/* One request for all domains; an end that was not told of has removed the directory. */
	if (!k->hides && !k->domain_ended)
		names = store_ask_directory(&a, "/local/domain", &n);
	check_domains(k, names, n);
	LIST_FOREACH (known, &k->devices, link) {
		/* No event tells what an unwatched frontend wrote, and how often. */
		if (known->awaited || (known->seen.present && !known->watched)) {
			known->stirred = true;
			known->stirs += 2;
		}
		known->awaited = false;
		/* xenstored has one event for two writes of the same moment. */
		if (known->unread)
			known->due |= STORE_STATE;
	}
}

/* -------- events -------- */

/* The directory of the device, or one above it, was removed, and perhaps made again. */
static void mark_removed(struct known *known)
{
	known->due |= STORE_NODES;
	known->revived |= known->written;
}

/* The removal of a directory brings no events for the nodes in it. */
static void mark_below(struct knowledge *k, const char *path)
{
	const size_t len = strlen(path);
	struct known *known;

	LIST_FOREACH (known, &k->devices, link) {
		char own[STORE_PATH_MAX];

		store_backend_path(k->own_domid, &known->id, NULL, own, sizeof own);
		if (known->seen.present && strncmp(own, path, len) == 0 && own[len] == '/')
			mark_removed(known);
	}
}

/*
 * Of a device that is not there yet the state tells, which toolstacks write last and in the same
 * transaction as the rest; where it came first, so does what follows.
 */
static void take_event_of_new(struct knowledge *k, const struct device_id *id,
			      const struct known *known, const char *leaf)
{
	if (strcmp(leaf, "state") == 0 ||
	    (known && (strcmp(leaf, "online") == 0 || strcmp(leaf, "frontend-id") == 0)))
		mark(k, id, STORE_ALL);
}

static void take_device_event(struct knowledge *k, const struct device_id *id, const char *leaf)
{
	struct known *known = find_known(k, id);

	if (known && known->seen.present && !leaf)
		mark_removed(known);
	else if (!leaf)
		return; /* what is in it follows */
	else if (!known || !known->seen.present)
		take_event_of_new(k, id, known, leaf);
	else if (strcmp(leaf, "online") == 0)
		known->due |= STORE_ONLINE;
	else if (strcmp(leaf, "state") == 0 && known->written)
		known->written = false; /* our own */
	else if (strcmp(leaf, "state") == 0)
		known->due |= STORE_STATE;
}

/* Take an event of the watch on a kind's directory. */
static void take_backend_event(struct knowledge *k, const char *path)
{
	struct device_id id;

	if (store_parse_backend_path(k->own_domid, k->kinds, path, &id) == 0) {
		take_device_event(k, &id, store_backend_leaf(path));
		return;
	}
	mark_below(k, path);
	/* The event that comes when the watch is set. */
	for (unsigned i = 0; k->kinds[i]; i++) {
		char own[STORE_PATH_MAX];

		store_kind_path(k->own_domid, k->kinds[i], own, sizeof own);
		if (strcmp(path, own) == 0)
			store_scan(k->xs, k->own_domid, k->kinds[i], on_found, k);
	}
}

static void take_end_of_domain(struct knowledge *k)
{
	k->domain_ended = true;
	check_domains(k, NULL, 0);
	/* It may come before xenstored knows that the domain is dead. */
	k->domain_ended = !LIST_EMPTY(&k->devices);
}

/* An event only tells where to look; the nodes are read afterwards. */
void store_take_event(struct knowledge *k, char **event)
{
	const char *path = event[XS_WATCH_PATH];
	const char *token = event[XS_WATCH_TOKEN];
	struct known *known = NULL;
	struct device_id id;

	if (strcmp(token, STORE_DOMAINS_TOKEN) == 0) {
		take_end_of_domain(k);
	} else if (strcmp(token, STORE_BASE_TOKEN) == 0) {
		take_backend_event(k, path);
	} else if (store_parse_token(k->kinds, token, &id) == 0) {
		known = find_known(k, &id);
	}
	if (known) {
		known->stirred = true;
		known->stirs++;
		known->awaited = false;
	}
}
