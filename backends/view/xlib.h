/* SPDX-License-Identifier: MIT */
/* What Xlib does with errors of SDL's own requests. */
#ifndef XENAV_VIEW_XLIB_H
#define XENAV_VIEW_XLIB_H

/*
 * Do not end because of an event that was sent to a window that is gone.  SDL's wake-ups are such
 * events, on a connection of their own, so the X server may destroy a window before it serves the
 * wake-up that was sent to it earlier.  Every other error ends the program as before.
 *
 * Call it before SDL_Init(): SDL's handler of errors calls the one that was there before.
 */
void xlib_forgive_late_events(void);

#endif
