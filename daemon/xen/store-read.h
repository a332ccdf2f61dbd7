/* SPDX-License-Identifier: MIT */
/*
 * What the store thread reads and writes: the search for devices, the view of one, its state.
 * Blocks.
 */
#ifndef XENAVD_STORE_READ_H
#define XENAVD_STORE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "xen/store.h"

struct xs_handle;

/* Call found for every device of these kinds that has a backend directory. */
void store_scan(struct xs_handle *xs, uint16_t own_domid, const struct store_kind *const kinds[],
		void (*found)(const struct device_id *id, void *data), void *data);

/*
 * Does the device's domain live?  A driver domain is not told which domains there are (*hidden):
 * there one lives while the state of its frontend can be read.
 */
bool store_domain_alive(struct xs_handle *xs, const struct device_id *id, bool *hidden);

/*
 * What xenstore says of a device, but for view->domain_gone; view->config becomes the caller's.
 *
 * @param stirred the frontend has written its state since the last time
 * @param rings the ring nodes that were read last, see store_rings_of(), or NULL: as long as they
 * stand there and we are connected, the rest of the configuration is not read again
 * @param requests how many xenstored was asked for all of this
 */
void store_read_view(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id,
		     bool stirred, const struct tree *rings, struct store_view *view,
		     uint32_t *requests);

/*
 * Write our state of a device, if it still has a directory: with the versions of the protocol
 * before InitWait, and with an error, if not NULL, where xenbus keeps errors.
 *
 * @return 0, -ENOENT when the device is gone, or another -errno.
 */
int store_write(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id, int state,
		const char *error);

#endif
