/* SPDX-License-Identifier: MIT */
/* See inputs.h. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>

#include "view/inputs.h"

#define MAX_CONTACTS 16

struct input {
	LIST_ENTRY(input) next;
	struct xenav_input *in;
	bool is_ready;
	bool is_queued;
	bool has_lost; /* an event, because the queue was full */
	struct {
		bool is_down;
		int64_t finger;
	} contacts[MAX_CONTACTS];
};

/* -------- the list -------- */

int inputs_add(struct inputs *inputs, struct xenav_input *in)
{
	struct input *input = calloc(1, sizeof *input);

	if (!input)
		return -ENOMEM;
	input->in = in;
	LIST_INSERT_HEAD(&inputs->list, input, next);
	xenav_input_feed(in);
	return 0;
}

static struct input *get(const struct inputs *inputs, const struct xenav_input *in)
{
	struct input *input;

	LIST_FOREACH (input, &inputs->list, next)
		if (input->in == in)
			return input;
	return NULL;
}

void inputs_remove(struct inputs *inputs, struct xenav_input *in)
{
	struct input *input = get(inputs, in);

	if (!input)
		return;
	LIST_REMOVE(input, next);
	free(input);
}

void inputs_clear(struct inputs *inputs)
{
	while (!LIST_EMPTY(&inputs->list))
		inputs_remove(inputs, LIST_FIRST(&inputs->list)->in);
}

void inputs_set_ready(struct inputs *inputs, struct xenav_input *in, bool is_ready)
{
	struct input *input = get(inputs, in);

	if (input)
		input->is_ready = is_ready;
}

/* @return the device of the connector with one of these abilities, or NULL. */
static struct input *find(const struct inputs *inputs, const struct xenav_connector *c,
			  uint32_t caps)
{
	struct input *input;

	if (!c)
		return NULL;
	LIST_FOREACH (input, &inputs->list, next)
		if (input->is_ready && (xenav_input_get_info(input->in)->caps & caps) &&
		    xenav_input_belongs(input->in, c))
			return input;
	return NULL;
}

uint32_t inputs_pointer(const struct inputs *inputs, const struct xenav_connector *c)
{
	const struct input *input = find(inputs, c, XENAV_INPUT_POINTER);

	return input ? xenav_input_get_info(input->in)->caps : 0;
}

bool inputs_has_touch(const struct inputs *inputs, const struct xenav_connector *c)
{
	return find(inputs, c, XENAV_INPUT_TOUCH) != NULL;
}

/* -------- events -------- */

/* A full queue may have lost a release: inputs_flush() releases everything then. */
static void note(struct input *input, int rc)
{
	input->is_queued = true;
	if (rc == -EAGAIN)
		input->has_lost = true;
}

void inputs_key(struct inputs *inputs, const struct xenav_connector *c, uint32_t code,
		bool is_pressed)
{
	const bool is_button = code >= BTN_LEFT && code <= BTN_TASK;
	struct input *input =
		find(inputs, c, is_button ? XENAV_INPUT_POINTER : XENAV_INPUT_KEYBOARD);

	if (input && code)
		note(input, xenav_input_key(input->in, code, is_pressed));
}

void inputs_position(struct inputs *inputs, const struct xenav_connector *c, int32_t x, int32_t y,
		     int32_t wheel)
{
	struct input *input = find(inputs, c, XENAV_INPUT_POINTER);

	if (input)
		note(input, xenav_input_position(input->in, c, x, y, wheel));
}

void inputs_motion(struct inputs *inputs, const struct xenav_connector *c, int32_t dx, int32_t dy,
		   int32_t wheel)
{
	struct input *input = find(inputs, c, XENAV_INPUT_POINTER);

	if (input)
		note(input, xenav_input_motion(input->in, dx, dy, wheel));
}

/* @return the number of the contact of a finger, or -1 if it has none and no number is free. */
static int contact_of(struct input *input, int64_t finger)
{
	int free_one = -1;

	for (int i = 0; i < MAX_CONTACTS; i++) {
		if (input->contacts[i].is_down && input->contacts[i].finger == finger)
			return i;
		if (!input->contacts[i].is_down && free_one < 0)
			free_one = i;
	}
	return free_one;
}

void inputs_touch(struct inputs *inputs, const struct xenav_connector *c, int64_t finger, int32_t x,
		  int32_t y)
{
	struct input *input = find(inputs, c, XENAV_INPUT_TOUCH);
	const int contact = input ? contact_of(input, finger) : -1;

	if (contact < 0)
		return;
	input->contacts[contact].is_down = true;
	input->contacts[contact].finger = finger;
	note(input, xenav_input_touch(input->in, (uint32_t)contact, c, x, y));
}

void inputs_touch_end(struct inputs *inputs, const struct xenav_connector *c, int64_t finger)
{
	struct input *input = find(inputs, c, XENAV_INPUT_TOUCH);
	const int contact = input ? contact_of(input, finger) : -1;

	if (contact < 0 || !input->contacts[contact].is_down)
		return;
	input->contacts[contact].is_down = false;
	note(input, xenav_input_touch_end(input->in, (uint32_t)contact));
}

/* -------- sending -------- */

static void reset(struct input *input)
{
	for (int i = 0; i < MAX_CONTACTS; i++)
		input->contacts[i].is_down = false;
	input->has_lost = false;
	input->is_queued = true;
	if (input->is_ready)
		xenav_input_reset(input->in);
}

void inputs_reset(struct inputs *inputs)
{
	struct input *input;

	LIST_FOREACH (input, &inputs->list, next)
		reset(input);
}

bool inputs_flush(struct inputs *inputs)
{
	struct input *input;
	bool any = false;

	LIST_FOREACH (input, &inputs->list, next) {
		if (input->has_lost)
			reset(input);
		if (!input->is_queued)
			continue;
		xenav_input_flush(input->in);
		input->is_queued = false;
		any = true;
	}
	return any;
}
