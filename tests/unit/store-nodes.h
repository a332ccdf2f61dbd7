/* SPDX-License-Identifier: MIT */
/*
 * A small xenstore in memory for tests of the store thread's reads and writes.  It has a sound
 * device of domain 3, whose frontend is in state 3.
 */
#ifndef XENAVD_STORE_NODES_H
#define XENAVD_STORE_NODES_H

#include <stdbool.h>

#include "test.h"
#include "xen/store-paths.h"
#include "xen/store-read.h"
#include "xen/store-write.h"

#define TEST(name) TEST_WITH(name, store_nodes_begin, store_nodes_end)
#define BE         "/local/domain/0/backend/vsnd/3/0"
#define FE         "/local/domain/3/device/vsnd/0"
#define KBD        "/local/domain/3/device/vkbd/0"
#define SCREENS    "/local/domain/3/device/vdispl"

extern const struct store_kind vdispl;
extern const struct store_kind *const kinds[]; /* vsnd and vdispl */
extern const struct device_id sound;

extern struct fake_nodes {
	size_t n;
	unsigned n_asked; /* requests */
	bool alive;       /* of domain 3 */
	bool any_domain;  /* alive is of all domains, and others than 3 may be asked for */
	int conflicts;    /* the number of transactions that fail with EAGAIN */
	int n_transactions;
	bool write_fails;
	void (*meanwhile)(void); /* the guest, before a transaction fails; may be NULL */
} fake_nodes;

/* Results of look(). */
extern struct store_view view;
extern uint32_t requests;
extern struct tree *rings; /* an argument of look(); NULL at first */

int store_nodes_begin(void **state);
int store_nodes_end(void **state);

void put(const char *path, const char *value);
const char *get(const char *path);

/* Read the view, after the frontend has written its state if stirred. */
void look_at(const struct device_id *device, bool stirred);

/* The same of the sound device. */
void look(void);
void look_after(bool stirred);

#endif
