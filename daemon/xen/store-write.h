/* SPDX-License-Identifier: MIT */
/* The store thread's writes: our states, and what belongs to them.  Blocks. */
#ifndef XENAVD_STORE_WRITE_H
#define XENAVD_STORE_WRITE_H

#include <stdint.h>

#include "xen/store.h"

struct xs_handle;

/* For store_write(): only the features that are missing, see store-features.h. */
#define STORE_SAME_STATE XB_UNKNOWN

/*
 * Write our state of a device, with the protocol versions or features if the state is InitWait, and
 * with error, unless NULL, in the device's error node.
 *
 * A directory that is gone comes back with a state in it, unless features are written.  The caller
 * writes to directories that it has seen, and calls store_remove_revived() if it finds that the
 * toolstack was quicker.
 *
 * @param state one of xenbus.h, STORE_SAME_STATE, or STORE_OFFER_ANEW, which is for kinds with
 * features; others get an ordinary offer
 * @return 0, -ENOENT when features are to be written and the device is gone, or another -errno.
 */
int store_write(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id, int state,
		const char *error);

/* Remove the directory of a device, and the one above if that empties it, unless it is a device's
 * again.  @return 0 or -errno. */
int store_remove_revived(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id);

#endif
