/* SPDX-License-Identifier: MIT */
/*
 * The pointer of a client: buttons, wheel and position, or a finger where the guest has a touch
 * screen and no pointer.
 */
#ifndef XENAV_VNC_POINTER_H
#define XENAV_VNC_POINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "vnc/inputs.h"

struct pointer {
	struct inputs *inputs;
	uint8_t buttons; /* of RFB, as they are down */
	bool is_touching;
};

/* The client's pointer is at a pixel of the connector, with these buttons of RFB. */
void pointer_event(struct pointer *pointer, uint8_t buttons, const struct xenav_connector *c,
		   int32_t x, int32_t y);

/* Let go of everything. */
void pointer_release_all(struct pointer *pointer);

#endif
