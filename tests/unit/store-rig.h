/* SPDX-License-Identifier: MIT */
/*
 * The rig of tests of the store thread's knowledge: the knowledge without the thread, a xenstored
 * that knows one device, and memory that can be short.
 */
#ifndef XENAVD_STORE_RIG_H
#define XENAVD_STORE_RIG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "test.h"
#include "xen/mailbox.h"
#include "xen/store-known.h"
#include "xen/store-look.h"
#include "xen/store-read.h"
#include "xen/tree.h"

#define TEST(name) TEST_WITH(name, store_rig_begin, store_rig_end)
#define BE         "/local/domain/0/backend/vsnd/3/0"
#define FE         "/local/domain/3/device/vsnd/0"

extern struct knowledge knowledge;
extern struct mailbox mailbox; /* gets its views */
extern const struct store_kind vdispl;
extern const struct store_kind *const kinds[]; /* vsnd and vdispl */
extern const struct device_id sound;

/* Answers of xenstored, and counts of requests. */
struct fake_xs {
	bool no_watches;
	bool alive;
	bool hidden; /* it may not be asked for domains */
	const char *be_state;
	const char *fe_state;
	const char *ring;
	unsigned n_watches;
	bool unlisted;    /* the domain has no directory */
	unsigned n_asked; /* reads */
	unsigned n_asked_domain;
	unsigned n_listed; /* directories */
	int fd;            /* for events */
};
extern struct fake_xs xs;

/* Allocations of this size fail; 0: none. */
extern _Atomic size_t no_memory_for;
extern atomic_uint n_refused;

int store_rig_begin(void **state);
int store_rig_end(void **state);

/* Take the view that the loop would get; its config is freed. @return whether there was one. */
bool take_view(struct store_view *view);

/* Deliver a watch event. */
void tell(const char *path, const char *token);

#endif
