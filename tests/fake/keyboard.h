/* SPDX-License-Identifier: MIT */
/*
 * The keyboard frontend of Linux (drivers/input/misc/xen-kbdfront.c), as its source describes it:
 * it reads the features when it is loaded and never again, shows 3 before it has heard of its
 * backend and 4 as soon as it has, and trusts what stands in its page.  Where it would crash the
 * guest complains.
 */
#ifndef XENAVD_FRONT_KEYBOARD_H
#define XENAVD_FRONT_KEYBOARD_H

#include "guest.h"

#define KEYBOARD_KEYS     768
#define KEYBOARD_CONTACTS 64
#define KEYBOARD_SLOTS    51

struct keyboard_contact {
	bool down;
	unsigned downs, ups, motions;
	int x, y;
	unsigned major, minor;
	int orientation;
};

struct keyboard {
	struct front front;
	/* as the features were when it was loaded */
	bool has_keyboard;
	bool has_pointer;
	bool absolute;
	bool has_touch;
	int width, height;
	int touch_width, touch_height;
	int n_contacts;

	struct guest_pages page;
	uint32_t port;
	bool connected;
	bool paused; /* it reads no events */

	bool down[KEYBOARD_KEYS];
	unsigned downs[KEYBOARD_KEYS]; /* events with 1, repetitions too */
	unsigned ups[KEYBOARD_KEYS];   /* releases of keys that were down */
	int x, y;                      /* the last position */
	unsigned positions;
	long dx, dy; /* the sum of all motion */
	unsigned motions;
	long wheel; /* notches, positive downwards */
	struct keyboard_contact contacts[KEYBOARD_CONTACTS];
	unsigned syncs;
	unsigned events;
	unsigned interrupts; /* that brought something */

	/* Every key in its order, if a test listens. */
	void (*listener)(struct keyboard *kb, uint32_t code, bool pressed);
};

/* The driver is loaded: its device is in state 1. @return 0 or -errno. */
int keyboard_load(struct keyboard *kb, struct guest *guest, unsigned devid);

/* The driver lets go of the device, which ends in 6; and takes it again. @return as above. */
void keyboard_unbind(struct keyboard *kb);
int keyboard_bind(struct keyboard *kb);

/* The guest comes back from a suspend: a new page, a new channel, state 3. */
int keyboard_resume(struct keyboard *kb);

/* The device has gone, or the guest is killed. */
void keyboard_forget(struct keyboard *kb);

/* A word of the page: in_cons, in_prod, out_cons, out_prod. */
uint32_t *keyboard_word(const struct keyboard *kb, unsigned index);

#endif
