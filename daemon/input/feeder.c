/* SPDX-License-Identifier: MIT */
/* See feeder.h. */
#include <config.h>

#include <errno.h>
#include <stddef.h>

#include "input/feeder.h"

#define DEGREES_MAX 180

int feeder_key(struct feeder *feeder, struct input_state *state, uint32_t code, bool pressed)
{
	if (code >= INPUT_KEYS || !input_key_allowed(&state->caps, code))
		return -EINVAL;
	if (input_keys_has(&feeder->down, code)) {
		if (pressed) {
			input_state_repeat(state, code);
		} else {
			input_keys_clear(&feeder->down, code);
			input_state_release(state, code);
		}
	} else if (pressed) {
		input_keys_set(&feeder->down, code);
		input_state_press(state, code);
	}
	return 0;
}

static struct feeder_contact *find(struct feeder *feeder, uint32_t id)
{
	for (unsigned i = 0; i < INPUT_CONTACTS; i++)
		if (feeder->contacts[i].used && feeder->contacts[i].id == id)
			return &feeder->contacts[i];
	return NULL;
}

/* Down for the guest since before a restart, and held by nobody. */
static bool is_unheld(const struct input_contact *c)
{
	return c->sent && !c->down && !c->lifted;
}

/* A consumer that is back after a restart holds what it held, and has the same number for it.  The
 * tag is a part of that number. */
static int find_unheld(const struct input_state *state, uint32_t id)
{
	for (unsigned i = 0; i < state->caps.contacts; i++)
		if (is_unheld(&state->contacts[i]) && state->contacts[i].tag == (uint8_t)id)
			return (int)i;
	return -ENOSPC;
}

/* A contact that no feeder uses: every one in use is down.  Those of before a restart come last. */
static int find_free(const struct input_state *state)
{
	int last = -ENOSPC;

	for (unsigned i = 0; i < state->caps.contacts; i++) {
		if (!state->contacts[i].down && !is_unheld(&state->contacts[i]))
			return (int)i;
		if (last < 0 && !state->contacts[i].down)
			last = (int)i;
	}
	return last;
}

static int add(struct feeder *feeder, struct input_state *state, uint32_t id,
	       struct feeder_contact **out)
{
	int contact = find_unheld(state, id);

	if (contact < 0) {
		contact = find_free(state);
		if (contact >= 0)
			input_state_lift(state, (unsigned)contact);
	}
	if (contact < 0)
		return contact;
	state->contacts[contact].tag = (uint8_t)id;
	for (unsigned i = 0; i < INPUT_CONTACTS; i++) {
		if (feeder->contacts[i].used)
			continue;
		feeder->contacts[i] = (struct feeder_contact){true, id, (uint8_t)contact};
		*out = &feeder->contacts[i];
		return 0;
	}
	return -ENOSPC;
}

int feeder_touch(struct feeder *feeder, struct input_state *state, uint32_t id, int32_t x,
		 int32_t y)
{
	struct feeder_contact *c = find(feeder, id);
	int rc;

	if (!state->caps.touch)
		return -EOPNOTSUPP;
	if (!c) {
		rc = add(feeder, state, id, &c);
		if (rc < 0)
			return rc;
	}
	input_state_touch(state, c->contact, x, y);
	return 0;
}

int feeder_shape(struct feeder *feeder, struct input_state *state, uint32_t id, uint32_t major,
		 uint32_t minor)
{
	const struct feeder_contact *c = find(feeder, id);

	if (!c)
		return -ENOENT;
	input_state_shape(state, c->contact, major, minor);
	return 0;
}

int feeder_turn(struct feeder *feeder, struct input_state *state, uint32_t id, int32_t degrees)
{
	const struct feeder_contact *c = find(feeder, id);

	if (!c)
		return -ENOENT;
	if (degrees > DEGREES_MAX)
		degrees = DEGREES_MAX;
	if (degrees < -DEGREES_MAX)
		degrees = -DEGREES_MAX;
	input_state_turn(state, c->contact, (int16_t)degrees);
	return 0;
}

int feeder_lift(struct feeder *feeder, struct input_state *state, uint32_t id)
{
	struct feeder_contact *c = find(feeder, id);

	if (!c)
		return -ENOENT;
	input_state_lift(state, c->contact);
	c->used = false;
	return 0;
}

void feeder_reset(struct feeder *feeder, struct input_state *state)
{
	for (unsigned code = 0; code < INPUT_KEYS; code++) {
		if (!input_keys_has(&feeder->down, code))
			continue;
		input_keys_clear(&feeder->down, code);
		input_state_release(state, code);
	}
	feeder_lift_all(feeder, state);
}

void feeder_lift_all(struct feeder *feeder, struct input_state *state)
{
	for (unsigned i = 0; i < INPUT_CONTACTS; i++) {
		if (!feeder->contacts[i].used)
			continue;
		feeder->contacts[i].used = false;
		input_state_lift(state, feeder->contacts[i].contact);
	}
}
