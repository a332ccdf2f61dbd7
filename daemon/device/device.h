/* SPDX-License-Identifier: MIT */
/*
 * One device: what the store says of it, its xenbus state machine, and the sound or display
 * engine that runs while its frontend is connected.
 */
#ifndef XENAVD_DEVICE_H
#define XENAVD_DEVICE_H

#include <stdbool.h>

#include "xen/store.h"

struct device;
struct device_env;

/* @return 0 or -ENOMEM. */
int device_create(struct device **out, const struct device_env *env, const struct device_id *id);

/* Only when device_forgotten() or not device_running(). */
void device_destroy(struct device *device);

const struct device_id *device_get_id(const struct device *device);

/* Take note of what the store says now, and act on it. */
void device_view(struct device *device, struct store_view *view);

/* Let the frontend go in an orderly way; device_running() tells when. */
void device_quit(struct device *device);

/* Has it asked the store to write, and heard nothing since? */
bool device_waits_for_store(const struct device *device);

/* Let the frontend go without a word: nothing is decided, and nothing written, any more. */
void device_abandon(struct device *device);

/* Is there an engine in whatever state? */
bool device_running(const struct device *device);

/* How many streams or connectors it serves. */
unsigned device_channels(const struct device *device);

/* Is there nothing left of it? */
bool device_forgotten(const struct device *device);

#endif
