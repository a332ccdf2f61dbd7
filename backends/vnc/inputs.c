/* SPDX-License-Identifier: MIT */
/* See inputs.h. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "vnc/inputs.h"

/* The number of the only contact. */
#define CONTACT 0

void inputs_add(struct inputs *inputs, struct xenav_input *in)
{
	if (inputs->n < INPUTS_MAX)
		inputs->devices[inputs->n++] = in;
}

void inputs_remove(struct inputs *inputs, const struct xenav_input *in)
{
	for (unsigned int i = 0; i < inputs->n; i++) {
		if (inputs->devices[i] != in)
			continue;
		inputs->n--;
		memmove(&inputs->devices[i], &inputs->devices[i + 1],
			(inputs->n - i) * sizeof inputs->devices[0]);
		return;
	}
}

void inputs_forget_connector(struct inputs *inputs, const struct xenav_connector *c)
{
	if (inputs->focus == c)
		inputs->focus = NULL;
}

void inputs_clear(struct inputs *inputs)
{
	inputs->n = 0;
	inputs->focus = NULL;
	inputs->lost_events = false;
}

/* The device with one of these capabilities that belongs to the connector, else the first with it.
 */
static struct xenav_input *find(const struct inputs *inputs, uint32_t caps,
				const struct xenav_connector *c)
{
	struct xenav_input *first = NULL;

	for (unsigned int i = 0; i < inputs->n; i++) {
		struct xenav_input *in = inputs->devices[i];

		if (!(xenav_input_get_info(in)->caps & caps))
			continue;
		if (c && xenav_input_belongs(in, c))
			return in;
		if (!first)
			first = in;
	}
	return first;
}

/* A release that is lost would leave the key down for ever: then everything is released. */
static void note(struct inputs *inputs, int rc)
{
	if (rc == -EAGAIN)
		inputs->lost_events = true;
}

static bool is_button(uint16_t code)
{
	return code >= BTN_LEFT && code <= BTN_TASK;
}

static void send_key(struct inputs *inputs, uint16_t code, bool pressed)
{
	const uint32_t caps = is_button(code) ? XENAV_INPUT_POINTER : XENAV_INPUT_KEYBOARD;
	struct xenav_input *in = find(inputs, caps, inputs->focus);

	if (in)
		note(inputs, xenav_input_key(in, code, pressed));
}

void inputs_press(struct inputs *inputs, uint16_t code)
{
	if (code >= INPUTS_CODES || inputs->holders[code] == UINT8_MAX)
		return;
	if (inputs->holders[code]++ == 0)
		send_key(inputs, code, true);
}

void inputs_repeat(struct inputs *inputs, uint16_t code)
{
	send_key(inputs, code, true);
}

/* The key may have gone down on a device that had the focus then. */
static void release(struct inputs *inputs, uint16_t code)
{
	const uint32_t caps = is_button(code) ? XENAV_INPUT_POINTER : XENAV_INPUT_KEYBOARD;

	for (unsigned int i = 0; i < inputs->n; i++)
		if (xenav_input_get_info(inputs->devices[i])->caps & caps)
			note(inputs, xenav_input_key(inputs->devices[i], code, false));
}

void inputs_let_go(struct inputs *inputs, uint16_t code)
{
	if (code >= INPUTS_CODES || inputs->holders[code] == 0)
		return;
	if (--inputs->holders[code] == 0)
		release(inputs, code);
}

void inputs_force(struct inputs *inputs, uint16_t code, bool pressed)
{
	if (pressed)
		send_key(inputs, code, true);
	else
		release(inputs, code);
}

void inputs_move(struct inputs *inputs, const struct xenav_connector *c, int32_t x, int32_t y,
		 int32_t wheel)
{
	struct xenav_input *in = find(inputs, XENAV_INPUT_POINTER, c);

	inputs->focus = c;
	if (!in)
		return;
	if (xenav_input_belongs(in, c))
		note(inputs, xenav_input_position(in, c, x, y, wheel));
	else if (wheel != 0)
		note(inputs, xenav_input_motion(in, 0, 0, wheel));
}

bool inputs_is_touch(const struct inputs *inputs, const struct xenav_connector *c)
{
	const struct xenav_input *touch = find(inputs, XENAV_INPUT_TOUCH, c);
	const struct xenav_input *pointer = find(inputs, XENAV_INPUT_POINTER, c);

	if (!touch || !xenav_input_belongs(touch, c))
		return false;
	return !pointer || !xenav_input_belongs(pointer, c);
}

void inputs_touch(struct inputs *inputs, const struct xenav_connector *c, int32_t x, int32_t y)
{
	struct xenav_input *in = find(inputs, XENAV_INPUT_TOUCH, c);

	if (in && xenav_input_belongs(in, c))
		note(inputs, xenav_input_touch(in, CONTACT, c, x, y));
}

void inputs_lift(struct inputs *inputs)
{
	for (unsigned int i = 0; i < inputs->n; i++)
		if (xenav_input_get_info(inputs->devices[i])->caps & XENAV_INPUT_TOUCH)
			note(inputs, xenav_input_touch_end(inputs->devices[i], CONTACT));
}

void inputs_flush(struct inputs *inputs)
{
	const bool reset = inputs->lost_events;

	inputs->lost_events = false;
	for (unsigned int i = 0; i < inputs->n; i++) {
		if (reset)
			xenav_input_reset(inputs->devices[i]);
		xenav_input_flush(inputs->devices[i]);
	}
}
