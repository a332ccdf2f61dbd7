/* SPDX-License-Identifier: MIT */
/*
 * What the store thread reads of a frontend's directory, which is the guest's to fill: no more than
 * any device has, and no more often than it has changed.  Blocks.  The functions add to *requests
 * how many xenstored was asked.
 */
#ifndef XENAVD_STORE_CONFIG_H
#define XENAVD_STORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct device_id;
struct tree;
struct xs_handle;

/*
 * The whole directory, down to streams and connectors.
 *
 * @return 0; -E2BIG when it has more than TREE_MAX_NODES nodes or 100 directories; -ENOMEM.
 */
int store_read_config(struct xs_handle *xs, const struct device_id *id, struct tree **config,
		      uint32_t *requests);

/* The ring nodes of a configuration; the caller's to destroy.  NULL without memory. */
struct tree *store_rings_of(const struct tree *config);

/* Do all of these ring nodes still stand in the directory as they are here? */
bool store_same_rings(struct xs_handle *xs, const struct device_id *id, const struct tree *rings,
		      uint32_t *requests);

#endif
