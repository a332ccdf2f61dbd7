/* SPDX-License-Identifier: MIT */
/* An X server of a test's own, without a window manager, and what is seen and done there. */
#ifndef XENAV_TEST_X11_H
#define XENAV_TEST_X11_H

#include <stdbool.h>
#include <stdint.h>

#include <X11/Xlib.h>

#define X11_WIDTH  800
#define X11_HEIGHT 600
#define X11_SCREEN "800x600x24"

/* The connection of the test, while there is a server. */
extern Display *x11;

/* The server's program and arguments up to NULL.  The usual one is Xvfb, in which no key repeats by
 * itself, however late a test lets it go. */
extern const char *const *x11_server;

/* @return the program that is missing for a server, or NULL. */
const char *x11_missing(void);

/* Start one, and set DISPLAY; end it as a crash does.  Both are idempotent. @return 0 or -1. */
int x11_start(void);
void x11_kill(void);

/* @return the window that is shown and whose title begins like that, or any if title is empty; or
 * 0. */
Window x11_find(const char *title);

/* @return whether the title of the window has that text. */
bool x11_title_has(Window window, const char *text);

/* @return whether the pixels from x, y of the window are these, of 0xRRGGBB, without gaps. */
bool x11_shows(Window window, int x, int y, const uint32_t *pixels, unsigned int width,
	       unsigned int height);

/* @return whether the window has that place and size. */
bool x11_is_at(Window window, int x, int y, int width, int height);

/* @return the pixel there, 0xRRGGBB; -1 if there is none. */
long x11_pixel(Window window, int x, int y);

/*
 * Press or release a key of linux/input-event-codes.h, or a button of X.
 *
 * SDL loses keys in two cases, so a test waits for the arrival of another key before it presses
 * one: a key that is pressed within 2 ms of its release is taken for one that repeats; and when a
 * window comes under the pointer, keys that SDL has not seen go up yet are up, as on the server
 * now.
 */
void x11_key(unsigned int code, bool is_pressed);
void x11_button(unsigned int button, bool is_pressed);

/* Move the pointer to a point of the window. */
void x11_point(Window window, int x, int y);

/* The keyboard of the server has another layout: "us" or "de". */
void x11_set_layout(const char *layout);

/* Give the keyboard to the window, or to none of them, and wait until it is so. */
void x11_focus(Window window);
void x11_unfocus(void);

/* As the close button of a window manager does. */
void x11_close(Window window);

#endif
