/* SPDX-License-Identifier: MIT */
/*
 * The input devices of guests, as seen from the connector whose window has the keyboard, the
 * pointer or the finger: the device that belongs to it.
 */
#ifndef XENAV_VIEW_INPUTS_H
#define XENAV_VIEW_INPUTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "xenav.h"

struct inputs {
	LIST_HEAD(, input) list;
};

/* Feed a device; not any more; all devices are gone with their connection. @return 0 or -ENOMEM. */
int inputs_add(struct inputs *inputs, struct xenav_input *in);
void inputs_remove(struct inputs *inputs, struct xenav_input *in);
void inputs_clear(struct inputs *inputs);

/* The device can be fed, or cannot. */
void inputs_set_ready(struct inputs *inputs, struct xenav_input *in, bool is_ready);

/* @return XENAV_INPUT_* of the pointer of the connector, 0 if it has none; is there a touch
 * screen? */
uint32_t inputs_pointer(const struct inputs *inputs, const struct xenav_connector *c);
bool inputs_has_touch(const struct inputs *inputs, const struct xenav_connector *c);

/* Events are kept until inputs_flush().  Those of a connector without such a device are dropped. */
void inputs_key(struct inputs *inputs, const struct xenav_connector *c, uint32_t code,
		bool is_pressed);
void inputs_position(struct inputs *inputs, const struct xenav_connector *c, int32_t x, int32_t y,
		     int32_t wheel);
void inputs_motion(struct inputs *inputs, const struct xenav_connector *c, int32_t dx, int32_t dy,
		   int32_t wheel);

/* SDL numbers fingers as it likes. */
void inputs_touch(struct inputs *inputs, const struct xenav_connector *c, int64_t finger, int32_t x,
		  int32_t y);
void inputs_touch_end(struct inputs *inputs, const struct xenav_connector *c, int64_t finger);

/* Release everything that is down. */
void inputs_reset(struct inputs *inputs);

/* @return whether there was anything to send. */
bool inputs_flush(struct inputs *inputs);

#endif
