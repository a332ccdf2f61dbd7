/* SPDX-License-Identifier: MIT */
/* The frames of the one consumer of display-one.h: what it is given, and what they show. */
#ifndef XENAVD_FRAMES_RIG_H
#define XENAVD_FRAMES_RIG_H

#include "display-one.h"

/* For cmocka, with the teardown of display-one.h. */
int setup(void **state);

/* Show a framebuffer, or nothing. */
void show(unsigned fb);
void reset(void);

void ready(void);

/* The last frame is done, and the next wanted. */
void next(void);

/* Does the last frame show the framebuffer n of rig_make_fb(), from (x, y) on? */
void assert_shows(unsigned n, uint32_t fb_w, uint32_t fb_h, uint32_t x, uint32_t y);

/* Wait until there have been so many frames. */
void wait_frames(unsigned n_frames);

#endif
