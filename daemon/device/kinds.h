/* SPDX-License-Identifier: MIT */
/* The kinds of devices that xenavd serves: a row each in kinds.c. */
#ifndef XENAVD_KINDS_H
#define XENAVD_KINDS_H

#include <stddef.h>

#include "xen/store.h"

struct device_env;
struct engine;
struct guest_info;
struct journal_key;
struct log_source;
struct tree;

struct device_kind {
	struct store_kind store;

	/* The offset in struct guest_policy of the limit of streams or connectors. */
	size_t limit_offset;

	/* @return 0; -EINVAL, -ENOENT or -E2BIG (logged), or -ENOMEM. */
	int (*create)(struct engine **out, const struct device_env *env,
		      const struct guest_info *guest, uint16_t devid, const struct tree *config,
		      struct log_source *log);

	uint8_t kept_as; /* JOURNAL_*, for a kind whose engines can resume; else 0 */
};

/* For store_start(). */
extern const struct store_kind *const device_kinds[];

/* The key of the device in the journal; its kind is 0 when the device is not kept. */
void device_kind_key(const struct device_id *id, struct journal_key *key);

/*
 * Make the engine for a device as a view shows it, within what the policy leaves to the device.
 *
 * @param guest is filled in
 * @param log names the device and outlives the engine
 * @return as create().
 */
int device_kind_create(struct engine **out, const struct device_env *env,
		       const struct store_view *view, struct guest_info *guest,
		       struct log_source *log);

#endif
