/* SPDX-License-Identifier: MIT */
/*
 * The rig of tests of a device between the store and its engine; both are fakes, the decisions are
 * the real ones.
 */
#ifndef XENAVD_DEVICE_RIG_H
#define XENAVD_DEVICE_RIG_H

#include <event2/event.h>
#include <stdbool.h>

#include "base/engine.h"
#include "config/policy.h"
#include "device/device.h"
#include "test.h"
#include "xen/store.h"

#define TEST(name) TEST_WITH(name, device_rig_begin, device_rig_end)

/* The engine. */
struct card_fake {
	struct engine engine;
	bool exists, connecting, leaving, open;
	unsigned n_created, n_disconnected;
	int create_rc;
	struct guest_info guest;
};
extern struct card_fake card;

/* What stands in the store, and what was written there. */
struct store_fake {
	struct store_view view;
	unsigned n_writes;
	int last;
	char error[64];
	bool full; /* no state can be written */
};
extern struct store_fake store;

extern struct event_base *base;
extern struct policy policy;
extern struct device *device;
extern unsigned n_changed;
extern unsigned n_others; /* streams of other cards */

/* NULL unless a test opens one; the devices that are made from then on use it. */
struct journal;
extern struct journal *journal;

/* Forget the device and its engine without a word, and make the next process's. */
void device_rig_restart(void);

int device_rig_begin(void **state);
int device_rig_end(void **state);

/* Finish the worker's job. */
void work(int rc);

/* Deliver a view, as the store thread does; another gref stands for other rings. */
void show(int fe, const char *gref);

/* State 2 has to be seen for a moment before it becomes 4. */
void expect_connected(void);

/* From the first offer until both sides are in 4. */
void connect_device(void);

#endif
