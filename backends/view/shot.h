/* SPDX-License-Identifier: MIT */
/* A screen of a guest as a PNG file. */
#ifndef XENAV_VIEW_SHOT_H
#define XENAV_VIEW_SHOT_H

#include "view/options.h"

/* Wait for the first screen that the options select, and write what it shows. @return the exit
 * code. */
int shot_take(const struct view_options *o);

#endif
