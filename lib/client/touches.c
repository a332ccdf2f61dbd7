/* SPDX-License-Identifier: MIT */
/* See touches.h. */
#include <config.h>

#include <string.h>

#include "client/connector.h"
#include "client/touches.h"

static struct touch *find(struct touches *touches, uint16_t contact)
{
	struct touch *t;

	for (t = touches->touch; t < touches->touch + TOUCHES_MAX; t++)
		if ((t->held || t->told || t->known) && t->contact == contact)
			return t;
	return NULL;
}

static struct touch *find_free(struct touches *touches)
{
	struct touch *t;

	for (t = touches->touch; t < touches->touch + TOUCHES_MAX; t++)
		if (!t->held && !t->told && !t->known)
			return t;
	return NULL;
}

static void touch(struct touches *touches, const struct xenav_input_event *event,
		  const void *connector, bool paused)
{
	struct touch *t = find(touches, event->code);

	if (!t) {
		t = find_free(touches);
		if (!t)
			return;
		*t = (struct touch){.contact = event->code};
	}
	t->held = true;
	t->again |= paused;
	t->connector = connector;
	t->x = event->x;
	t->y = event->y;
}

static void lift(struct touch *t)
{
	t->lifted |= t->known;
	t->held = false;
}

void touches_note(struct touches *touches, const struct xenav_input_event *event,
		  const void *connector, bool paused)
{
	struct touch *t;

	if (event->kind == XENAV_INPUT_CONTACT) {
		touch(touches, event, connector, paused);
	} else if (event->kind == XENAV_INPUT_LIFT) {
		t = find(touches, event->code);
		if (t)
			lift(t);
	}
}

void touches_sent(struct touches *touches, const struct xenav_input_event *event)
{
	struct touch *t = find(touches, event->code);

	if (t && event->kind == XENAV_INPUT_CONTACT)
		t->told = true;
	else if (t && event->kind == XENAV_INPUT_LIFT)
		t->told = false;
}

void touches_lost(struct touches *touches)
{
	struct touch *t;

	for (t = touches->touch; t < touches->touch + TOUCHES_MAX; t++) {
		if (t->told)
			t->lifted = !t->held;
		t->known |= t->told;
		t->told = false;
		t->again = t->known || t->held;
	}
}

void touches_lift_all(struct touches *touches)
{
	struct touch *t;

	for (t = touches->touch; t < touches->touch + TOUCHES_MAX; t++)
		lift(t);
}

void touches_reset(struct touches *touches)
{
	struct touch *t;

	for (t = touches->touch; t < touches->touch + TOUCHES_MAX; t++)
		t->told = false;
}

static bool next_of(struct touch *t, const struct xenav *x, struct xenav_input_event *event)
{
	const bool is_end = t->told && t->lifted;
	const int64_t connector = is_end ? 0 : connector_number(x, t->connector);

	if (connector < 0)
		return false;
	*event = (struct xenav_input_event){
		.kind = is_end ? XENAV_INPUT_LIFT : XENAV_INPUT_CONTACT,
		.code = t->contact,
		.connector = (uint32_t)connector,
		.x = is_end ? 0 : t->x,
		.y = is_end ? 0 : t->y,
	};
	t->told = !is_end;
	t->known = false;
	t->lifted = t->lifted && !is_end;
	t->again = t->lifted || (t->held && !t->told);
	return true;
}

bool touches_next(struct touches *touches, const struct xenav *x, struct xenav_input_event *event)
{
	struct touch *t;

	for (t = touches->touch; t < touches->touch + TOUCHES_MAX; t++) {
		/* Nobody has heard of a touch that was over in the pause. */
		t->again = t->again && (t->told || t->known || t->held);
		if (t->again && next_of(t, x, event))
			return true;
	}
	return false;
}
