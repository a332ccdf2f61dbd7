/* SPDX-License-Identifier: MIT */
/* The store thread's reads and writes: the search for devices, views, our states.  Blocks. */
#ifndef XENAVD_STORE_READ_H
#define XENAVD_STORE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "xen/store.h"

struct xs_handle;

/* Call found for every device of these kinds with a backend directory. */
void store_scan(struct xs_handle *xs, uint16_t own_domid, const struct store_kind *const kinds[],
		void (*found)(const struct device_id *id, void *data), void *data);

/*
 * Is the device's domain alive?  A driver domain may not ask xenstored for that (*hidden): there a
 * domain is alive while the state of its frontend can be read.
 */
bool store_domain_alive(struct xs_handle *xs, const struct device_id *id, bool *hidden);

/*
 * Read the view of a device, except view->domain_gone; view->config becomes the caller's.
 *
 * @param stirred the frontend has written its state since the last view
 * @param rings the ring nodes as read last, see store_rings_of(), or NULL: while they are unchanged
 * and we are connected, the rest of the configuration is not read again
 * @param requests set to the number of requests to xenstored
 */
void store_read_view(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id,
		     bool stirred, const struct tree *rings, struct store_view *view,
		     uint32_t *requests);

/* For store_write(): only the features that are missing, see store-features.h. */
#define STORE_SAME_STATE XB_UNKNOWN

/*
 * Write our state of a device if it still has a directory, with the protocol versions if the state
 * is InitWait, and with error, unless NULL, in the device's error node.
 *
 * @param state one of xenbus.h, STORE_OFFER_ANEW or STORE_SAME_STATE
 * @return 0, -ENOENT when the device is gone, or another -errno.
 */
int store_write(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id, int state,
		const char *error);

#endif
