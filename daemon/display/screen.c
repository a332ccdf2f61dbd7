/* SPDX-License-Identifier: MIT */
/* See screen.h. */
#include <config.h>

#include <errno.h>
#include <stddef.h>

#include "base/container.h"
#include "display/context.h"
#include "display/farewell.h"
#include "display/keeping.h"
#include "display/offers.h"
#include "display/screen.h"
#include "report/news.h"
#include "xen/xen.h"

void screen_init(struct connector *conn, struct display_context *context, uint8_t index,
		 const struct published_connector *published)
{
	conn->context = context;
	conn->index = index;
	conn->published = *published;
	monitor_init(&conn->monitor, &(struct edid_monitor){
					     .width_px = published->width_px,
					     .height_px = published->height_px,
					     .devid = context->devid,
					     .index = index,
					     .unique_id = conn->published.unique_id,
				     });
	viewers_init(&conn->viewers, &(struct viewer_env){
					     .context = context,
					     .index = index,
					     .picture = &conn->picture,
					     .flips = &conn->flips,
				     });
	farewells_add(context->farewells, &conn->viewers);
	flips_init(&conn->flips, context->env->xen->deadlines, &conn->channel);
}

static void report(struct status_source *source)
{
	const struct connector *conn = CONTAINER(source, struct connector, status);
	const struct display_context *context = conn->context;
	const struct viewer_env *env = &conn->viewers.env;
	const struct flips *flips = &conn->flips;

	status_line("connector domain=%u device=%u connector=%u driven=%d watchers=%u shown=%d "
		    "flips=%llu events=%llu copied_frames=%llu direct_frames=%llu "
		    "dmabuf_frames=%llu copied_bytes=%llu",
		    context->guest.domid, context->devid, conn->index,
		    viewers_has_driver(&conn->viewers), viewers_n_watchers(&conn->viewers),
		    conn->picture.gbuf != NULL, (unsigned long long)flips->n_flips,
		    (unsigned long long)flips->n_events, (unsigned long long)env->n_frames[0],
		    (unsigned long long)env->n_frames[1], (unsigned long long)env->n_frames[2],
		    (unsigned long long)env->copied_bytes);
}

void screen_report(struct connector *conn)
{
	status_add(&conn->status, report);
}

/* Copies under way are of an older epoch, and are not shown. */
static void hide(struct connector *conn)
{
	conn->picture.gbuf = NULL;
	conn->picture.epoch++;
}

void screen_stop(struct connector *conn)
{
	flips_finish(&conn->flips);
	hide(conn);
	conn->configured = false;
}

void screen_finish(struct connector *conn)
{
	screen_stop(conn);
	status_remove(&conn->status);
	offers_end(conn->context->offers, conn->index);
	for (unsigned i = 0; i < PLACES; i++)
		viewers_end(&conn->viewers, i);
	farewell_check(conn->context->farewells);
}

static void darken(struct connector *conn)
{
	if (!conn->picture.gbuf)
		return;
	hide(conn);
	/* A flip that no consumer will see is complete. */
	flips_complete(&conn->flips);
	keeping_screen(conn);
	viewers_blank(&conn->viewers);
	news_of(XENAV_EVENT_BLANK, conn, 0);
}

static int show(struct connector *conn, const struct fb *fb, const struct view *view)
{
	struct region region;
	int rc;

	rc = region_init(&region, &fb->shape, view, conn->published.width_px,
			 conn->published.height_px);
	if (rc < 0)
		return rc;
	if (!conn->picture.gbuf)
		news_of(XENAV_EVENT_SHOWN, conn, 0);
	conn->configured = true;
	conn->view = *view;
	conn->picture.fb_cookie = fb->cookie;
	conn->picture.gbuf = fb->gbuf;
	conn->picture.region = region;
	conn->picture.version++;
	return 0;
}

int screen_configure(struct connector *conn, const struct fb *fb, const struct view *view)
{
	int rc = show(conn, fb, view);

	if (rc == 0)
		keeping_screen(conn);
	return rc;
}

void screen_reset(struct connector *conn)
{
	conn->configured = false;
	darken(conn);
	keeping_screen(conn);
}

int screen_flip(struct connector *conn, const struct fb *fb)
{
	int rc;

	if (conn->flips.ended)
		return -ENODEV;
	if (!conn->configured)
		return -EINVAL;
	if (!flips_have_room(&conn->flips))
		return -EBUSY;
	rc = show(conn, fb, &conn->view);
	if (rc < 0)
		return rc;
	flips_add(&conn->flips, fb->cookie, conn->picture.version,
		  viewers_has_driver(&conn->viewers));
	conn->flip_born = channel_rsp_prod(&conn->channel) + 1;
	keeping_screen(conn);
	return 0;
}

int screen_recall(struct connector *conn, const struct fb *fb, const struct view *view,
		  bool configured)
{
	conn->configured = configured;
	conn->view = *view;
	return fb ? show(conn, fb, view) : 0;
}

void screen_forget(struct connector *conn, uint64_t fb_cookie)
{
	if (conn->picture.fb_cookie == fb_cookie)
		darken(conn);
}
