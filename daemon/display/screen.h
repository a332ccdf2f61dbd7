/* SPDX-License-Identifier: MIT */
/*
 * A connector from the guest's side: it shows the newest framebuffer that the guest has configured
 * or flipped to.  connector.h has the consumer's side.
 */
#ifndef XENAVD_SCREEN_H
#define XENAVD_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "display/flips.h"
#include "display/geometry.h"
#include "display/monitor.h"
#include "display/picture.h"
#include "display/published.h"
#include "display/viewers.h"
#include "report/status.h"
#include "xen/channel.h"

struct display_context;
struct journal_slot;

struct connector {
	struct display_context *context;
	uint8_t index;
	struct published_connector published;
	struct channel channel;
	struct flips flips;

	bool configured;
	struct view view;
	struct picture picture;
	struct journal_slot *slot; /* see keeping.h */
	uint32_t flip_born;        /* the response to the last PG_FLIP */

	struct monitor monitor;
	struct viewers viewers;
	struct status_source status;
};

/* The channel is left to request_init(). */
void screen_init(struct connector *conn, struct display_context *context, uint8_t index,
		 const struct published_connector *published);

/* Put the connector into the status until screen_finish(). */
void screen_report(struct connector *conn);

/* Show nothing any more and send no events, but keep the claims; idempotent. */
void screen_stop(struct connector *conn);

/* screen_stop(), and end all claims; idempotent. */
void screen_finish(struct connector *conn);

/* SET_CONFIG. @return 0, or -EINVAL when nothing of the framebuffer is visible. */
int screen_configure(struct connector *conn, const struct fb *fb, const struct view *view);

/* SET_CONFIG with nothing in it. */
void screen_reset(struct connector *conn);

/* PG_FLIP. @return 0, -EINVAL without a configuration or when nothing of the framebuffer is
 * visible, -EBUSY when the guest has too many events to read first, -ENODEV after
 * flips_end(). */
int screen_flip(struct connector *conn, const struct fb *fb);

/* Show what was shown before a restart: fb, or with NULL nothing. @return as screen_configure(). */
int screen_recall(struct connector *conn, const struct fb *fb, const struct view *view,
		  bool configured);

/* The framebuffer of that cookie is dropped. */
void screen_forget(struct connector *conn, uint64_t fb_cookie);

#endif
