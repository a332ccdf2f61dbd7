/* SPDX-License-Identifier: MIT */
/* Events of SDL: keys, pointers and fingers for guests, and what becomes of windows. */
#ifndef XENAV_VIEW_EVENTS_H
#define XENAV_VIEW_EVENTS_H

#include <SDL.h>

#include "view/view.h"

void events_handle(struct view *v, const SDL_Event *event);

/*
 * Hide the pointer of this machine while it is above the picture of a guest that draws its own.  A
 * pointer, or the picture, may come and go below a mouse at rest, so every turn asks.
 */
void events_show_pointer(const struct view *v);

#endif
