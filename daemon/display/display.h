/* SPDX-License-Identifier: MIT */
/* A vdispl device: its connectors, connected and torn down together. */
#ifndef XENAVD_DISPLAY_H
#define XENAVD_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "display/connector.h"
#include "xen/channel.h"

struct display;
struct event_base;
struct guest_info;
struct supply;
struct tree;

/* What all displays share; outlives them. */
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
int display_create(struct display **out, const struct display_env *env,
		   const struct guest_info *guest, uint16_t devid, const struct tree *config,
		   struct log_source *log);

/*
 * Map the rings and start serving; connected comes later with 0 or a -errno, broke when the
 * frontend breaks a ring (the caller then disconnects).
 */
void display_connect(struct display *display, void (*connected)(void *data, int rc),
		     void (*broke)(void *data), void *data);

unsigned display_n_connectors(const struct display *display);

/* Has the guest no display buffer? */
bool display_idle(const struct display *display);

/*
 * To be called before the frontend is told to let go: no flip event comes after this, because Linux
 * does not survive one while it takes its screens down.  What waits is complete, and no more flips
 * are taken.  Idempotent.
 */
void display_end_flips(struct display *display);

/* Tear everything down from any state, free the display, then call gone (connected and broke will
 * not be called any more). */
void display_disconnect(struct display *display, void (*gone)(void *data), void *data);

#endif
