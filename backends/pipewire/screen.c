/* SPDX-License-Identifier: MIT */
/* See screen.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "names.h"
#include "screen.h"
#include "video-node.h"

/* A node or claim that has failed is tried again after that time. */
#define RETRY_NS NS_PER_S

/* Programs that draw into the visible buffer report no change. */
#define REFRESH_NS (100 * NS_PER_MS)

/* A program that looks at a guest that shows nothing gets a black picture after that time. */
#define BLACK_NS (500 * NS_PER_MS)

/* A picture that does not change is shown again after that time: the graph may have lost it, above
 * all the first one, on its way to a program that has only begun to look. */
#define REPEAT_NS NS_PER_S

/* More is no picture; the memory of one is below 2^30 bytes. */
#define MAX_SIDE_PX 16384

/* Places that have changed are of no interest, only whether there are any. */
#define RECTS 1

struct screen {
	TAILQ_ENTRY(screen) link; /* app::screens */
	struct app *app;
	struct xenav_connector *c;
	struct names names;
	struct out out;
	struct video *video;
	struct picture picture;
	bool failed; /* the node is to be freed */
	bool said_failure;
	bool looked_at;    /* a program looks at the node */
	bool watching;     /* the connector is asked for */
	bool has_frame;    /* a frame is not done */
	bool shown;        /* the picture, since somebody looks */
	uint64_t retry_ns; /* no node, or no claim, before */
	uint64_t next_ns;  /* when the frame is done, or asked for again */
	uint64_t show_ns;  /* when the picture is shown, again or at last */
};

/* -------- the picture -------- */

/* The order of bytes in memory. */
static const uint8_t black[PICTURE_PIXEL_BYTES] = {0, 0, 0, 0xff};

static void fill_black(const struct picture *p)
{
	const size_t bytes = (size_t)p->width_px * p->height_px * PICTURE_PIXEL_BYTES;

	for (size_t i = 0; i < bytes; i += sizeof black)
		memcpy(p->pixels + i, black, sizeof black);
}

static int set_size(struct screen *screen, uint32_t width_px, uint32_t height_px)
{
	struct picture *p = &screen->picture;
	uint8_t *pixels;

	if (p->pixels && width_px == p->width_px && height_px == p->height_px)
		return 0;
	if (width_px == 0 || height_px == 0 || width_px > MAX_SIDE_PX || height_px > MAX_SIDE_PX)
		return -EINVAL;
	pixels = malloc((size_t)width_px * height_px * PICTURE_PIXEL_BYTES);
	if (!pixels)
		return -ENOMEM;
	free(p->pixels);
	*p = (struct picture){pixels, width_px, height_px};
	fill_black(p);
	screen->shown = false;
	if (screen->video)
		video_resize(screen->video);
	return 0;
}

static void show(struct screen *screen, uint64_t now_ns)
{
	if (!screen->video)
		return;
	screen->shown = true;
	screen->show_ns = now_ns + REPEAT_NS;
	video_show(screen->video);
}

/* When is the picture to be shown?  Soon if no buffer was free for it. */
static uint64_t show_due_ns(const struct screen *screen)
{
	if (video_is_waiting(screen->video))
		return screen->show_ns - REPEAT_NS + video_get_interval_ns(screen->video);
	return screen->show_ns;
}

static void warn_frame(struct screen *screen, int rc)
{
	if (!screen->said_failure)
		out_warn(&screen->out, "Cannot show the picture: %s", strerror(-rc));
	screen->said_failure = true;
}

void screen_on_frame(void *, struct xenav_connector *c, const struct xenav_frame *frame)
{
	struct screen *screen = xenav_connector_get_data(c);
	const uint64_t now_ns = monotonic_ns();
	struct xenav_rect rect;
	int rc;

	if (!screen)
		return;
	rc = set_size(screen, frame->width_px, frame->height_px);
	if (rc == 0)
		rc = xenav_frame_update(frame, screen->picture.pixels,
					(size_t)frame->width_px * PICTURE_PIXEL_BYTES, &rect,
					RECTS);
	if (rc < 0)
		warn_frame(screen, rc);
	else if (rc > 0 || !screen->shown)
		show(screen, now_ns);
	/* The next one comes when it is wanted. */
	screen->has_frame = true;
	screen->next_ns = now_ns + (screen->video ? video_get_interval_ns(screen->video) : 0);
}

void screen_on_blank(void *, struct xenav_connector *c)
{
	struct screen *screen = xenav_connector_get_data(c);

	if (!screen)
		return;
	fill_black(&screen->picture);
	show(screen, monotonic_ns());
}

/* -------- the claim -------- */

static void watch(struct screen *screen, uint64_t now_ns)
{
	screen->shown = false;
	screen->show_ns = now_ns + BLACK_NS;
	screen->next_ns = UINT64_MAX;
	screen->has_frame = false;
	screen->watching = xenav_connector_watch(screen->c) == 0;
	screen->retry_ns = now_ns + RETRY_NS;
}

static void stop_watching(struct screen *screen)
{
	if (screen->watching)
		xenav_connector_release(screen->c);
	screen->watching = false;
	screen->has_frame = false;
}

void screen_on_claim_failed(void *, struct xenav_connector *c, int error)
{
	struct screen *screen = xenav_connector_get_data(c);

	if (!screen)
		return;
	if (!screen->said_failure)
		out_warn(&screen->out, "Cannot watch the connector: %s", strerror(-error));
	screen->said_failure = true;
	screen->watching = false;
}

static uint64_t work_on_frames(struct screen *screen, uint64_t now_ns)
{
	if (now_ns >= show_due_ns(screen))
		show(screen, now_ns);
	if (now_ns >= screen->next_ns) {
		if (screen->has_frame)
			xenav_frame_done(screen->c);
		else
			xenav_frame_again(screen->c);
		screen->has_frame = false;
		screen->next_ns = now_ns + REFRESH_NS;
	}
	return show_due_ns(screen) < screen->next_ns ? show_due_ns(screen) : screen->next_ns;
}

/* -------- the node -------- */

static void on_looked_at(void *data, bool looked_at)
{
	struct screen *screen = data;

	out_say(&screen->out, looked_at ? "watched" : "no longer watched");
	screen->looked_at = looked_at;
	screen->said_failure = false;
	screen->retry_ns = 0;
	link_work_soon(screen->app->link);
}

static void on_failed(void *data, const char *error)
{
	struct screen *screen = data;

	if (screen->app->core)
		out_warn(&screen->out, "PipeWire does not take the video source: %s", error);
	screen->failed = true;
	screen->retry_ns = monotonic_ns() + RETRY_NS;
	link_work_soon(screen->app->link);
}

static void drop_node(struct screen *screen)
{
	stop_watching(screen);
	video_free(screen->video);
	screen->video = NULL;
	screen->looked_at = false;
	screen->failed = false;
}

static void make_node(struct screen *screen, uint64_t now_ns)
{
	const struct video_config config = {
		.core = screen->app->core,
		.names = &screen->names,
		.picture = &screen->picture,
		.max_fps = (uint32_t)screen->app->opt.max_fps,
		.data = screen,
		.looked_at = on_looked_at,
		.failed = on_failed,
	};
	int rc;

	rc = video_new(&screen->video, &config);
	if (rc == 0)
		return;
	screen->video = NULL;
	screen->retry_ns = now_ns + RETRY_NS;
	out_warn(&screen->out, "Cannot make a node: %s", strerror(-rc));
}

static uint64_t work_on_screen(struct screen *screen, uint64_t now_ns)
{
	if (screen->failed)
		drop_node(screen);
	if (!screen->app->core)
		return UINT64_MAX;
	if (!screen->video && now_ns < screen->retry_ns)
		return screen->retry_ns;
	if (!screen->video)
		make_node(screen, now_ns);
	if (!screen->video)
		return screen->retry_ns;
	if (!screen->looked_at)
		stop_watching(screen);
	else if (!screen->watching && now_ns >= screen->retry_ns)
		watch(screen, now_ns);
	if (screen->watching)
		return work_on_frames(screen, now_ns);
	return screen->looked_at ? screen->retry_ns : UINT64_MAX;
}

uint64_t screen_work(struct app *app, uint64_t now_ns)
{
	uint64_t next_ns = UINT64_MAX;
	struct screen *screen;

	TAILQ_FOREACH (screen, &app->screens, link) {
		const uint64_t when_ns = work_on_screen(screen, now_ns);

		next_ns = when_ns < next_ns ? when_ns : next_ns;
	}
	return next_ns;
}

void screen_on_down(struct app *app)
{
	struct screen *screen;

	TAILQ_FOREACH (screen, &app->screens, link) {
		drop_node(screen);
		screen->retry_ns = 0;
	}
}

/* -------- connectors -------- */

void screen_on_added(void *data, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);
	struct app *app = data;
	struct screen *screen;

	if (!app->opt.video ||
	    !selection_has_domain(&app->opt.common.selection, info->domid, info->domain_name) ||
	    !selection_has_object(&app->opt.common.selection, info->devid, info->unique_id))
		return;
	screen = calloc(1, sizeof *screen);
	if (!screen || set_size(screen, info->width_px, info->height_px) < 0) {
		out_warn(&app->out, "Out of memory: a connector is left out");
		free(screen);
		return;
	}
	screen->app = app;
	screen->c = c;
	names_of_connector(&screen->names, info);
	screen->out = (struct out){.label = screen->names.description, .quiet = app->out.quiet};
	xenav_connector_set_data(c, screen);
	TAILQ_INSERT_TAIL(&app->screens, screen, link);
}

static void forget(struct screen *screen)
{
	screen->watching = false;
	drop_node(screen);
	TAILQ_REMOVE(&screen->app->screens, screen, link);
	free(screen->picture.pixels);
	free(screen);
}

void screen_on_removed(void *, struct xenav_connector *c)
{
	struct screen *screen = xenav_connector_get_data(c);

	if (!screen)
		return;
	xenav_connector_set_data(c, NULL);
	forget(screen);
}

void screen_finish(struct app *app)
{
	while (!TAILQ_EMPTY(&app->screens))
		forget(TAILQ_FIRST(&app->screens));
}
