/* SPDX-License-Identifier: MIT */
/* See pointer.h. */
#include <config.h>

#include <linux/input-event-codes.h>

#include "vnc/pointer.h"

#define RFB_LEFT       0x01u
#define RFB_WHEEL_UP   0x08u
#define RFB_WHEEL_DOWN 0x10u

#define RFB_BUTTONS 8

/* The wheel's buttons are none, and there is no wheel to the sides. */
static const uint16_t codes[RFB_BUTTONS] = {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, 0, 0, 0, 0, BTN_SIDE};

static void set_buttons(struct pointer *pointer, uint8_t buttons)
{
	const uint8_t changed = buttons ^ pointer->buttons;

	for (unsigned int i = 0; i < RFB_BUTTONS; i++) {
		if (!codes[i] || !(changed & 1u << i))
			continue;
		if (buttons & 1u << i)
			inputs_press(pointer->inputs, codes[i]);
		else
			inputs_let_go(pointer->inputs, codes[i]);
	}
	pointer->buttons = buttons;
}

static void touch(struct pointer *pointer, bool down, const struct xenav_connector *c, int32_t x,
		  int32_t y)
{
	if (down)
		inputs_touch(pointer->inputs, c, x, y);
	else if (pointer->is_touching)
		inputs_lift(pointer->inputs);
	pointer->is_touching = down;
}

void pointer_event(struct pointer *pointer, uint8_t buttons, const struct xenav_connector *c,
		   int32_t x, int32_t y)
{
	const uint8_t pressed = buttons & ~pointer->buttons;
	int32_t wheel = 0;

	if (inputs_is_touch(pointer->inputs, c)) {
		touch(pointer, buttons & RFB_LEFT, c, x, y);
		return;
	}
	if (pressed & RFB_WHEEL_UP)
		wheel--;
	if (pressed & RFB_WHEEL_DOWN)
		wheel++;
	inputs_move(pointer->inputs, c, x, y, wheel);
	set_buttons(pointer, buttons);
}

void pointer_release_all(struct pointer *pointer)
{
	set_buttons(pointer, 0);
	if (pointer->is_touching)
		inputs_lift(pointer->inputs);
	pointer->is_touching = false;
}
