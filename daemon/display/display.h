/* SPDX-License-Identifier: MIT */
/* A vdispl device: its connectors, connected and torn down together. */
#ifndef XENAVD_DISPLAY_H
#define XENAVD_DISPLAY_H

#include <stdint.h>

#include "display/connector.h"

struct engine;
struct event_base;
struct guest_info;
struct log_source;
struct supply;
struct tree;
struct xen;

/* The facts that all displays share; outlives them. */
struct display_env {
	const struct xen *xen;
	struct supply *supply;
	struct event_base *base;
	const struct connector_observer *observer;
	void *observer_data;
};

/*
 * Make a display from what its frontend has published.  log names the device and outlives the
 * display.
 *
 * @return 0; -EINVAL or -ENOENT when the configuration is malformed, -E2BIG when it has more
 * connectors than the guest's policy allows (logged); -ENOMEM.
 */
int display_create(struct engine **out, const struct display_env *env,
		   const struct guest_info *guest, uint16_t devid, const struct tree *config,
		   struct log_source *log);

#endif
