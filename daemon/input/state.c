/* SPDX-License-Identifier: MIT */
/* See state.h. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <string.h>

#include "input/state.h"
#include "xen/kbdif.h"

/* No mouse moves further between two events; and sums of it cannot overflow. */
#define MOTION_MAX 0x7fff

/* The keys that xen-kbdfront declares, see input_key_allowed(). */
#define KEYBOARD_LOW_END    (KEY_UNKNOWN - 1) /* 239 */
#define KEYBOARD_HIGH_BEGIN KEY_OK            /* 352 */
#define KEYBOARD_HIGH_END   (KEY_MAX - 1)     /* 766 */

static int32_t clamp(int64_t value, int64_t min, int64_t max)
{
	return (int32_t)(value < min ? min : value > max ? max : value);
}

void input_state_init(struct input_state *state, const struct input_caps *caps)
{
	memset(state, 0, sizeof *state);
	state->caps = *caps;
	/* A wheel that turns before the pointer was placed leaves it in the middle. */
	state->x = (int32_t)(caps->width / 2);
	state->y = (int32_t)(caps->height / 2);
}

/* -------- keys -------- */

bool input_key_allowed(const struct input_caps *caps, unsigned code)
{
	if (!caps->pointer)
		return false;
	if (code >= BTN_LEFT && code <= BTN_TASK)
		return true;
	return caps->keyboard && ((code >= KEY_ESC && code <= KEYBOARD_LOW_END) ||
				  (code >= KEYBOARD_HIGH_BEGIN && code <= KEYBOARD_HIGH_END));
}

void input_state_press(struct input_state *state, unsigned code)
{
	state->holders[code]++;
	input_keys_set(&state->down, code);
	if (!input_keys_has(&state->stale, code))
		return;
	/* The press may be over before it is sent, and then it would leave no release. */
	input_keys_clear(&state->stale, code);
	input_keys_set(&state->lifted, code);
}

void input_state_release(struct input_state *state, unsigned code)
{
	if (state->holders[code] == 0 || --state->holders[code] > 0)
		return;
	input_keys_clear(&state->down, code);
	input_keys_clear(&state->again, code);
	if (input_keys_has(&state->sent, code))
		input_keys_set(&state->lifted, code);
}

void input_state_repeat(struct input_state *state, unsigned code)
{
	input_keys_set(&state->again, code);
}

void input_state_release_all(struct input_state *state)
{
	for (unsigned code = 0; code < INPUT_KEYS; code++)
		if (input_key_allowed(&state->caps, code))
			input_keys_set(&state->stale, code);
	for (unsigned i = 0; i < state->caps.contacts; i++)
		state->contacts[i].lifted = true;
}

void input_state_recall(struct input_state *state, const struct input_keys *down, uint32_t contacts,
			const uint8_t tags[INPUT_CONTACTS], bool unsynced)
{
	state->sent = *down;
	for (unsigned i = 0; i < state->caps.contacts; i++) {
		state->contacts[i].sent = contacts >> i & 1;
		state->contacts[i].tag = tags[i];
	}
	state->unsynced = unsynced;
}

void input_state_release_unheld(struct input_state *state)
{
	for (unsigned i = 0; i < INPUT_WORDS; i++)
		state->lifted.words[i] |= state->sent.words[i] & ~state->down.words[i];
	for (unsigned i = 0; i < state->caps.contacts; i++)
		if (!state->contacts[i].down)
			state->contacts[i].lifted |= state->contacts[i].sent;
}

static bool first_of(const uint64_t words[INPUT_WORDS], unsigned *code)
{
	for (unsigned i = 0; i < INPUT_WORDS; i++) {
		if (words[i] == 0)
			continue;
		*code = i * 64 + (unsigned)__builtin_ctzll(words[i]);
		return true;
	}
	return false;
}

static void put_key(union xenkbd_in_event *event, unsigned code, bool pressed)
{
	event->key.type = XENKBD_TYPE_KEY;
	event->key.pressed = pressed;
	event->key.keycode = code;
}

static bool next_release(struct input_state *state, union xenkbd_in_event *event)
{
	unsigned code;

	if (!first_of(state->lifted.words, &code))
		return false;
	put_key(event, code, false);
	input_keys_clear(&state->lifted, code);
	input_keys_clear(&state->sent, code);
	return true;
}

static bool next_press(struct input_state *state, union xenkbd_in_event *event)
{
	uint64_t words[INPUT_WORDS];
	unsigned code;

	for (unsigned i = 0; i < INPUT_WORDS; i++)
		words[i] = (state->down.words[i] & ~state->sent.words[i]) | state->again.words[i];
	if (!first_of(words, &code))
		return false;
	put_key(event, code, true);
	input_keys_set(&state->sent, code);
	input_keys_clear(&state->again, code);
	return true;
}

static bool next_stale(struct input_state *state, union xenkbd_in_event *event)
{
	unsigned code;

	if (!first_of(state->stale.words, &code))
		return false;
	put_key(event, code, false);
	input_keys_clear(&state->stale, code);
	return true;
}

/* -------- motion -------- */

static void turn_wheel(struct input_state *state, int32_t wheel)
{
	state->wheel = clamp((int64_t)state->wheel + wheel, -MOTION_MAX, MOTION_MAX);
	state->moved = true;
}

void input_state_move(struct input_state *state, int32_t dx, int32_t dy, int32_t wheel)
{
	if (!state->caps.pointer)
		return;
	state->dx = clamp((int64_t)state->dx + dx, -MOTION_MAX, MOTION_MAX);
	state->dy = clamp((int64_t)state->dy + dy, -MOTION_MAX, MOTION_MAX);
	state->x = clamp((int64_t)state->x + dx, 0, state->caps.width);
	state->y = clamp((int64_t)state->y + dy, 0, state->caps.height);
	turn_wheel(state, wheel);
}

/* A relative pointer goes as far as the position is from the last one. */
void input_state_place(struct input_state *state, int32_t x, int32_t y, int32_t wheel)
{
	if (!state->caps.pointer)
		return;
	x = clamp(x, 0, state->caps.width);
	y = clamp(y, 0, state->caps.height);
	input_state_move(state, x - state->x, y - state->y, wheel);
}

static bool next_motion(struct input_state *state, union xenkbd_in_event *event)
{
	if (!state->moved)
		return false;
	if (state->caps.absolute) {
		event->pos.type = XENKBD_TYPE_POS;
		event->pos.abs_x = state->x;
		event->pos.abs_y = state->y;
		event->pos.rel_z = state->wheel;
	} else {
		event->motion.type = XENKBD_TYPE_MOTION;
		event->motion.rel_x = state->dx;
		event->motion.rel_y = state->dy;
		event->motion.rel_z = state->wheel;
	}
	state->dx = state->dy = state->wheel = 0;
	state->moved = false;
	return true;
}

/* -------- contacts -------- */

void input_state_touch(struct input_state *state, unsigned contact, int32_t x, int32_t y)
{
	struct input_contact *c = &state->contacts[contact];

	c->x = clamp(x, 0, state->caps.touch_width);
	c->y = clamp(y, 0, state->caps.touch_height);
	c->down = true;
	c->moved = true;
}

void input_state_shape(struct input_state *state, unsigned contact, uint32_t major, uint32_t minor)
{
	struct input_contact *c = &state->contacts[contact];

	c->major = major;
	c->minor = minor;
	c->shaped = true;
}

void input_state_turn(struct input_state *state, unsigned contact, int16_t degrees)
{
	struct input_contact *c = &state->contacts[contact];

	c->orientation = degrees;
	c->turned = true;
}

void input_state_lift(struct input_state *state, unsigned contact)
{
	struct input_contact *c = &state->contacts[contact];

	c->down = c->moved = c->shaped = c->turned = false;
	c->lifted |= c->sent;
}

static bool next_of_contact(struct input_contact *c, struct xenkbd_mtouch *event)
{
	if (c->lifted) {
		event->event_type = XENKBD_MT_EV_UP;
		c->lifted = c->sent = false;
	} else if (c->moved) {
		event->event_type = c->sent ? XENKBD_MT_EV_MOTION : XENKBD_MT_EV_DOWN;
		event->u.pos.abs_x = c->x;
		event->u.pos.abs_y = c->y;
		c->moved = false;
		c->sent = true;
	} else if (c->shaped) {
		event->event_type = XENKBD_MT_EV_SHAPE;
		event->u.shape.major = c->major;
		event->u.shape.minor = c->minor;
		c->shaped = false;
	} else if (c->turned) {
		event->event_type = XENKBD_MT_EV_ORIENT;
		event->u.orientation = c->orientation;
		c->turned = false;
	} else {
		return false;
	}
	return true;
}

static bool next_touch(struct input_state *state, union xenkbd_in_event *event)
{
	event->mtouch.type = XENKBD_TYPE_MTOUCH;
	for (unsigned i = 0; i < state->caps.contacts; i++) {
		if (!next_of_contact(&state->contacts[i], &event->mtouch))
			continue;
		event->mtouch.contact_id = (uint8_t)i;
		state->unsynced = true;
		return true;
	}
	if (!state->unsynced)
		return false;
	event->mtouch.event_type = XENKBD_MT_EV_SYN;
	state->unsynced = false;
	return true;
}

bool input_state_next(struct input_state *state, unsigned space, union xenkbd_in_event *event)
{
	memset(event, 0, sizeof *event);
	return next_motion(state, event) || next_release(state, event) ||
	       next_press(state, event) || next_touch(state, event) ||
	       (space > INPUT_SPARE && next_stale(state, event));
}
