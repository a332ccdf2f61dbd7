/* SPDX-License-Identifier: MIT */
/*
 * The keyboard of a client: what it says of its keys becomes keys of the guest.
 */
#ifndef XENAV_VNC_KEYBOARD_H
#define XENAV_VNC_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/layout.h"
#include "vnc/inputs.h"

#define KEYBOARD_HELD 32

struct held_key {
	uint32_t keysym; /* 0: it was told by its number */
	uint16_t code;
};

struct keyboard {
	struct inputs *inputs;
	const struct layout *layout; /* of the guest, for clients that send keysyms only */
	struct held_key held[KEYBOARD_HELD];
	unsigned int n;
};

/* A key with a keysym only: the guest's layout says which key that is.  Where it needs other
 * modifiers than the client holds, they are changed while the key goes down. */
void keyboard_keysym(struct keyboard *kb, uint32_t keysym, bool pressed);

/* A key that the client knows the place of (QEMU's extended key events). */
void keyboard_code(struct keyboard *kb, uint16_t code, bool pressed);

/* Let go of everything. */
void keyboard_release_all(struct keyboard *kb);

#endif
