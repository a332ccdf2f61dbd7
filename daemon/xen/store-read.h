/* SPDX-License-Identifier: MIT */
/* The store thread's reads: the search for devices, and views.  Blocks. */
#ifndef XENAVD_STORE_READ_H
#define XENAVD_STORE_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/store.h"

struct store_asker;
struct xs_handle;

/* Call found for every device of that kind with a backend directory. */
void store_scan(struct xs_handle *xs, uint16_t own_domid, const struct store_kind *kind,
		void (*found)(const struct device_id *id, void *data), void *data);

/* What of a device is to be read, as bits. */
enum {
	STORE_DOMAIN = 1 << 0,   /* is it alive? */
	STORE_DEVICE = 1 << 1,   /* does it exist? */
	STORE_STATE = 1 << 2,    /* ours */
	STORE_ONLINE = 1 << 3,   /* does the toolstack want it? */
	STORE_FRONTEND = 1 << 4, /* its state */
	STORE_NODES = STORE_DEVICE | STORE_STATE | STORE_ONLINE | STORE_FRONTEND,
	STORE_ALL = STORE_DOMAIN | STORE_NODES,
};

/* Read of our own directory what of it is in what; view->id says of which device. */
void store_read_device(struct store_asker *a, uint16_t own_domid, unsigned what,
		       struct store_view *view);

/* Read the state of the frontend; a hidden domain is alive while there is one. */
void store_read_frontend(struct store_asker *a, struct store_view *view);

/* Ask whether the domain is alive; when that is hidden, the frontend tells. */
void store_read_domain(struct store_asker *a, struct store_view *view);

/*
 * Read what the frontend has published, if it is needed; view->config becomes the caller's.
 *
 * @param stirs so often the frontend has written its state since its rings were read last: when
 * both ends are connected, one of them led from 3 to 4, and with more than that it may have
 * published other rings before
 * @param rings the ring nodes as read last, see store_rings_of(), or NULL: while they are unchanged
 * and we are connected, the rest of the configuration is not read again
 * @return whether the ring nodes were read
 */
bool store_read_published(struct store_asker *a, uint16_t own_domid, unsigned stirs,
			  const struct tree *rings, struct store_view *view);

#endif
