/* SPDX-License-Identifier: MIT */
/* See feed.h. */
#include <config.h>

#include "consumer/claims.h"
#include "consumer/feed.h"
#include "display/connector.h"
#include "input/input.h"
#include "wire/names.h"

/* -------- where a pixel is -------- */

/* The screens of one guest that an input device belongs to. */
struct desk {
	struct input_screen screens[POLICY_CONNECTORS];
	const struct object *objects[POLICY_CONNECTORS];
	unsigned n;
};

static bool is_named(const struct input_info *input, const struct object *object)
{
	struct connector_info info;

	connector_get_info(object->connector, &info);
	return names_connector(input->unique_id, info.unique_id);
}

static void add_screen(struct desk *desk, const struct object *object)
{
	struct input_screen *screen = &desk->screens[desk->n];
	struct connector_place place;

	connector_get_place(object->connector, &place);
	*screen = (struct input_screen){
		.shown = place.fb_cookie != 0,
		.fb = place.fb_cookie,
		.x = place.x,
		.y = place.y,
		.width_px = place.width_px,
		.height_px = place.height_px,
	};
	desk->objects[desk->n++] = object;
}

/* The guest's connectors that the device names, or all of them when it names none. */
static void gather(struct desk *desk, const struct claim *claim)
{
	const struct objects *objects = claim->claims->objects;
	const struct object *device = claim->object;
	struct input_info input;
	bool any_named = false;

	input_get_info(device->input, &input);
	desk->n = 0;
	for (size_t i = 0; i < objects->n; i++) {
		const struct object *object = objects->sorted[i];
		bool named;

		if (object->ops->kind != OBJECT_CONNECTOR ||
		    object->guest->domid != device->guest->domid)
			continue;
		named = is_named(&input, object);
		if (named && !any_named)
			desk->n = 0;
		any_named |= named;
		if (named == any_named && desk->n < POLICY_CONNECTORS)
			add_screen(desk, object);
	}
}

/* Most messages hold nothing but keys or motion, and there may be very many connectors. */
static bool needs_desk(const struct xenav_msg_input_events *msg)
{
	for (uint32_t i = 0; i < msg->n; i++)
		if (msg->events[i].connector != 0)
			return true;
	return false;
}

/*
 * A position in a connector's pixels becomes one of the device's; one without a connector is that
 * already.  The consumer needs no right to the picture of the connector, whose number tells
 * nothing.
 *
 * @return false when the device does not belong to that connector.
 */
static bool map(const struct desk *desk, const struct xenav_input_event *event,
		struct input_point range, struct input_point *at)
{
	*at = (struct input_point){event->x, event->y};
	if (event->connector == 0)
		return true;
	for (unsigned i = 0; i < desk->n; i++) {
		if (desk->objects[i]->id != event->connector)
			continue;
		*at = box_map(desk->screens, desk->n, i, *at, range);
		return true;
	}
	return false;
}

/* -------- what it is fed -------- */

static void place(const struct claim *claim, const struct desk *desk,
		  const struct xenav_input_event *event, const struct input_caps *caps)
{
	const struct input_point range = {(int32_t)caps->width, (int32_t)caps->height};
	struct input_point at;

	if (map(desk, event, range, &at))
		input_place(claim->object->input, claim, at, event->z);
}

static void touch(const struct claim *claim, const struct desk *desk,
		  const struct xenav_input_event *event, const struct input_caps *caps)
{
	const struct input_point range = {(int32_t)caps->touch_width, (int32_t)caps->touch_height};
	struct input_point at;

	if (map(desk, event, range, &at))
		input_touch(claim->object->input, claim, event->code, at);
}

static void feed_one(const struct claim *claim, const struct desk *desk,
		     const struct xenav_input_event *event, const struct input_caps *caps)
{
	struct input *input = claim->object->input;

	input_count(input, claim);
	switch ((enum xenav_input_kind)event->kind) {
	case XENAV_INPUT_NONE:
		break;
	case XENAV_INPUT_KEY:
		input_key(input, claim, event->code, event->value);
		break;
	case XENAV_INPUT_MOTION:
		input_move(input, claim, event->x, event->y, event->z);
		break;
	case XENAV_INPUT_POSITION:
		place(claim, desk, event, caps);
		break;
	case XENAV_INPUT_CONTACT:
		touch(claim, desk, event, caps);
		break;
	case XENAV_INPUT_SHAPE:
		input_shape(input, claim, event->code, (uint32_t)event->x, (uint32_t)event->y);
		break;
	case XENAV_INPUT_ORIENTATION:
		input_turn(input, claim, event->code, event->x);
		break;
	case XENAV_INPUT_LIFT:
		input_lift(input, claim, event->code);
		break;
	}
}

void feed_events(const struct claim *claim, const struct xenav_msg_input_events *msg)
{
	struct input_info info;
	struct desk desk;

	input_get_info(claim->object->input, &info);
	desk.n = 0;
	if (needs_desk(msg))
		gather(&desk, claim);
	for (uint32_t i = 0; i < msg->n; i++)
		feed_one(claim, &desk, &msg->events[i], info.caps);
	input_flush(claim->object->input);
}

void feed_reset(const struct claim *claim)
{
	input_count(claim->object->input, claim);
	input_reset(claim->object->input, claim);
}
