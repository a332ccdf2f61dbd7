/* SPDX-License-Identifier: MIT */
/*
 * The keyboard layout of a guest, searched backwards: which keys type a character.
 */
#ifndef XENAV_TYPE_LAYOUT_H
#define XENAV_TYPE_LAYOUT_H

#include <stdint.h>

#include "type/keys.h"

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

#endif
