/* SPDX-License-Identifier: MIT */
/*
 * What a connector shows: the newest framebuffer that the guest has configured or flipped to, and
 * who is told of it.  See connector.h for the consumer's side.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "display/display-priv.h"

/* The guest has read events. */
static void on_room(struct channel *ch, void *owner)
{
	struct connector *conn = owner;

	flips_room(&conn->flips);
}

int connector_init(struct connector *conn, struct display *display, uint8_t index,
		   const struct connector_config *config)
{
	conn->display = display;
	conn->index = index;
	conn->config = *config;
	monitor_init(&conn->monitor, &(struct edid_monitor){
					     .width_px = config->width_px,
					     .height_px = config->height_px,
					     .devid = display->devid,
					     .index = index,
					     .unique_id = conn->config.unique_id,
				     });
	channel_init(&conn->channel, &config->refs, display_serve, on_room, conn);
	return flips_init(&conn->flips, display->env->base, &conn->channel);
}

void connector_finish(struct connector *conn)
{
	struct claim *claim = conn->claim;

	flips_finish(&conn->flips);
	conn->current = NULL;
	conn->configured = false;
	conn->claim = NULL;
	if (claim)
		claim_end(claim);
}

/* -------- the guest's side -------- */

/* Whatever is under way, nothing of it is to be seen. */
static void darken(struct connector *conn)
{
	if (!conn->current)
		return;
	conn->current = NULL;
	conn->epoch++;
	/* A flip that nobody will see is complete. */
	flips_complete(&conn->flips);
	if (conn->claim)
		claim_blank(conn->claim);
}

int connector_configure(struct connector *conn, struct fb *fb, const struct view *view)
{
	struct region region;
	int rc;

	rc = region_init(&region, &fb->shape, view, conn->config.width_px, conn->config.height_px);
	if (rc < 0)
		return rc;
	conn->configured = true;
	conn->view = *view;
	conn->current = fb;
	conn->region = region;
	conn->version++;
	return 0;
}

void connector_reset(struct connector *conn)
{
	conn->configured = false;
	darken(conn);
}

int connector_flip(struct connector *conn, struct fb *fb)
{
	int rc;

	if (!conn->configured)
		return -EINVAL;
	if (!flips_have_room(&conn->flips))
		return -EBUSY;
	rc = connector_configure(conn, fb, &conn->view);
	if (rc < 0)
		return rc;
	flips_add(&conn->flips, fb->cookie, conn->version, conn->claim != NULL);
	return 0;
}

void connector_show(struct connector *conn)
{
	if (conn->claim)
		claim_show(conn->claim);
}

void connector_forget(struct connector *conn, const struct fb *fb)
{
	if (conn->current == fb)
		darken(conn);
}

/* -------- the consumer's side -------- */

void connector_get_info(const struct connector *conn, struct connector_info *info)
{
	*info = (struct connector_info){
		.domid = conn->display->domid,
		.devid = conn->display->devid,
		.index = conn->index,
		.width_px = conn->config.width_px,
		.height_px = conn->config.height_px,
		.domain_name = conn->display->domain_name,
		.unique_id = conn->config.unique_id,
	};
}

int connector_claim(struct connector *conn, const struct connector_listener *listener, void *data)
{
	if (conn->claim)
		return -EBUSY;
	return claim_create(&conn->claim, conn, listener, data);
}

void connector_release(struct connector *conn)
{
	struct claim *claim = conn->claim;

	if (!claim)
		return;
	conn->claim = NULL;
	monitor_forget(&conn->monitor);
	claim_end(claim);
	flips_unclaimed(&conn->flips);
}

void connector_ready(struct connector *conn, bool again)
{
	if (conn->claim)
		claim_ready(conn->claim, again);
}

void connector_done(struct connector *conn, uint64_t serial)
{
	if (conn->claim)
		claim_done(conn->claim, serial);
}

int connector_edid(struct connector *conn, const struct xenav_msg_connector_edid *msg)
{
	if (!conn->claim)
		return -EINVAL;
	return monitor_take(&conn->monitor, msg->index, msg->n_blocks, msg->block);
}
