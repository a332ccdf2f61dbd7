/* SPDX-License-Identifier: MIT */
/*
 * xenav-view as a process, on the X server of x11.h, with the real xenavd and a guest that has two
 * screens, sound and a keyboard.
 */
#ifndef XENAV_TEST_VIEW_RIG_H
#define XENAV_TEST_VIEW_RIG_H

#include <sys/types.h>

#include "daemon/rig.h"
#include "fake/keyboard.h"
#include "view/x11.h"

#define LEFT_WIDTH   320
#define LEFT_HEIGHT  240
#define RIGHT_WIDTH  200
#define RIGHT_HEIGHT 150

#define XR24 0x34325258u
#define RG16 0x36314752u

/* The path of another program without which all tests are skipped; set by a constructor. */
extern const char *view_needs;

extern struct rig_guest rg;
extern struct keyboard kb;

/* The guest's keyboard, for the left screen: with a pointer that takes positions; with one that
 * takes motion only; and with a touch screen. */
extern const struct toolstack_node plain[];
extern const struct toolstack_node relative[];
extern const struct toolstack_node touch[];

/* What the left screen shows. */
extern uint32_t picture[LEFT_WIDTH * LEFT_HEIGHT];

void start_guest(uint16_t domid, const struct toolstack_node *keyboard);
void stop_guest(void);

/* A guest without a keyboard gets one, with the pointer that belongs to it. */
void plug_keyboard(uint16_t domid, const struct toolstack_node *keyboard);

/* Without a keyboard, but with the name of another one: it has rebooted. */
void start_guest_again(uint16_t domid, const char *name);

/* Two buffers of the left screen with a picture of pseudo-random pixels in the first; and back. */
void show(uint32_t fourcc);
void hide(void);

/* xenavd is another one, and knows nothing of them. */
void forget_buffers(void);

/* Draw another picture into the buffer that is not shown, and flip to it. */
void flip(uint32_t seed);

/* Flip so many times; each flip has to be done in time. */
void flip_times(unsigned int n);

/* -------- the process -------- */

#define START(...) view_start((const char *const[]){__VA_ARGS__, NULL})

/* Start it with these arguments; whether it says so; end it; wait for its end. @return its exit
 * code, -1: it was killed. */
void view_start(const char *const *args);
bool view_said(const char *text);
int view_wait(void);
int view_stop(void);

/* Wait until the condition holds, while the guest runs; what is not so in time fails the test. */
#define EXPECT(condition, data) assert_true(guest_run_until(&rg.guest, condition, data, WAIT_MS))

/* Wait for the window of a screen, "left" or "right". */
Window expect_window(const char *id);

/* Wait until the window shows the picture from its upper left corner on. */
void expect_picture(Window window);

/* Wait until its title has the text. */
void expect_title(Window window, const char *text);

/* A window, of 320x240, that shows the picture of a guest with that number. */
Window start_all(uint16_t domid, const struct toolstack_node *keyboard);

/* Everything has to end well: the process with 0, and the guest without complaint. */
void stop_all(void);

#endif
