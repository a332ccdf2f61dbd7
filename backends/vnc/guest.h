/* SPDX-License-Identifier: MIT */
/* What xenavd tells of the guest: its connectors go to the screens, its input devices to the
 * clients. */
#ifndef XENAV_VNC_GUEST_H
#define XENAV_VNC_GUEST_H

#include "vnc/screen.h"

struct guest {
	const struct vnc_options *o;
	struct inputs *inputs;
	struct screen *screens[MAX_SCREENS];
	unsigned int n_screens;
	/* How many connectors each of them shows. */
	unsigned int n_connectors[MAX_SCREENS];
	bool was_announced;
	unsigned int n_asked; /* input devices that xenavd has not answered for */
	/* All that the guest has was told, and its input devices can be fed.  At least once in a
	 * connection. */
	void (*announced)(void *data);
	void *data;
};

/* For the link; its data is a struct guest. */
extern const struct xenav_listener guest_listener;

/* The connection is over. */
void guest_lost(void *guest, int error);

#endif
