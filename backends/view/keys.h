/* SPDX-License-Identifier: MIT */
/*
 * Keys and buttons of SDL as codes of linux/input-event-codes.h.  A scancode of SDL is the place of
 * a key, so that the layout of this machine does not matter.  Pure.
 */
#ifndef XENAV_VIEW_KEYS_H
#define XENAV_VIEW_KEYS_H

#include <stdint.h>

/* @return KEY_* of an SDL_Scancode, or 0 if Linux has no such key. */
uint32_t key_from_scancode(unsigned int scancode);

/* @return BTN_* of an SDL_BUTTON_*, or 0. */
uint32_t key_from_button(unsigned int button);

#endif
