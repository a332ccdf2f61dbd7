/* SPDX-License-Identifier: MIT */
/* Callbacks of libxenav about guests: windows for their connectors, and their sound and input
 * devices. */
#ifndef XENAV_VIEW_GUESTS_H
#define XENAV_VIEW_GUESTS_H

#include "view/view.h"

/* The listener and functions of a link, whose data is a struct view. */
extern const struct xenav_listener guests_listener;
uint64_t guests_work(void *view, uint64_t now_ns);
void guests_lost(void *view, int error);

/* The user has closed a window. */
void guests_close(struct view *v, struct window *w);

/* Close all windows, at the end. */
void guests_clear(struct view *v);

#endif
