/* SPDX-License-Identifier: MIT */
/*
 * The features of kbdif: what a backend offers stands in its own directory, some of it written by
 * the toolstack and the rest by us.  Linux reads it once, when its driver finds the device. Blocks.
 */
#ifndef XENAVD_STORE_FEATURES_H
#define XENAVD_STORE_FEATURES_H

#include <stdint.h>
#include <xenstore.h>

struct device_id;
struct store_asker;
struct tree;

/* The frontend directories that hold the guest's screens. */
#define STORE_SCREENS "vdispl"

/* The guest's connectors side by side; zero without any. */
struct store_box {
	uint32_t width_px;
	uint32_t height_px;
};

/* The box of the connectors in a domain's vdispl directories, which are the guest's: at most four
 * displays of 16 connectors count, with resolutions that could be served. */
struct store_box store_read_box(struct xs_handle *xs, uint16_t domid);

/*
 * Write the features that the toolstack has left open, unless the frontend has read them already:
 * an absolute pointer, with the box as its range.
 *
 * @return 0 or -errno.
 */
int store_write_features(struct xs_handle *xs, xs_transaction_t t, uint16_t own_domid,
			 const struct device_id *id, const struct store_box *box);

/* Before the names of features in a frontend's configuration; no path of xenstore has a colon. */
#define STORE_FEATURE "backend:"

/*
 * Add the nodes of our own directory to a frontend's configuration.
 *
 * @return 0; -E2BIG for more of them than there can be, -ENOMEM.
 */
int store_read_features(struct store_asker *a, uint16_t own_domid, const struct device_id *id,
			struct tree *config);

#endif
