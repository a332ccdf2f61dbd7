/* SPDX-License-Identifier: MIT */
/* Events of SDL: keys, pointers and fingers for guests, and what becomes of windows. */
#ifndef XENAV_VIEW_EVENTS_H
#define XENAV_VIEW_EVENTS_H

#include <SDL.h>

#include "view/view.h"

void events_handle(struct view *v, const SDL_Event *event);

#endif
