/* SPDX-License-Identifier: MIT */
/* See events.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "view/events.h"
#include "view/guests.h"
#include "view/keys.h"

static struct window *find(const struct view *v, Uint32 id)
{
	struct window *w;

	LIST_FOREACH (w, &v->windows, next)
		if (w->id == id)
			return w;
	return NULL;
}

/* -------- the keyboard -------- */

/* A pointer without positions is taken together with the keyboard: nobody could follow it. */
static bool has_relative_pointer(const struct view *v, const struct window *w)
{
	return (inputs_pointer(&v->inputs, w->connector) &
		(XENAV_INPUT_POINTER | XENAV_INPUT_ABSOLUTE)) == XENAV_INPUT_POINTER;
}

/* The letter on the key of this machine's layout or, in layouts without such letters, its place. */
static bool is_letter(const SDL_Keysym *key, char letter)
{
	if (key->sym >= 'a' && key->sym <= 'z')
		return key->sym == letter;
	return (int)key->scancode == SDL_SCANCODE_A + letter - 'a';
}

/* @return whether the key is for the window and not for the guest. */
static bool take_key(struct view *v, struct window *w, const SDL_KeyboardEvent *key)
{
	const bool is_g = is_letter(&key->keysym, 'g');
	const bool is_f = is_letter(&key->keysym, 'f');
	const bool is_q = is_letter(&key->keysym, 'q');

	if (!(key->keysym.mod & KMOD_CTRL) || !(key->keysym.mod & KMOD_LALT) ||
	    (!is_g && !is_f && !is_q))
		return false;
	if (key->state != SDL_PRESSED || key->repeat)
		return true;
	/* The guest has seen Ctrl and Alt go down. */
	inputs_reset(&v->inputs);
	if (is_g)
		window_grab(w, !w->is_grabbed, has_relative_pointer(v, w));
	else if (is_f)
		window_toggle_fullscreen(w);
	else
		view_end(v, EXIT_SUCCESS);
	return true;
}

static void on_key(struct view *v, const SDL_KeyboardEvent *key)
{
	struct window *w = find(v, key->windowID);

	if (w && !take_key(v, w, key))
		inputs_key(&v->inputs, w->connector, key_from_scancode(key->keysym.scancode),
			   key->state == SDL_PRESSED);
}

/* -------- the pointer -------- */

static void point(struct view *v, struct window *w, int x, int y, int wheel)
{
	int32_t frame_x, frame_y;

	window_pixel(w, x, y, &frame_x, &frame_y);
	if (w->picture.texture)
		inputs_position(&v->inputs, w->connector, frame_x, frame_y, wheel);
}

static void on_motion(struct view *v, const SDL_MouseMotionEvent *motion)
{
	struct window *w = find(v, motion->windowID);

	if (!w ||
	    (motion->which == SDL_TOUCH_MOUSEID && inputs_has_touch(&v->inputs, w->connector)))
		return;
	if (!has_relative_pointer(v, w))
		point(v, w, motion->x, motion->y, 0);
	else if (SDL_GetRelativeMouseMode())
		inputs_motion(&v->inputs, w->connector, motion->xrel, motion->yrel, 0);
}

static void on_button(struct view *v, const SDL_MouseButtonEvent *button)
{
	const bool is_pressed = button->state == SDL_PRESSED;
	struct window *w = find(v, button->windowID);
	int32_t x, y;

	if (!w ||
	    (button->which == SDL_TOUCH_MOUSEID && inputs_has_touch(&v->inputs, w->connector)))
		return;
	if (has_relative_pointer(v, w)) {
		/* This click only takes the pointer; with --grab the keyboard is taken already. */
		if (!SDL_GetRelativeMouseMode()) {
			if (is_pressed)
				window_grab(w, true, true);
			return;
		}
	} else {
		if (is_pressed && !window_pixel(w, button->x, button->y, &x, &y))
			return;
		point(v, w, button->x, button->y, 0);
	}
	inputs_key(&v->inputs, w->connector, key_from_button(button->button), is_pressed);
}

static void on_wheel(struct view *v, const SDL_MouseWheelEvent *wheel)
{
	struct window *w = find(v, wheel->windowID);

	if (!w || wheel->which == SDL_TOUCH_MOUSEID || wheel->y == 0)
		return;
	if (!has_relative_pointer(v, w))
		point(v, w, wheel->mouseX, wheel->mouseY, -wheel->y);
	else if (SDL_GetRelativeMouseMode())
		inputs_motion(&v->inputs, w->connector, 0, 0, -wheel->y);
}

void events_show_pointer(const struct view *v)
{
	SDL_Window *below = SDL_GetMouseFocus();
	const struct window *w = below ? find(v, SDL_GetWindowID(below)) : NULL;
	bool is_shown = true;
	int32_t frame_x, frame_y;
	int x, y;

	if (w && !v->o->cursor && !has_relative_pointer(v, w) &&
	    inputs_pointer(&v->inputs, w->connector) != 0) {
		SDL_GetMouseState(&x, &y);
		is_shown = !window_pixel(w, x, y, &frame_x, &frame_y);
	}
	SDL_ShowCursor(is_shown ? SDL_ENABLE : SDL_DISABLE);
}

/* -------- fingers -------- */

static void on_finger(struct view *v, const SDL_TouchFingerEvent *finger)
{
	const struct window *w = find(v, finger->windowID);
	int width = 0, height = 0;
	int32_t x, y;
	bool is_inside;

	if (!w)
		return;
	SDL_GetWindowSize(w->sdl, &width, &height);
	is_inside = window_pixel(w, (double)finger->x * width, (double)finger->y * height, &x, &y);
	if (finger->type == SDL_FINGERUP)
		inputs_touch_end(&v->inputs, w->connector, finger->fingerId);
	else if (w->picture.texture && (is_inside || finger->type == SDL_FINGERMOTION))
		inputs_touch(&v->inputs, w->connector, finger->fingerId, x, y);
}

/* -------- windows -------- */

static void on_window(struct view *v, const SDL_WindowEvent *event)
{
	struct window *w = find(v, event->windowID);

	if (!w)
		return;
	switch (event->event) {
	case SDL_WINDOWEVENT_CLOSE:
		inputs_reset(&v->inputs);
		guests_close(v, w);
		return;
	case SDL_WINDOWEVENT_FOCUS_LOST:
		inputs_reset(&v->inputs);
		return;
	case SDL_WINDOWEVENT_SHOWN:
	case SDL_WINDOWEVENT_RESTORED:
	case SDL_WINDOWEVENT_MAXIMIZED:
	case SDL_WINDOWEVENT_EXPOSED:
	case SDL_WINDOWEVENT_SIZE_CHANGED:
	case SDL_WINDOWEVENT_DISPLAY_CHANGED:
		window_change(w);
		return;
	default:
		return;
	}
}

static void reset_windows(struct view *v)
{
	struct window *w;

	LIST_FOREACH (w, &v->windows, next)
		window_reset(w);
}

/* A window that was on a monitor which is gone is somewhere else, or another size. */
static void change_windows(struct view *v)
{
	struct window *w;

	LIST_FOREACH (w, &v->windows, next)
		window_change(w);
}

/* -------- the rest -------- */

static void on_wake(struct view *v, int code)
{
	if (code == WAKE_SIGNAL) {
		view_end(v, EXIT_SUCCESS);
		return;
	}
	/* The link has said why. */
	if (link_turn(v->link) < 0)
		view_end(v, EXIT_LOST);
	wake_again(v->wake);
}

/* Neither the last window nor a signal makes this event, so it is the display server. */
static void on_quit(struct view *v)
{
	fputs("xenav-view: Lost the display server\n", stderr);
	view_end(v, EXIT_LOST);
}

static void on_audio(struct view *v, const SDL_AudioDeviceEvent *device)
{
	if (device->iscapture)
		return;
	if (device->type == SDL_AUDIODEVICEADDED)
		sounds_device_added(&v->sounds);
	else
		sounds_device_gone(&v->sounds, device->which);
}

void events_handle(struct view *v, const SDL_Event *event)
{
	switch (event->type) {
	case SDL_QUIT:
		on_quit(v);
		return;
	case SDL_WINDOWEVENT:
		on_window(v, &event->window);
		return;
	case SDL_KEYDOWN:
	case SDL_KEYUP:
		on_key(v, &event->key);
		return;
	case SDL_MOUSEMOTION:
		on_motion(v, &event->motion);
		return;
	case SDL_MOUSEBUTTONDOWN:
	case SDL_MOUSEBUTTONUP:
		on_button(v, &event->button);
		return;
	case SDL_MOUSEWHEEL:
		on_wheel(v, &event->wheel);
		return;
	case SDL_FINGERDOWN:
	case SDL_FINGERMOTION:
	case SDL_FINGERUP:
		on_finger(v, &event->tfinger);
		return;
	case SDL_RENDER_TARGETS_RESET:
	case SDL_RENDER_DEVICE_RESET:
		reset_windows(v);
		return;
	case SDL_DISPLAYEVENT:
		change_windows(v);
		return;
	case SDL_AUDIODEVICEADDED:
	case SDL_AUDIODEVICEREMOVED:
		on_audio(v, &event->adevice);
		return;
	default:
		if (event->type == wake_event(v->wake))
			on_wake(v, event->user.code);
		return;
	}
}
