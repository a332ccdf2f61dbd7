/* SPDX-License-Identifier: MIT */
/* All devices: found by what the store says, gone when there is nothing left of them. */
#ifndef XENAVD_REGISTRY_H
#define XENAVD_REGISTRY_H

struct device_env;
struct store;
struct store_view;

struct registry;

/*
 * env is the registry's own copy but for store, which registry_set_store() gives later (the store
 * delivers views to the registry, so the registry comes first).
 */
int registry_create(struct registry **out, const struct device_env *env);
void registry_set_store(struct registry *registry, struct store *store);

/* For store_start(); data is the registry. */
void registry_view(struct store_view *view, void *data);

/* Let all frontends go in an orderly way, then call done, once. */
void registry_quit(struct registry *registry, void (*done)(void *data), void *data);

/* Nothing may be running any more; NULL is fine. */
void registry_destroy(struct registry *registry);

#endif
