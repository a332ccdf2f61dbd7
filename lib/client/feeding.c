/* SPDX-License-Identifier: MIT */
/*
 * Feeding input devices, for the program.
 *
 * Events wait in a short queue until xenav_input_flush(), or until the socket takes them: see
 * eventlog.h.  Motion is added up there, so it is keys and contacts alone that can fill the queue.
 */
#include <config.h>

#include <errno.h>

#include "client/connector.h"
#include "client/input.h"
#include "client/send.h"

/* The last event that waits, if the new one can be part of it. */
static struct xenav_input_event *last_like(struct xenav_input *in,
					   const struct xenav_input_event *event,
					   const struct xenav_connector *c)
{
	struct eventlog_entry *last = eventlog_last(&in->log);

	if (!last || last->event.kind != event->kind || last->event.code != event->code ||
	    last->connector != c)
		return NULL;
	return &last->event;
}

static int32_t add(int32_t a, int32_t b)
{
	int32_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT32_MAX : INT32_MIN;
}

/* Motion is added up, and of positions only the last counts, with the wheel of all. */
static bool merge(struct xenav_input *in, const struct xenav_input_event *event,
		  const struct xenav_connector *c)
{
	struct xenav_input_event *last = last_like(in, event, c);

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
static int queue(struct xenav_input *in, const struct xenav_input_event *event,
		 const struct xenav_connector *c)
{
	if (merge(in, event, c))
		return 0;
	if (eventlog_is_full(&in->log))
		xenav_input_flush(in);
	if (eventlog_is_full(&in->log) && !base_is_paused(&in->o))
		return -EAGAIN;
	if (event->kind == XENAV_INPUT_KEY)
		keyset_put(&in->held, event->code, event->value);
	if (eventlog_is_full(&in->log))
		input_forget_waiting(in);
	else
		eventlog_append(&in->log, event, c);
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

	return rc < 0 ? rc : queue(in, event, NULL);
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
		.x = x,
		.y = y,
		.z = wheel,
	};
	const bool is_touch = kind != XENAV_INPUT_POSITION;
	const bool away = base_is_paused(&in->o) || (c && c->o.absent);
	int rc = check(in);

	if (code > UINT16_MAX)
		return -ERANGE;
	if (rc == 0 && !(is_touch && away))
		rc = queue(in, &event, c);
	if (rc == 0 && is_touch)
		touches_note(&in->told.touches, &event, c, away);
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
	const struct xenav_input_event event = {.kind = XENAV_INPUT_NONE};
	const int rc = check(in);

	if (rc < 0)
		return rc;
	eventlog_drop_waiting(&in->log);
	in->held = (struct keyset){0};
	/* The next daemon has to know what it is to release. */
	if (!base_is_paused(&in->o))
		in->told.again = (struct keyset){0};
	if (keyset_first(&in->told.down) >= 0)
		eventlog_append(&in->log, &event, NULL);
	touches_lift_all(&in->told.touches);
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
