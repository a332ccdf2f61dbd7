/* SPDX-License-Identifier: MIT */
/*
 * Reads of a frontend's directory, which the guest fills: limited to the nodes that a device can
 * have.  Blocks.  The functions add the number of requests to xenstored to *requests.
 */
#ifndef XENAVD_STORE_CONFIG_H
#define XENAVD_STORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct device_id;
struct tree;
struct xs_handle;

/*
 * Read the whole directory, down to streams and connectors.
 *
 * @return 0; -E2BIG when it has more than TREE_MAX_NODES nodes or 100 directories; -ENOMEM.
 */
int store_read_config(struct xs_handle *xs, const struct device_id *id, struct tree **config,
		      uint32_t *requests);

/* A copy of the ring nodes of a configuration, the caller's to destroy; NULL without memory. */
struct tree *store_rings_of(const struct tree *config);

/* Do all ring nodes have the same values in the directory? */
bool store_same_rings(struct xs_handle *xs, const struct device_id *id, const struct tree *rings,
		      uint32_t *requests);

#endif
