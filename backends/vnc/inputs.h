/* SPDX-License-Identifier: MIT */
/*
 * The guest's keyboard, pointer and touch screen, fed by all clients together: a key is down as
 * long as a client holds it.
 */
#ifndef XENAV_VNC_INPUTS_H
#define XENAV_VNC_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "xenav.h"

#define INPUTS_MAX   16
#define INPUTS_CODES 768

struct inputs {
	struct xenav_input *devices[INPUTS_MAX]; /* those that can be fed */
	unsigned int n;
	uint8_t holders[INPUTS_CODES];       /* clients that hold the key or button */
	bool lost_events;                    /* the daemon did not take one: all are released */
	const struct xenav_connector *focus; /* where the pointer was last, or NULL */
};

/* A device can be fed, or is gone. */
void inputs_add(struct inputs *inputs, struct xenav_input *in);
void inputs_remove(struct inputs *inputs, const struct xenav_input *in);

/* The pointer's connector is gone. */
void inputs_forget_connector(struct inputs *inputs, const struct xenav_connector *c);

/* The connection is over, and all devices with it. */
void inputs_clear(struct inputs *inputs);

/* One client presses a key or button, holds it, or lets it go. */
void inputs_press(struct inputs *inputs, uint16_t code);
void inputs_repeat(struct inputs *inputs, uint16_t code);
void inputs_let_go(struct inputs *inputs, uint16_t code);

/* Change it for a moment, whoever holds it. */
void inputs_force(struct inputs *inputs, uint16_t code, bool pressed);

/* The pointer is at a pixel of the connector, and its wheel turns by so many notches, downwards. */
void inputs_move(struct inputs *inputs, const struct xenav_connector *c, int32_t x, int32_t y,
		 int32_t wheel);

/* Does the connector have a touch screen and no pointer? */
bool inputs_is_touch(const struct inputs *inputs, const struct xenav_connector *c);

/* A finger is at that pixel, or lifted. */
void inputs_touch(struct inputs *inputs, const struct xenav_connector *c, int32_t x, int32_t y);
void inputs_lift(struct inputs *inputs);

/* Send what is queued. */
void inputs_flush(struct inputs *inputs);

#endif
