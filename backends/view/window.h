/* SPDX-License-Identifier: MIT */
/*
 * The window of a connector.  It shows the frames and says when they are done; a window that nobody
 * sees lets the guest go on at once.  It stays when its connector is gone, for one that comes back.
 */
#ifndef XENAV_VIEW_WINDOW_H
#define XENAV_VIEW_WINDOW_H

#include <SDL.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "view/picture.h"
#include "view/place.h"
#include "view/title.h"
#include "xenav.h"

struct window {
	LIST_ENTRY(window) next;
	struct xenav_connector *connector; /* NULL: gone */
	char *domain_name;                 /* these four say whose window it is */
	char *unique_id;
	uint32_t devid;
	uint32_t index;
	SDL_Window *sdl;
	SDL_Renderer *renderer;
	Uint32 id;
	struct picture picture;
	enum title_state state;
	bool is_driven; /* else the connector is watched only */
	bool is_grabbed;
	bool is_full;       /* full screen */
	struct size usual;  /* else, in SDL's coordinates */
	int refresh_hz;     /* that the connector was told; 0: none */
	bool is_waited_for; /* a frame has to be done */
	bool is_dirty;      /* what is on the screen is old */
	bool is_stale;      /* the picture is older than the guest's */
	int refused;        /* the last error of a frame that cannot be shown */
};

/**
 * Open a window for the connector.
 *
 * @param monitor for full screen; -1: not full screen
 * @return 0 and *window, -ENOMEM, or -EIO if SDL makes none: then SDL_GetError() has the reason.
 */
int window_open(struct window **window, struct xenav_connector *connector, int monitor);
void window_close(struct window *window);

/* Is it that connector's, or of one of the same place of the same guest, which is gone? */
bool window_is_of(const struct window *window, const struct xenav_connector_info *info);

/* The connector of a window is gone, or it is there again. */
void window_lose(struct window *window);
void window_find(struct window *window, struct xenav_connector *connector);

/* The connector shows this, or nothing. */
void window_frame(struct window *window, const struct xenav_frame *frame);
void window_blank(struct window *window);

/* The textures are lost: get the frame again. */
void window_reset(struct window *window);

/* The window was hidden or shown, moved to a monitor, or has another size. */
void window_change(struct window *window);

/* Draw it, if anything has changed. @return whether a frame is done with it. */
bool window_draw(struct window *window);

/* Take the keyboard, and with relative the pointer too, or give them back. */
void window_grab(struct window *window, bool grab, bool relative);

/* To full screen on the monitor where it is, or back. */
void window_toggle_fullscreen(struct window *window);

/* The pixel of the frame at a point, in SDL's coordinates. @return whether it is on the picture. */
bool window_pixel(const struct window *window, double x, double y, int32_t *frame_x,
		  int32_t *frame_y);

#endif
