/* SPDX-License-Identifier: MIT */
/* See window.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "view/window.h"

/* Periods that xenav_connector_set_refresh() takes. */
#define REFRESH_MAX_HZ 1000
#define REFRESH_MIN_HZ 25

static struct size size_of(int width, int height)
{
	return (struct size){width > 0 ? (uint32_t)width : 0, height > 0 ? (uint32_t)height : 0};
}

static bool is_visible(const struct window *w)
{
	return !(SDL_GetWindowFlags(w->sdl) & (SDL_WINDOW_HIDDEN | SDL_WINDOW_MINIMIZED));
}

static void update_title(struct window *w)
{
	char title[TITLE_SIZE];

	title_make(title, w->domain_name, w->unique_id, w->state, w->is_grabbed);
	SDL_SetWindowTitle(w->sdl, title);
}

static void set_state(struct window *w, enum title_state state)
{
	if (w->state == state)
		return;
	w->state = state;
	w->is_dirty = true;
	update_title(w);
}

/* -------- opening and closing -------- */

/* The guest flips as often as the monitor of the window refreshes. */
static void set_refresh(struct window *w)
{
	const int monitor = SDL_GetWindowDisplayIndex(w->sdl);
	SDL_DisplayMode mode;

	if (!w->connector || !w->is_driven || monitor < 0 ||
	    SDL_GetCurrentDisplayMode(monitor, &mode) < 0 || mode.refresh_rate == w->refresh_hz ||
	    mode.refresh_rate < REFRESH_MIN_HZ || mode.refresh_rate > REFRESH_MAX_HZ)
		return;
	w->refresh_hz = mode.refresh_rate;
	xenav_connector_set_refresh(w->connector, (uint32_t)NS_PER_S / (uint32_t)mode.refresh_rate);
}

/* KMS flips pages, and waits for one only if it is asked to; others copy. */
static Uint32 renderer_flags(void)
{
	const char *driver = SDL_GetCurrentVideoDriver();

	return driver && SDL_strcasecmp(driver, "KMSDRM") == 0 ? SDL_RENDERER_PRESENTVSYNC : 0;
}

/* X may have no window manager, without which SDL does nothing for full screen: the window has the
 * size of the monitor anyhow. */
static int set_fullscreen(struct window *w, int monitor)
{
	SDL_Rect bounds;

	if (SDL_GetDisplayBounds(monitor, &bounds) < 0)
		return -EIO;
	SDL_SetWindowPosition(w->sdl, bounds.x, bounds.y);
	SDL_SetWindowSize(w->sdl, bounds.w, bounds.h);
	if (SDL_SetWindowFullscreen(w->sdl, SDL_WINDOW_FULLSCREEN_DESKTOP) < 0)
		return -EIO;
	w->is_full = true;
	return 0;
}

static int leave_fullscreen(struct window *w)
{
	if (SDL_SetWindowFullscreen(w->sdl, 0) < 0)
		return -EIO;
	SDL_SetWindowSize(w->sdl, (int)w->usual.width_px, (int)w->usual.height_px);
	SDL_SetWindowPosition(w->sdl, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED);
	w->is_full = false;
	return 0;
}

/* A window has its size from the beginning: the first picture of SDL's software renderer would be
 * cut to the size before. */
static int make(struct window *w, const struct xenav_connector_info *info, int monitor)
{
	SDL_Rect place = {.x = (int)SDL_WINDOWPOS_UNDEFINED, .y = (int)SDL_WINDOWPOS_UNDEFINED};
	SDL_Rect room;

	w->usual = (struct size){info->width_px, info->height_px};
	if (SDL_GetDisplayUsableBounds(monitor >= 0 ? monitor : 0, &room) == 0)
		w->usual = place_shrink(w->usual, size_of(room.w, room.h));
	place.w = (int)w->usual.width_px;
	place.h = (int)w->usual.height_px;
	if (monitor >= 0 && SDL_GetDisplayBounds(monitor, &place) < 0)
		return -EIO;
	w->sdl = SDL_CreateWindow("xenav-view", place.x, place.y, place.w, place.h,
				  SDL_WINDOW_HIDDEN | SDL_WINDOW_RESIZABLE |
					  SDL_WINDOW_ALLOW_HIGHDPI);
	if (!w->sdl)
		return -EIO;
	w->renderer = SDL_CreateRenderer(w->sdl, -1, renderer_flags());
	if (!w->renderer)
		return -EIO;
	w->id = SDL_GetWindowID(w->sdl);
	update_title(w);
	SDL_ShowWindow(w->sdl);
	return monitor >= 0 ? set_fullscreen(w, monitor) : 0;
}

int window_open(struct window **window, struct xenav_connector *connector, int monitor)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(connector);
	struct window *w = calloc(1, sizeof *w);
	int rc;

	if (!w)
		return -ENOMEM;
	w->connector = connector;
	w->devid = info->devid;
	w->index = info->connector;
	w->domain_name = strdup(info->domain_name);
	w->unique_id = strdup(info->unique_id);
	w->state = TITLE_BLANK;
	w->is_dirty = true;
	rc = w->domain_name && w->unique_id ? make(w, info, monitor) : -ENOMEM;
	if (rc < 0)
		window_close(w);
	else
		*window = w;
	return rc;
}

void window_close(struct window *w)
{
	picture_forget(&w->picture);
	if (w->renderer)
		SDL_DestroyRenderer(w->renderer);
	if (w->sdl)
		SDL_DestroyWindow(w->sdl);
	free(w->domain_name);
	free(w->unique_id);
	free(w);
}

/* -------- its connector -------- */

bool window_is_of(const struct window *w, const struct xenav_connector_info *info)
{
	return w->devid == info->devid && w->index == info->connector &&
	       strcmp(w->domain_name, info->domain_name) == 0 &&
	       strcmp(w->unique_id, info->unique_id) == 0;
}

void window_lose(struct window *w)
{
	w->connector = NULL;
	w->is_driven = w->is_waited_for = false;
	set_state(w, TITLE_GONE);
}

void window_find(struct window *w, struct xenav_connector *connector)
{
	w->connector = connector;
	w->refused = 0;
	w->refresh_hz = 0;
	set_refresh(w);
}

/* -------- what it shows -------- */

static void done(struct window *w)
{
	if (w->is_waited_for && w->connector)
		xenav_frame_done(w->connector);
	w->is_waited_for = false;
}

/* A guest may show such frames without end: each kind of error is told once. */
static void refuse(struct window *w, const struct xenav_frame *frame, int error)
{
	if (w->refused != error)
		fprintf(stderr, "xenav-view: Cannot show a frame of format 0x%08x, %ux%u: %s\n",
			(unsigned int)frame->fourcc, (unsigned int)frame->width_px,
			(unsigned int)frame->height_px, strerror(-error));
	w->refused = error;
}

void window_frame(struct window *w, const struct xenav_frame *frame)
{
	int rc;

	w->is_waited_for = true;
	if (!is_visible(w)) {
		w->is_stale = true;
		done(w);
		return;
	}
	rc = picture_update(&w->picture, w->renderer, frame);
	if (rc < 0) {
		refuse(w, frame, rc);
		done(w);
		return;
	}
	w->is_stale = false;
	w->is_dirty = true;
	set_state(w, TITLE_SHOWN);
}

void window_blank(struct window *w)
{
	picture_forget(&w->picture);
	w->is_dirty = true;
	set_state(w, TITLE_BLANK);
}

void window_reset(struct window *w)
{
	picture_forget(&w->picture);
	w->is_dirty = true;
	if (w->connector)
		xenav_frame_again(w->connector);
}

void window_change(struct window *w)
{
	w->is_dirty = true;
	set_refresh(w);
	if (w->is_stale && w->connector && is_visible(w)) {
		w->is_stale = false;
		xenav_frame_again(w->connector);
	}
}

static struct size output_size(const struct window *w)
{
	int width = 0, height = 0;

	SDL_GetRendererOutputSize(w->renderer, &width, &height);
	return size_of(width, height);
}

bool window_draw(struct window *w)
{
	const bool is_done = w->is_waited_for;

	if (w->is_dirty && is_visible(w)) {
		picture_draw(&w->picture, w->renderer, output_size(w), w->state == TITLE_GONE);
		SDL_RenderPresent(w->renderer);
		w->is_dirty = false;
	}
	done(w);
	return is_done;
}

/* -------- what its user does -------- */

void window_grab(struct window *w, bool grab, bool relative)
{
	SDL_SetWindowKeyboardGrab(w->sdl, grab ? SDL_TRUE : SDL_FALSE);
	SDL_SetRelativeMouseMode(grab && relative ? SDL_TRUE : SDL_FALSE);
	if (w->is_grabbed == grab)
		return;
	w->is_grabbed = grab;
	update_title(w);
}

void window_toggle_fullscreen(struct window *w)
{
	const int monitor = SDL_GetWindowDisplayIndex(w->sdl);
	const int rc =
		w->is_full ? leave_fullscreen(w) : set_fullscreen(w, monitor < 0 ? 0 : monitor);

	if (rc < 0)
		fprintf(stderr, "xenav-view: Cannot change to full screen: %s\n", SDL_GetError());
	w->is_dirty = true;
	if (w->connector)
		xenav_frame_again(w->connector);
}

bool window_pixel(const struct window *w, double x, double y, int32_t *frame_x, int32_t *frame_y)
{
	const struct size output = output_size(w);
	const struct place place = place_fit(w->picture.size, output);
	int width = 0, height = 0;

	SDL_GetWindowSize(w->sdl, &width, &height);
	if (width > 0 && height > 0) {
		x = x * output.width_px / width;
		y = y * output.height_px / height;
	}
	return place_find(&place, w->picture.size, x, y, frame_x, frame_y);
}
