/* SPDX-License-Identifier: MIT */
/*
 * One device: the newest view of it, its xenbus state machine, and the engine that runs while its
 * frontend is connected.
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

/* Act on what the store shows now. */
void device_view(struct device *device, struct store_view *view);

/* The policy has other rules: its limits apply to what the guest asks for from now on. */
void device_reload(struct device *device);

/* Disconnect the frontend in an orderly way; device_running() tells when that is done. */
void device_quit(struct device *device);

/* Is the result of a write to the store still unknown? */
bool device_waits_for_store(const struct device *device);

/* Disconnect the frontend without telling it: nothing is decided or written any more. */
void device_abandon(struct device *device);

/* Is there an engine, in any state? */
bool device_running(const struct device *device);

/* The number of streams or connectors that are served. */
unsigned device_channels(const struct device *device);

/* The guest of the engine; without one what the newest view shows, which may have no name. */
void device_get_guest(const struct device *device, struct guest_info *guest);

/* XB_* of both ends, as the newest view shows them. */
void device_get_states(const struct device *device, int *backend, int *frontend);

/* Is there nothing left of the device? */
bool device_forgotten(const struct device *device);

#endif
