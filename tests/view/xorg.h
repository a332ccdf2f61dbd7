/* SPDX-License-Identifier: MIT */
/*
 * For a test that links this file, the X server of x11.h is a real Xorg with a screen that nobody
 * sees.  It has a touch screen, which Xvfb cannot have.
 */
#ifndef XENAV_TEST_XORG_H
#define XENAV_TEST_XORG_H

#include <stdint.h>

#include <X11/Xlib.h>

enum xorg_touch { XORG_TOUCH_BEGIN, XORG_TOUCH_MOVE, XORG_TOUCH_END };

/* A finger touches a point of the window, moves there, or leaves it there.  The first one has the
 * number 0. */
void xorg_touch(uint32_t finger, enum xorg_touch what, Window window, int x, int y);

/* The touch screen is no longer used; to be called before the server ends. */
void xorg_forget_touch(void);

#endif
