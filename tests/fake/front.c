/* SPDX-License-Identifier: MIT */
/* The xenbus side of both frontends: see guest.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "guest.h"

/* Linux waits for a second and for five, which a busy machine may let go by. */
#define UNLOAD_MS   60000
#define SHUTDOWN_MS 60000
#define TRIES       100

int front_read(struct front *front, const char *leaf, char *value, size_t size)
{
	char path[RINGSTORE_PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", front->dir, leaf);
	return ringstore_read(&front->guest->store, 0, path, value, size);
}

int front_read_number(struct front *front, const char *leaf, unsigned otherwise)
{
	char value[32];

	return front_read(front, leaf, value, sizeof value) > 0 ? atoi(value) : (int)otherwise;
}

int front_write_number(struct front *front, uint32_t tx, const char *dir, const char *leaf,
		       uint32_t number)
{
	char path[RINGSTORE_PATH_MAX];
	char value[16];

	snprintf(path, sizeof path, "%s/%s%s%s", front->dir, dir, *dir ? "/" : "", leaf);
	snprintf(value, sizeof value, "%u", number);
	return ringstore_write(&front->guest->store, tx, path, value);
}

int front_backend_state(struct front *front)
{
	char path[RINGSTORE_PATH_MAX];
	char value[32];

	snprintf(path, sizeof path, "%s/state", front->backend);
	return ringstore_read(&front->guest->store, 0, path, value, sizeof value) > 0 ? atoi(value)
										      : 0;
}

/* The driver watches its backend. */
int front_rebind(struct front *front)
{
	struct guest *guest = front->guest;
	char path[RINGSTORE_PATH_MAX];
	unsigned slot = 0;

	while (slot < GUEST_FRONTS && guest->fronts[slot])
		slot++;
	if (slot == GUEST_FRONTS)
		return -ENOSPC;
	guest->fronts[slot] = front;
	front->loaded = true;
	snprintf(path, sizeof path, "%s/state", front->backend);
	return ringstore_watch(&guest->store, path, front->dir);
}

int front_load(struct front *front, struct guest *guest, const struct front_ops *ops,
	       unsigned devid)
{
	front->guest = guest;
	front->ops = ops;
	front->devid = devid;
	snprintf(front->dir, sizeof front->dir, "device/%s/%u", ops->kind, devid);
	if (front_read(front, "backend", front->backend, sizeof front->backend) < 0)
		return -ENODEV;
	/* The core makes a device of it only in that state. */
	front->state = front_read_number(front, "state", 0);
	if (front->state != 1)
		return -ENODEV;
	return front_rebind(front);
}

static void unwatch(struct front *front)
{
	char path[RINGSTORE_PATH_MAX];

	snprintf(path, sizeof path, "%s/state", front->backend);
	ringstore_unwatch(&front->guest->store, path, front->dir);
}

void front_forget(struct front *front)
{
	struct guest *guest = front->guest;

	if (!front->loaded)
		return;
	unwatch(front);
	for (unsigned i = 0; i < GUEST_FRONTS; i++)
		if (guest->fronts[i] == front)
			guest->fronts[i] = NULL;
	front_unstick(front);
	front->loaded = false;
}

void front_switch(struct front *front, int state)
{
	if (front->state == state || front_read_number(front, "state", 0) == 0)
		return;
	if (front_write_number(front, 0, "", "state", (uint32_t)state) == 0)
		front->state = state;
}

void front_unstick(struct front *front)
{
	if (front->guest->stuck != front)
		return;
	front->guest->stuck = NULL;
	front->guest->in_xenwatch = false;
}

static int publish(struct front *front)
{
	struct ringstore *store = &front->guest->store;

	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t tx;
		int rc = ringstore_begin(store, &tx);

		if (rc < 0)
			return rc;
		rc = front->ops->publish(front, tx);
		if (rc < 0) {
			ringstore_end(store, tx, false);
			return rc;
		}
		rc = ringstore_end(store, tx, true);
		if (rc != -EAGAIN)
			return rc;
	}
	return -EAGAIN;
}

void front_publish(struct front *front)
{
	if (publish(front) < 0) {
		front_switch(front, 5); /* xenbus_dev_fatal() */
		return;
	}
	front->connects++;
	front_switch(front, 3);
}

struct wait {
	struct front *front;
	int state;
};

static bool is_in_state(void *data)
{
	const struct wait *wait = data;

	return wait->front->state == wait->state;
}

bool front_wait(struct front *front, int state, unsigned ms)
{
	struct wait wait = {front, state};

	return guest_run_until(front->guest, is_in_state, &wait, ms);
}

static bool are_in_state(void *data)
{
	const struct wait *wait = data;

	return wait->front->state == wait->state && wait->front->backend_state == wait->state;
}

bool front_wait_both(struct front *front, int state, unsigned ms)
{
	struct wait wait = {front, state};

	return guest_run_until(front->guest, are_in_state, &wait, ms);
}

static bool backend_is(void *data)
{
	const struct wait *wait = data;

	return front_backend_state(wait->front) == wait->state;
}

bool front_wait_backend(struct front *front, int state, unsigned ms)
{
	struct wait wait = {front, state};

	return guest_run_until(front->guest, backend_is, &wait, ms);
}

static bool leave(struct front *front, int wanted, unsigned ms)
{
	struct guest *guest = front->guest;

	/* The drivers hear nothing any more; the core looks for itself. */
	for (unsigned i = 0; i < GUEST_FRONTS; i++)
		if (guest->fronts[i] == front)
			guest->fronts[i] = NULL;
	front_switch(front, 5);
	return front_wait_backend(front, wanted, ms);
}

bool front_unload(struct front *front)
{
	bool seen = leave(front, 2, UNLOAD_MS);

	unwatch(front);
	front->loaded = false;
	return seen;
}

bool front_shut_down(struct front *front)
{
	bool seen = leave(front, 5, SHUTDOWN_MS);

	if (seen)
		front_switch(front, 6);
	unwatch(front);
	front->loaded = false;
	return seen;
}
