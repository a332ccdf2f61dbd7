/* SPDX-License-Identifier: MIT */
/*
 * What tests of the store thread's knowledge share: its knowledge without the thread, a xenstored
 * that knows one device, and memory that can be short.
 */
#ifndef XENAVD_STORE_RIG_H
#define XENAVD_STORE_RIG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "test.h"
#include "xen/mailbox.h"
#include "xen/store-known.h"
#include "xen/tree.h"

#define TEST(name) TEST_WITH(name, store_rig_begin, store_rig_end)
#define BE         "/local/domain/0/backend/vsnd/3/0"
#define FE         "/local/domain/3/device/vsnd/0"

extern struct knowledge knowledge;
extern struct mailbox mailbox; /* where it posts */
extern const struct store_kind vdispl;
extern const struct store_kind *const kinds[]; /* vsnd and vdispl */
extern const struct device_id sound;

/* What xenstored says, and was asked. */
struct fake_xs {
	bool no_watches;
	bool alive;
	bool hidden; /* which domains there are */
	const char *be_state;
	const char *fe_state;
	const char *ring;
	unsigned n_watches;
	unsigned n_asked; /* to read */
	int fd;           /* for events */
};
extern struct fake_xs xs;

/* Allocations of that size fail; 0: none. */
extern _Atomic size_t no_memory_for;
extern atomic_uint n_refused;

int store_rig_begin(void **state);
int store_rig_end(void **state);

/* The view that the loop would get, and nothing; its config is gone already. */
bool take_view(struct store_view *view);

/* Such a watch event. */
void tell(const char *path, const char *token);

#endif
