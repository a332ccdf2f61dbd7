/* SPDX-License-Identifier: MIT */
/* All devices: added when the store shows them, removed when nothing is left of them. */
#ifndef XENAVD_REGISTRY_H
#define XENAVD_REGISTRY_H

struct device;
struct device_env;
struct device_id;
struct store;
struct store_view;

struct registry;

/*
 * The registry copies env.  Its store comes later, through registry_set_store(), because the store
 * delivers its views to the registry.
 */
int registry_create(struct registry **out, const struct device_env *env);
void registry_set_store(struct registry *registry, struct store *store);

/* For store_start(); data is the registry. */
void registry_view(struct store_view *view, void *data);

/* See device_reload(). */
void registry_reload(struct registry *registry);

/* Disconnect all frontends in an orderly way, then call done, once. */
void registry_quit(struct registry *registry, void (*done)(void *data), void *data);

/*
 * The device that follows the one of that id, by domain, kind and number; NULL: the first.
 *
 * @return NULL behind the last.
 */
const struct device *registry_after(const struct registry *registry, const struct device_id *id);

/* No device may be running; NULL is fine. */
void registry_destroy(struct registry *registry);

#endif
