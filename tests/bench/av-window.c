/* SPDX-License-Identifier: MIT */
/* When a window of the X server flashes, see av.h: a thread looks, with a connection of its own. */
#include <config.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/av.h"
#include "view/x11.h"

#include <X11/Xutil.h>

#define EVERY_MS 1

struct av_window {
	Display *display;
	Window window;
	pthread_t thread;
	atomic_bool stop;
	struct av_events flashes;
};

static bool is_flash(const struct av_window *w)
{
	XImage *image = XGetImage(w->display, w->window, AV_WIDTH / 2, AV_HEIGHT / 2, 1, 1,
				  AllPlanes, ZPixmap);
	const bool is = image && (XGetPixel(image, 0, 0) & 0xffffff) == AV_FLASH;

	if (image)
		XDestroyImage(image);
	return is;
}

static void *look(void *data)
{
	struct av_window *w = data;
	bool was = false;

	while (!atomic_load(&w->stop)) {
		const bool is = is_flash(w);

		if (is && !was && w->flashes.n < AV_EVENTS)
			w->flashes.when_ns[w->flashes.n++] = now_ns();
		was = is;
		poll(NULL, 0, EVERY_MS);
	}
	return NULL;
}

static Window found;

static bool is_there(void *title)
{
	found = x11_find(title);
	return found != 0;
}

/* A window of another colour than that of the dark screen has nothing of it yet. */
static bool is_dark(void *)
{
	return x11_pixel(found, AV_WIDTH / 2, AV_HEIGHT / 2) == 0;
}

struct av_window *av_window_open(const char *title)
{
	struct av_window *w = calloc(1, sizeof *w);

	assert_non_null(w);
	assert_true(guest_run_until(&av_guest.guest, is_there, (void *)(uintptr_t)title, WAIT_MS));
	assert_true(guest_run_until(&av_guest.guest, is_dark, NULL, WAIT_MS));
	w->window = found;
	w->display = XOpenDisplay(NULL);
	assert_non_null(w->display);
	assert_int_equal(pthread_create(&w->thread, NULL, look, w), 0);
	return w;
}

void av_window_close(struct av_window *w, struct av_events *flashes)
{
	atomic_store(&w->stop, true);
	pthread_join(w->thread, NULL);
	XCloseDisplay(w->display);
	*flashes = w->flashes;
	free(w);
}
