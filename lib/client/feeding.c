/* SPDX-License-Identifier: MIT */
/*
 * Feeding input devices, for the program.
 *
 * Events wait in a short queue until xenav_input_flush(), or until the socket takes them.  Motion
 * is added up there, so it is keys and contacts alone that can fill the queue.
 */
#include <config.h>

#include <errno.h>

#include "client/connector.h"
#include "client/input.h"
#include "client/send.h"

/* The last event that waits, if the new one can be part of it. */
static struct xenav_input_event *last_like(struct xenav_input *in,
					   const struct xenav_input_event *event)
{
	struct xenav_input_event *last = in->n_queue > 0 ? &in->queue[in->n_queue - 1] : NULL;

	if (!last || last->kind != event->kind || last->code != event->code ||
	    last->connector != event->connector)
		return NULL;
	return last;
}

static int32_t add(int32_t a, int32_t b)
{
	int32_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT32_MAX : INT32_MIN;
}

/* Motion is added up, and of positions only the last counts, with the wheel of all. */
static bool merge(struct xenav_input *in, const struct xenav_input_event *event)
{
	struct xenav_input_event *last = last_like(in, event);

	if (!last)
		return false;
	if (event->kind == XENAV_INPUT_MOTION) {
		last->x = add(last->x, event->x);
		last->y = add(last->y, event->y);
	} else if (event->kind == XENAV_INPUT_POSITION || event->kind == XENAV_INPUT_CONTACT) {
		last->x = event->x;
		last->y = event->y;
	} else {
		return false;
	}
	last->z = add(last->z, event->z);
	return true;
}

/* @return 0; -EAGAIN when the queue is full. */
static int queue(struct xenav_input *in, const struct xenav_input_event *event)
{
	if (merge(in, event))
		return 0;
	if (in->n_queue == INPUT_MAX_QUEUE)
		xenav_input_flush(in);
	if (in->n_queue == INPUT_MAX_QUEUE && !base_is_paused(&in->o))
		return -EAGAIN;
	if (event->kind == XENAV_INPUT_KEY)
		keyset_put(&in->held, event->code, event->value);
	if (in->n_queue == INPUT_MAX_QUEUE)
		input_forget_queue(in);
	else
		in->queue[in->n_queue++] = *event;
	return 0;
}

/* @return 0, -ENOTCONN, or -EINVAL when the device is not fed. */
static int check(const struct xenav_input *in)
{
	if (base_is_over(in->o.x))
		return -ENOTCONN;
	return in->o.claimed ? 0 : -EINVAL;
}

static int feed(struct xenav_input *in, const struct xenav_input_event *event)
{
	const int rc = check(in);

	return rc < 0 ? rc : queue(in, event);
}

int xenav_input_key(struct xenav_input *in, uint32_t code, int pressed)
{
	const struct xenav_input_event event = {
		.kind = XENAV_INPUT_KEY,
		.value = pressed != 0,
		.code = (uint16_t)code,
	};

	return code <= UINT16_MAX ? feed(in, &event) : -ERANGE;
}

int xenav_input_motion(struct xenav_input *in, int32_t dx, int32_t dy, int32_t wheel)
{
	const struct xenav_input_event event = {
		.kind = XENAV_INPUT_MOTION,
		.x = dx,
		.y = dy,
		.z = wheel,
	};

	return feed(in, &event);
}

static int put_at(struct xenav_input *in, enum xenav_input_kind kind, uint32_t code,
		  const struct xenav_connector *c, int32_t x, int32_t y, int32_t wheel)
{
	const struct xenav_input_event event = {
		.kind = (uint8_t)kind,
		.code = (uint16_t)code,
		.connector = connector_object_id(c),
		.x = x,
		.y = y,
		.z = wheel,
	};
	const bool is_touch = kind != XENAV_INPUT_POSITION;
	const bool paused = base_is_paused(&in->o);
	int rc = check(in);

	if (code > UINT16_MAX)
		return -ERANGE;
	/* A connector has no number while it is away. */
	if (rc == 0 && !(is_touch && paused) && !(c && c->o.absent))
		rc = queue(in, &event);
	if (rc == 0 && is_touch)
		touches_note(&in->touches, &event, c, paused || (c && c->o.absent));
	return rc;
}

int xenav_input_position(struct xenav_input *in, const struct xenav_connector *c, int32_t x,
			 int32_t y, int32_t wheel)
{
	return put_at(in, XENAV_INPUT_POSITION, 0, c, x, y, wheel);
}

int xenav_input_touch(struct xenav_input *in, uint32_t contact, const struct xenav_connector *c,
		      int32_t x, int32_t y)
{
	return put_at(in, XENAV_INPUT_CONTACT, contact, c, x, y, 0);
}

int xenav_input_touch_shape(struct xenav_input *in, uint32_t contact, uint32_t major,
			    uint32_t minor)
{
	if (major > INT32_MAX || minor > INT32_MAX)
		return -ERANGE;
	return put_at(in, XENAV_INPUT_SHAPE, contact, NULL, (int32_t)major, (int32_t)minor, 0);
}

int xenav_input_touch_orientation(struct xenav_input *in, uint32_t contact, int32_t degrees)
{
	return put_at(in, XENAV_INPUT_ORIENTATION, contact, NULL, degrees, 0, 0);
}

int xenav_input_touch_end(struct xenav_input *in, uint32_t contact)
{
	return put_at(in, XENAV_INPUT_LIFT, contact, NULL, 0, 0, 0);
}

int xenav_input_reset(struct xenav_input *in)
{
	const int rc = check(in);

	if (rc < 0)
		return rc;
	in->n_queue = 0;
	in->held = in->press = in->release = (struct keyset){0};
	touches_lift_all(&in->touches);
	if (base_is_paused(&in->o))
		input_forget_queue(in);
	send_cancel(&in->o, OUT_EVENTS);
	send_post(&in->o, OUT_RESET);
	return 0;
}

int xenav_input_flush(struct xenav_input *in)
{
	if (base_is_over(in->o.x))
		return -ENOTCONN;
	if (input_has_events(in))
		send_post(&in->o, OUT_EVENTS);
	return 0;
}
