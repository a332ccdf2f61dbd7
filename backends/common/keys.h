/* SPDX-License-Identifier: MIT */
/*
 * Keys by name, and several of them at once.
 */
#ifndef XENAV_COMMON_KEYS_H
#define XENAV_COMMON_KEYS_H

#include <stdint.h>

#define CHORD_MAX 8

/* Keys that go down one after the other, and up in the opposite order. */
struct chord {
	unsigned int n;
	uint16_t codes[CHORD_MAX]; /* KEY_* of linux/input-event-codes.h */
};

/* @return the code of a key, or 0 if there is none of that name. */
uint16_t key_by_name(const char *name);

/* @return BTN_LEFT, BTN_RIGHT or BTN_MIDDLE, or 0 if the name is another one. */
uint16_t button_by_name(const char *name);

/*
 * Read names with a + between.  On -EINVAL, name is the one that no key has, cut to size bytes.
 *
 * @return 0, -EINVAL, or -E2BIG for more than CHORD_MAX keys.
 */
int chord_parse(struct chord *chord, const char *text, char *name, unsigned int size);

#endif
