/* SPDX-License-Identifier: MIT */
/*
 * xenav-view shows the screens of guests in windows, takes keys, pointer and fingers there, and
 * plays the guests' sound.
 *
 * guests.c listens to libxenav, and events.c to SDL; window.c shows, inputs.c feeds and sound.c
 * plays.  All of it happens in SDL's event loop in the main thread, which wake.c wakes for
 * libxenav; only samples are taken in threads of SDL.  shot.c needs none of it.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <SDL.h>

#include "view/events.h"
#include "view/guests.h"
#include "view/shot.h"
#include "view/view.h"
#include "view/xlib.h"

/* Events between two looks at the windows. */
#define MAX_EVENTS 256

/* -------- SDL -------- */

/* Xlib calls exit() when the X server is gone. */
static bool is_running;

static void say_gone(void)
{
	if (is_running)
		fputs("xenav-view: Lost the display server\n", stderr);
}

static void set_hints(void)
{
	SDL_SetHint(SDL_HINT_APP_NAME, "xenav-view");
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	SDL_SetHint(SDL_HINT_QUIT_ON_LAST_WINDOW_CLOSE, "0");
	SDL_SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
	SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");
	/* SDL's software renderer would draw through OpenGL, which is slow without a card. */
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
	SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
}

static int start_video(const struct view_options *o)
{
	const char *driver;

	set_hints();
	xlib_forgive_late_events();
	if (SDL_Init(SDL_INIT_VIDEO) < 0) {
		fprintf(stderr, "xenav-view: Cannot open a display: %s\n", SDL_GetError());
		return -EIO;
	}
	/* Without any display SDL is content with one that nobody sees. */
	driver = SDL_GetCurrentVideoDriver();
	if (!SDL_getenv("SDL_VIDEODRIVER") &&
	    (SDL_strcasecmp(driver, "offscreen") == 0 || SDL_strcasecmp(driver, "dummy") == 0)) {
		fputs("xenav-view: Cannot open a display: there is none\n", stderr);
		return -ENODEV;
	}
	SDL_EnableScreenSaver();
	/* An input method would keep keys from the guest. */
	SDL_StopTextInput();
	if (o->monitor >= SDL_GetNumVideoDisplays()) {
		fprintf(stderr, "xenav-view: There is no monitor %d; the last one is %d\n",
			o->monitor, SDL_GetNumVideoDisplays() - 1);
		return -ENODEV;
	}
	return 0;
}

/* SDL polls a thousand times a second while it has no window to be woken through. */
static SDL_Window *make_anchor(void)
{
	const char *driver = SDL_GetCurrentVideoDriver();

	if (SDL_strcasecmp(driver, "x11") != 0 && SDL_strcasecmp(driver, "wayland") != 0)
		return NULL;
	return SDL_CreateWindow("xenav-view", 0, 0, 1, 1, SDL_WINDOW_HIDDEN);
}

static void start_audio(struct view *v)
{
	if (v->o->no_sound)
		return;
	v->has_audio = SDL_InitSubSystem(SDL_INIT_AUDIO) == 0;
	if (!v->has_audio && !v->o->common.quiet)
		fprintf(stderr, "xenav-view: No sound: %s\n", SDL_GetError());
}

/* -------- the run -------- */

static void send(struct view *v)
{
	struct window *w;
	bool any;

	any = inputs_flush(&v->inputs);
	LIST_FOREACH (w, &v->windows, next)
		any |= window_draw(w);
	/* Messages that the socket did not take go out in a turn of the link. */
	if (any && link_get(v->link) && (xenav_get_events(link_get(v->link)) & POLLOUT))
		link_work_soon(v->link);
}

static void serve(struct view *v)
{
	SDL_Event event;

	while (!v->is_over) {
		unsigned int n = 0;

		if (!SDL_WaitEvent(&event)) {
			fprintf(stderr, "xenav-view: Lost the display server: %s\n",
				SDL_GetError());
			view_end(v, EXIT_LOST);
			return;
		}
		do
			events_handle(v, &event);
		while (!v->is_over && ++n < MAX_EVENTS && SDL_PollEvent(&event));
		events_show_pointer(v);
		send(v);
	}
}

static int run(const struct view_options *o)
{
	struct view v = {.o = o, .exit_code = EXIT_LOST};
	const struct link_config config = {
		.program = "xenav-view",
		.socket = o->common.socket,
		.patience_s = o->common.patience_s,
		.reconnect = o->common.reconnect,
		.quiet = o->common.quiet,
		.listener = &guests_listener,
		.data = &v,
		.work = guests_work,
		.lost = guests_lost,
	};
	SDL_Window *anchor;
	int rc;

	v.sounds.is_quiet = o->common.quiet;
	v.sounds.is_watching = o->common.watch;
	if (link_open(&v.link, &config) < 0)
		return EXIT_LOST;
	start_audio(&v);
	anchor = make_anchor();
	rc = wake_start(&v.wake, link_get_fd(v.link));
	if (rc < 0)
		fprintf(stderr, "xenav-view: Cannot start: %s\n", strerror(-rc));
	else
		serve(&v);
	wake_stop(v.wake);
	sounds_clear(&v.sounds);
	inputs_clear(&v.inputs);
	guests_clear(&v);
	link_close(v.link);
	if (anchor)
		SDL_DestroyWindow(anchor);
	return v.exit_code;
}

int main(int argc, char **argv)
{
	struct view_options o;
	int rc;

	rc = options_parse(&o, argc, argv);
	if (rc != ARGS_GO_ON)
		return rc;
	wake_block_signals();
	if (o.screenshot)
		return shot_take(&o);
	atexit(say_gone);
	is_running = true;
	rc = start_video(&o) == 0 ? run(&o) : EXIT_LOST;
	is_running = false;
	SDL_Quit();
	return rc;
}
