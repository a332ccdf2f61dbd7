/* SPDX-License-Identifier: MIT */
/* See script.h. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>

#include "type/script.h"
#include "xenav.h"

void script_free(struct script *script)
{
	free(script->ops);
	*script = (struct script){0};
}

static int reserve(struct script *script, size_t n)
{
	size_t size = script->size ? script->size : 64;
	struct op *ops;

	while (size < script->n + n)
		size *= 2;
	if (size == script->size)
		return 0;
	ops = reallocarray(script->ops, size, sizeof *ops);
	if (!ops)
		return -ENOMEM;
	script->ops = ops;
	script->size = size;
	return 0;
}

static void put(struct script *script, const struct op *op)
{
	script->ops[script->n++] = *op;
}

static void put_key(struct script *script, uint16_t code, bool pressed)
{
	const bool is_button = code >= BTN_LEFT && code <= BTN_TASK;

	put(script, &(struct op){.kind = OP_KEY, .code = code, .pressed = pressed});
	script->needs |= is_button ? XENAV_INPUT_POINTER : XENAV_INPUT_KEYBOARD;
}

static void put_pause(struct script *script, uint32_t ms)
{
	put(script, &(struct op){.kind = OP_PAUSE, .pause_ms = ms});
}

int script_chord(struct script *script, const struct chord *chord, uint32_t delay_ms)
{
	const int rc = reserve(script, 2 * (size_t)chord->n + 1);

	if (rc < 0)
		return rc;
	for (unsigned int i = 0; i < chord->n; i++)
		put_key(script, chord->codes[i], true);
	for (unsigned int i = chord->n; i > 0; i--)
		put_key(script, chord->codes[i - 1], false);
	put_pause(script, delay_ms);
	return 0;
}

int script_move(struct script *script, int32_t x, int32_t y, uint32_t delay_ms)
{
	const int rc = reserve(script, 2);

	if (rc < 0)
		return rc;
	put(script, &(struct op){.kind = OP_POSITION, .x = x, .y = y});
	put_pause(script, delay_ms);
	script->needs |= XENAV_INPUT_POINTER;
	script->has_positions = true;
	if (x > script->max_x)
		script->max_x = x;
	if (y > script->max_y)
		script->max_y = y;
	return 0;
}

int script_click(struct script *script, uint16_t button, unsigned int times, uint32_t delay_ms)
{
	const uint32_t hold_ms = delay_ms > CLICK_MS ? delay_ms : CLICK_MS;

	for (unsigned int i = 0; i < times; i++) {
		const int rc = reserve(script, 4);

		if (rc < 0)
			return rc;
		put_key(script, button, true);
		put_pause(script, hold_ms);
		put_key(script, button, false);
		put_pause(script, hold_ms);
	}
	return 0;
}

int script_wheel(struct script *script, int32_t notches, uint32_t delay_ms)
{
	const int rc = reserve(script, 2);

	if (rc < 0)
		return rc;
	put(script, &(struct op){.kind = OP_WHEEL, .notches = notches});
	put_pause(script, delay_ms);
	script->needs |= XENAV_INPUT_POINTER;
	return 0;
}
