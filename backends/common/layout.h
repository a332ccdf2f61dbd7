/* SPDX-License-Identifier: MIT */
/*
 * The keyboard layout of a guest, searched backwards: which keys type a character.
 */
#ifndef XENAV_COMMON_LAYOUT_H
#define XENAV_COMMON_LAYOUT_H

#include <stdint.h>

#include "common/keys.h"

struct layout;

/*
 * Load the layout with the name that XKB has for it, such as "de" or "de(nodeadkeys)".
 *
 * @return 0 and *out, to be ended with layout_free(); -EINVAL for no name, -ENOENT if there is no
 * such layout, or -ENOMEM.
 */
int layout_load(struct layout **out, const char *name);
void layout_free(struct layout *layout);

/* A character takes up to this many chords, one after the other. */
#define LAYOUT_CHORDS 2

/* @return how many chords type the character; 0: it cannot be typed. */
unsigned int layout_find(const struct layout *layout, uint32_t character,
			 struct chord chords[LAYOUT_CHORDS]);

/* Modifiers of a key: a set of these. */
#define LAYOUT_SHIFT 1u
#define LAYOUT_ALTGR 2u

/*
 * Find the key that has this keysym (those of X11), or the character that the keysym stands for.  A
 * key that has it with the modifiers `held` is taken before others.
 *
 * @return its code and *mods, with which it has the keysym; 0: there is none.
 */
uint16_t layout_find_keysym(const struct layout *layout, uint32_t keysym, unsigned int held,
			    unsigned int *mods);

#endif
