/* SPDX-License-Identifier: MIT */
/*
 * What a connector shows: the newest framebuffer that the guest has configured or flipped to, and
 * who is told of it.  See connector.h for the consumer's side.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "display/display-priv.h"

_Static_assert(XENAV_REFRESH_MAX_NS <= FLIPS_HOLD_MS * NS_PER_MS,
	       "no consumer holds a guest longer");

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

static void report(struct status_source *source)
{
	const struct connector *conn = CONTAINER(source, struct connector, status);
	const struct flips *flips = &conn->flips;
	unsigned n_watchers = 0;

	for (unsigned i = CONNECTOR_DRIVER + 1; i < CONNECTOR_MAX_CLAIMS; i++)
		n_watchers += conn->claims[i] != NULL;
	status_line("connector domain=%u device=%u connector=%u driven=%d watchers=%u shown=%d "
		    "flips=%llu events=%llu copied_frames=%llu direct_frames=%llu "
		    "dmabuf_frames=%llu copied_bytes=%llu",
		    conn->display->guest.domid, conn->display->devid, conn->index,
		    conn->claims[CONNECTOR_DRIVER] != NULL, n_watchers, conn->current != NULL,
		    (unsigned long long)flips->n_flips, (unsigned long long)flips->n_events,
		    (unsigned long long)conn->n_frames[0], (unsigned long long)conn->n_frames[1],
		    (unsigned long long)conn->n_frames[2], (unsigned long long)conn->copied_bytes);
}

void connector_report(struct connector *conn)
{
	status_add(&conn->status, report);
}

static void end_claim(struct connector *conn, unsigned i)
{
	struct claim *claim = conn->claims[i];

	conn->claims[i] = NULL;
	if (i == CONNECTOR_DRIVER)
		offers_end(conn);
	if (!claim)
		return;
	claim_end(claim);
	farewell_check(conn->display);
}

void connector_stop(struct connector *conn)
{
	flips_finish(&conn->flips);
	conn->current = NULL;
	conn->configured = false;
	conn->epoch++;
}

void connector_finish(struct connector *conn)
{
	connector_stop(conn);
	status_remove(&conn->status);
	for (unsigned i = 0; i < CONNECTOR_MAX_CLAIMS; i++)
		end_claim(conn, i);
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
	for (unsigned i = 0; i < CONNECTOR_MAX_CLAIMS; i++)
		if (conn->claims[i])
			claim_blank(conn->claims[i]);
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

	if (conn->flips.ended)
		return -ENODEV;
	if (!conn->configured)
		return -EINVAL;
	if (!flips_have_room(&conn->flips))
		return -EBUSY;
	rc = connector_configure(conn, fb, &conn->view);
	if (rc < 0)
		return rc;
	flips_add(&conn->flips, fb->cookie, conn->version, conn->claims[CONNECTOR_DRIVER] != NULL);
	return 0;
}

static void show_driver(struct connector *conn)
{
	if (conn->claims[CONNECTOR_DRIVER])
		claim_show(conn->claims[CONNECTOR_DRIVER]);
}

/* All have their turn, however fast the first ones are. */
static void show_watchers(struct connector *conn)
{
	const unsigned last = conn->last_watcher;

	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		const unsigned at = CONNECTOR_DRIVER + 1 + (last + i) % XENAV_MAX_WATCHERS;
		const bool copying = conn->copying;

		if (conn->claims[at])
			claim_show(conn->claims[at]);
		if (conn->copying && !copying)
			conn->last_watcher = at;
	}
}

void connector_show(struct connector *conn)
{
	show_driver(conn);
	show_watchers(conn);
}

/* The worker is free for the next copy: the driver has every other turn. */
static void on_copied(struct connector *conn, bool was_driver)
{
	if (!was_driver)
		show_driver(conn);
	show_watchers(conn);
	show_driver(conn);
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
		.guest = &conn->display->guest,
		.devid = conn->display->devid,
		.index = conn->index,
		.width_px = conn->config.width_px,
		.height_px = conn->config.height_px,
		.unique_id = conn->config.unique_id,
	};
}

int connector_claim(struct connector *conn, const struct connector_listener *listener,
		    uint32_t ways, void *data)
{
	struct claim **place = &conn->claims[CONNECTOR_DRIVER];

	return *place ? -EBUSY : claim_create(place, conn, true, on_copied, listener, ways, data);
}

int connector_watch(struct connector *conn, const struct connector_listener *listener,
		    uint32_t ways, void *data)
{
	for (unsigned i = CONNECTOR_DRIVER + 1; i < CONNECTOR_MAX_CLAIMS; i++)
		if (!conn->claims[i])
			return claim_create(&conn->claims[i], conn, false, on_copied, listener,
					    ways, data);
	return -EUSERS;
}

/* CONNECTOR_MAX_CLAIMS: there is none. */
static unsigned place_of(const struct connector *conn, const void *data)
{
	unsigned i = 0;

	while (i < CONNECTOR_MAX_CLAIMS && !(conn->claims[i] && claim_is(conn->claims[i], data)))
		i++;
	return i;
}

void connector_release(struct connector *conn, const void *data)
{
	const unsigned i = place_of(conn, data);

	if (i == CONNECTOR_MAX_CLAIMS)
		return;
	end_claim(conn, i);
	if (i == CONNECTOR_DRIVER) {
		monitor_forget(&conn->monitor);
		flips_refresh(&conn->flips, 0);
		flips_unclaimed(&conn->flips);
	}
	connector_show(conn);
}

void connector_ready(struct connector *conn, const void *data, bool again)
{
	const unsigned i = place_of(conn, data);

	if (i < CONNECTOR_MAX_CLAIMS)
		claim_ready(conn->claims[i], again);
}

void connector_done(struct connector *conn, const void *data, uint64_t serial)
{
	const unsigned i = place_of(conn, data);

	if (i < CONNECTOR_MAX_CLAIMS)
		claim_done(conn->claims[i], serial);
}

int connector_freed(struct connector *conn, const void *data, uint32_t index)
{
	const unsigned i = place_of(conn, data);

	int rc;

	if (i == CONNECTOR_MAX_CLAIMS)
		return -EINVAL;
	rc = claim_freed(conn->claims[i], index);
	if (rc == 0)
		farewell_check(conn->display);
	return rc;
}

int connector_edid(struct connector *conn, const struct xenav_msg_connector_edid *msg)
{
	if (!conn->claims[CONNECTOR_DRIVER])
		return -EINVAL;
	return monitor_take(&conn->monitor, msg->index, msg->n_blocks, msg->block);
}

int connector_refresh(struct connector *conn, uint64_t period_ns)
{
	if (!conn->claims[CONNECTOR_DRIVER])
		return -EINVAL;
	if (period_ns != 0 &&
	    (period_ns < XENAV_REFRESH_MIN_NS || period_ns > XENAV_REFRESH_MAX_NS))
		return -EINVAL;
	flips_refresh(&conn->flips, period_ns);
	return 0;
}
