/* SPDX-License-Identifier: MIT */
/* See xlib.h. */
#include <config.h>

#include "view/xlib.h"

#if HAVE_X11

#include <X11/Xlib.h>
#include <X11/Xproto.h>

static XErrorHandler next_handler;

static int on_error(Display *display, XErrorEvent *error)
{
	if (error->error_code == BadWindow && error->request_code == X_SendEvent)
		return 0;
	/* Xlib's own handler prints the error and exits. */
	return next_handler(display, error);
}

void xlib_forgive_late_events(void)
{
	/* It has to be the first call of Xlib in a program with threads. */
	XInitThreads();
	next_handler = XSetErrorHandler(on_error);
}

#else

void xlib_forgive_late_events(void)
{
}

#endif
