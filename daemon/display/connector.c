/* SPDX-License-Identifier: MIT */
/* See connector.h. */
#include <config.h>

#include <errno.h>

#include "base/clock.h"
#include "display/connector.h"
#include "display/context.h"
#include "display/farewell.h"
#include "display/offers.h"
#include "display/screen.h"

_Static_assert(XENAV_REFRESH_MAX_NS <= FLIPS_HOLD_MS * NS_PER_MS,
	       "no consumer holds a guest longer");

void connector_get_info(const struct connector *conn, struct connector_info *info)
{
	*info = (struct connector_info){
		.guest = &conn->context->guest,
		.devid = conn->context->devid,
		.index = conn->index,
		.width_px = conn->published.width_px,
		.height_px = conn->published.height_px,
		.unique_id = conn->published.unique_id,
	};
}

void connector_get_status(const struct connector *conn, struct xenav_msg_status_connector *msg)
{
	const struct viewer_env *env = &conn->viewers.env;
	const struct picture *picture = &conn->picture;

	_Static_assert(VIEWER_WAYS == sizeof msg->frames / sizeof msg->frames[0], "the same ways");
	msg->when_ns = now_ns();
	msg->driven = viewers_has_driver(&conn->viewers);
	msg->watchers = (uint8_t)viewers_n_watchers(&conn->viewers);
	if (picture->gbuf) {
		msg->shown_width_px = picture->region.width_px;
		msg->shown_height_px = picture->region.height_px;
		msg->fourcc = picture->region.fourcc;
	}
	msg->refresh_ns = (uint32_t)conn->flips.period_ns;
	msg->requests = conn->channel.n_requests;
	msg->flips = conn->flips.n_flips;
	msg->events = conn->flips.n_events;
	for (unsigned i = 0; i < VIEWER_WAYS; i++)
		msg->frames[i] = env->n_frames[i];
	msg->copied_bytes = env->copied_bytes;
}

void connector_get_place(const struct connector *conn, struct connector_place *place)
{
	const struct picture *picture = &conn->picture;
	const bool shown = picture->gbuf != NULL;

	*place = (struct connector_place){
		.fb_cookie = shown ? picture->fb_cookie : 0,
		.x = shown ? conn->view.x_px : 0,
		.y = shown ? conn->view.y_px : 0,
		.width_px = shown ? picture->region.width_px : conn->published.width_px,
		.height_px = shown ? picture->region.height_px : conn->published.height_px,
	};
}

int connector_claim(struct connector *conn, enum xenav_mode mode,
		    const struct connector_listener *listener, uint32_t ways, void *data)
{
	return viewers_add(&conn->viewers, mode, listener, ways, data);
}

void connector_release(struct connector *conn, const void *data)
{
	const unsigned place = viewers_find(&conn->viewers, data);

	if (place == PLACES)
		return;
	if (place == PLACE_DRIVER)
		offers_end(conn->context->offers, conn->index);
	viewers_end(&conn->viewers, place);
	farewell_check(conn->context->farewells);
	if (place == PLACE_DRIVER) {
		monitor_forget(&conn->monitor);
		flips_refresh(&conn->flips, 0);
		flips_unclaimed(&conn->flips);
	}
	viewers_show(&conn->viewers);
}

static struct viewer *find(const struct connector *conn, const void *data)
{
	const unsigned place = viewers_find(&conn->viewers, data);

	return place < PLACES ? conn->viewers.all[place] : NULL;
}

void connector_ready(struct connector *conn, const void *data, bool again)
{
	struct viewer *viewer = find(conn, data);

	if (viewer)
		viewer_ready(viewer, again);
}

void connector_done(struct connector *conn, const void *data, uint64_t serial)
{
	struct viewer *viewer = find(conn, data);

	if (viewer)
		viewer_done(viewer, serial);
}

int connector_freed(struct connector *conn, const void *data, uint32_t index)
{
	struct viewer *viewer = find(conn, data);
	int rc;

	rc = viewer ? viewer_freed(viewer, index) : -EINVAL;
	if (rc == 0)
		farewell_check(conn->context->farewells);
	return rc;
}

int connector_edid(struct connector *conn, const struct xenav_msg_connector_edid *msg)
{
	if (!viewers_has_driver(&conn->viewers))
		return -EINVAL;
	return monitor_take(&conn->monitor, msg->index, msg->n_blocks, msg->block);
}

int connector_refresh(struct connector *conn, uint64_t period_ns)
{
	if (!viewers_has_driver(&conn->viewers))
		return -EINVAL;
	if (period_ns != 0 &&
	    (period_ns < XENAV_REFRESH_MIN_NS || period_ns > XENAV_REFRESH_MAX_NS))
		return -EINVAL;
	flips_refresh(&conn->flips, period_ns);
	return 0;
}

int connector_offer(struct connector *conn, uint32_t index, uint32_t size_bytes, int fd)
{
	if (!viewers_has_driver(&conn->viewers))
		return -EINVAL;
	return offers_put(conn->context->offers, conn->index, index, size_bytes, fd);
}
