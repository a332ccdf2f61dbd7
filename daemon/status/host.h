/* SPDX-License-Identifier: MIT */
/* The facts that a Xen host has for the status: its devices, and what its guests cost. */
#ifndef XENAVD_STATUS_HOST_H
#define XENAVD_STATUS_HOST_H

#include <stdint.h>

#include "consumer/host.h"

struct registry;
struct supply;
struct xen;

/* All outlive it. */
struct xen_host {
	struct status_host ops; /* for server_set_host() */
	const struct registry *registry;
	const struct supply *supply;
	const struct xen *xen;
	uint16_t domid; /* our own; 0 until xenstored is reached */
	uint64_t start_ns;
};

/* Fill in ops and the time of the start; the rest is the caller's. */
void xen_host_init(struct xen_host *host);

#endif
