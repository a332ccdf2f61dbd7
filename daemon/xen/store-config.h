/* SPDX-License-Identifier: MIT */
/*
 * Reads of a frontend's directory, which the guest fills: limited to the nodes that a device can
 * have.  Blocks.
 */
#ifndef XENAVD_STORE_CONFIG_H
#define XENAVD_STORE_CONFIG_H

#include <stdbool.h>

struct device_id;
struct store_asker;
struct tree;

/*
 * Read the directory, down to streams and connectors, without what is never followed or is no
 * configuration: backend, backend-id, state.
 *
 * @return 0; -E2BIG when it has more than TREE_MAX_NODES nodes or 100 directories; -ENOMEM.
 */
int store_read_config(struct store_asker *a, const struct device_id *id, struct tree **config);

/* A copy of the ring nodes of a configuration, the caller's to destroy; NULL without memory. */
struct tree *store_rings_of(const struct tree *config);

/* Do all ring nodes have the same values in the directory? */
bool store_same_rings(struct store_asker *a, const struct device_id *id, const struct tree *rings);

#endif
