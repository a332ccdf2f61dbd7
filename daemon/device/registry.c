/* SPDX-License-Identifier: MIT */
/*
 * See registry.h.  Devices are forgotten from a timer, never from within their own calls.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "buffer/pool.h"
#include "device/device.h"
#include "device/env.h"
#include "device/kinds.h"
#include "device/registry.h"
#include "journal/journal.h"
#include "report/log.h"

/* More than the guests of any host need. */
#define MAX_DEVICES   256
#define NO_MEMORY_SEC 1

/* So long after the first view every device has been seen that an earlier process has left. */
#define OLD_MAX_SEC 30

/* While quitting: xenstored is given up after this time without any view. */
#define SILENCE_MAX_NS (2 * NS_PER_SEC)
#define QUIT_LOOK_USEC 250000

struct entry {
	struct device *device;
	LIST_ENTRY(entry) link;
};

struct registry {
	struct device_env env;
	struct event *sweep;
	struct event *old; /* what nobody has taken over from an earlier process is forgotten */
	LIST_HEAD(, entry) entries;
	unsigned n_entries;
	void (*quit_done)(void *data);
	void *quit_data;
	uint64_t heard_ns; /* of the last view, or the begin of quitting */
	bool full;         /* the limit was logged */
	bool refused;      /* a device for lack of room or memory */
};

static void on_changed(void *data)
{
	struct registry *registry = data;

	event_add(registry->sweep, &(struct timeval){0});
}

static unsigned count_others(const struct device_id *id, void *data)
{
	const struct registry *registry = data;
	const struct entry *entry;
	unsigned n = 0;

	LIST_FOREACH (entry, &registry->entries, link) {
		const struct device_id *other = device_get_id(entry->device);

		if (other->kind == id->kind && other->domid == id->domid &&
		    other->devid != id->devid)
			n += device_channels(entry->device);
	}
	return n;
}

static void remove_entry(struct registry *registry, struct entry *entry)
{
	LIST_REMOVE(entry, link);
	registry->n_entries--;
	device_destroy(entry->device);
	free(entry);
}

static bool sweep(struct registry *registry)
{
	struct entry *entry = LIST_FIRST(&registry->entries);
	bool running = false;

	while (entry) {
		struct entry *next = LIST_NEXT(entry, link);

		if (device_running(entry->device))
			running = true;
		else if (device_forgotten(entry->device))
			remove_entry(registry, entry);
		entry = next;
	}
	return running;
}

/* Without xenstored no frontend can be told; unmap all the same. */
static void give_up_on_store(struct registry *registry)
{
	struct entry *entry;
	unsigned n = 0;

	if (now_ns() - registry->heard_ns < SILENCE_MAX_NS)
		return;
	LIST_FOREACH (entry, &registry->entries, link) {
		if (!device_waits_for_store(entry->device) || !device_running(entry->device))
			continue;
		device_abandon(entry->device);
		n++;
	}
	if (n > 0)
		log_err("xenstored does not answer: disconnected %u frontends without telling them",
			n);
	registry->heard_ns = now_ns();
}

/* There is room for a refused device; the store knows which. */
static void take_refused(struct registry *registry)
{
	if (!registry->refused || registry->n_entries >= MAX_DEVICES)
		return;
	registry->refused = registry->full = false;
	store_show_all(registry->env.store);
}

static void on_sweep(evutil_socket_t, short, void *arg)
{
	struct registry *registry = arg;
	void (*done)(void *data) = registry->quit_done;
	bool running;

	if (done)
		give_up_on_store(registry);
	running = sweep(registry);
	if (!done) {
		take_refused(registry);
		return;
	}
	if (running) {
		event_add(registry->sweep, &(struct timeval){.tv_usec = QUIT_LOOK_USEC});
		return;
	}
	registry->quit_done = NULL;
	done(registry->quit_data);
}

static void on_old(evutil_socket_t, short, void *arg)
{
	struct registry *registry = arg;

	journal_forget_old(registry->env.journal);
}

int registry_create(struct registry **out, const struct device_env *env)
{
	struct registry *registry = calloc(1, sizeof *registry);

	if (!registry)
		return -ENOMEM;
	registry->env = *env;
	registry->env.changed = on_changed;
	registry->env.others = count_others;
	registry->env.data = registry;
	LIST_INIT(&registry->entries);
	registry->sweep = event_new(env->base, -1, 0, on_sweep, registry);
	registry->old = event_new(env->base, -1, 0, on_old, registry);
	if (!registry->sweep || !registry->old) {
		registry_destroy(registry);
		return -ENOMEM;
	}
	*out = registry;
	return 0;
}

static void look_at_domain(uint16_t domid, void *data)
{
	const struct registry *registry = data;
	const struct device_id any = {.kind = device_kinds[0], .domid = domid};

	if (store_look(registry->env.store, &any) < 0)
		log_warn("Out of memory: what domain %u was supplied with stays its own", domid);
}

void registry_set_store(struct registry *registry, struct store *store)
{
	registry->env.store = store;
	/* Its domains may have died while there was no xenavd to hear of it. */
	supply_each_domain(registry->env.supply, look_at_domain, registry);
}

void registry_reload(struct registry *registry)
{
	struct entry *entry;

	LIST_FOREACH (entry, &registry->entries, link)
		device_reload(entry->device);
}

static struct entry *find(struct registry *registry, const struct device_id *id)
{
	struct entry *entry;

	LIST_FOREACH (entry, &registry->entries, link)
		if (device_same_id(device_get_id(entry->device), id))
			return entry;
	return NULL;
}

static struct entry *add(struct registry *registry, const struct device_id *id)
{
	struct entry *entry = calloc(1, sizeof *entry);

	if (!entry || device_create(&entry->device, &registry->env, id) < 0) {
		free(entry);
		return NULL;
	}
	LIST_INSERT_HEAD(&registry->entries, entry, link);
	registry->n_entries++;
	return entry;
}

/* A refused device is looked at again when there is room, or perhaps memory. */
static struct entry *admit(struct registry *registry, const struct device_id *id)
{
	struct entry *entry = NULL;

	if (registry->n_entries >= MAX_DEVICES) {
		if (!registry->full)
			log_warn("More than %d devices: the others have to wait", MAX_DEVICES);
		registry->full = true;
	} else {
		entry = add(registry, id);
		if (!entry && !event_pending(registry->sweep, EV_TIMEOUT, NULL))
			event_add(registry->sweep, &(struct timeval){.tv_sec = NO_MEMORY_SEC});
	}
	if (!entry)
		registry->refused = true;
	return entry;
}

/* A device of a dead domain is of interest only until it is in 6, which the toolstack may wait
 * for. */
static bool is_wanted(const struct store_view *view)
{
	return view->present && (view->domain_alive || view->be_state != XB_CLOSED);
}

void registry_view(struct store_view *view, void *data)
{
	struct registry *registry = data;
	struct entry *entry = find(registry, &view->id);

	if (registry->heard_ns == 0)
		event_add(registry->old, &(struct timeval){.tv_sec = OLD_MAX_SEC});
	registry->heard_ns = now_ns();
	/* Also for a forgotten device: the buffers supplied to a domain stay its own until its
	 * end. */
	if (view->domain_gone)
		supply_domain_gone(registry->env.supply, view->id.domid);
	if (!entry && is_wanted(view) && !registry->quit_done)
		entry = admit(registry, &view->id);
	if (entry)
		device_view(entry->device, view);
}

void registry_quit(struct registry *registry, void (*done)(void *data), void *data)
{
	struct entry *entry;

	registry->quit_done = done;
	registry->quit_data = data;
	registry->heard_ns = now_ns();
	LIST_FOREACH (entry, &registry->entries, link)
		device_quit(entry->device);
	on_changed(registry);
}

static bool is_behind(const struct device_id *a, const struct device_id *b)
{
	if (a->domid != b->domid)
		return a->domid > b->domid;
	if (a->kind != b->kind)
		return strcmp(a->kind->name, b->kind->name) > 0;
	return a->devid > b->devid;
}

const struct device *registry_after(const struct registry *registry, const struct device_id *id)
{
	const struct device *next = NULL;
	const struct entry *entry;

	LIST_FOREACH (entry, &registry->entries, link) {
		const struct device_id *it = device_get_id(entry->device);

		if (id && !is_behind(it, id))
			continue;
		if (!next || is_behind(device_get_id(next), it))
			next = entry->device;
	}
	return next;
}

void registry_destroy(struct registry *registry)
{
	if (!registry)
		return;
	while (!LIST_EMPTY(&registry->entries))
		remove_entry(registry, LIST_FIRST(&registry->entries));
	if (registry->sweep)
		event_free(registry->sweep);
	if (registry->old)
		event_free(registry->old);
	free(registry);
}
