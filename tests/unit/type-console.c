/* SPDX-License-Identifier: MIT */
/* See type-console.h. */
#include <config.h>

#include <string.h>
#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon.h>

#include "test.h"
#include "type-console.h"

/* As in the locale en_US.UTF-8, which need not be installed. */
static const char accents[] = "<dead_circumflex> <space> : \"^\"\n"
			      "<dead_grave> <space> : \"`\"\n"
			      "<dead_tilde> <space> : \"~\"\n";

void console_init(struct console *console, const char *layout, const char *variant)
{
	const struct xkb_rule_names names = {"evdev", "pc105", layout, variant, ""};

	memset(console, 0, sizeof *console);
	console->context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	console->keymap = xkb_keymap_new_from_names(console->context, &names, 0);
	assert_non_null(console->keymap);
	console->state = xkb_state_new(console->keymap);
	console->table = xkb_compose_table_new_from_buffer(
		console->context, accents, strlen(accents), "C", XKB_COMPOSE_FORMAT_TEXT_V1, 0);
	assert_non_null(console->table);
	console->compose = xkb_compose_state_new(console->table, 0);
	assert_non_null(console->compose);
}

void console_finish(struct console *console)
{
	xkb_compose_state_unref(console->compose);
	xkb_compose_table_unref(console->table);
	xkb_state_unref(console->state);
	xkb_keymap_unref(console->keymap);
	xkb_context_unref(console->context);
}

/* @return the length of what is written to text. */
static int read_key(struct console *console, uint32_t key, char *text, size_t size)
{
	const xkb_keysym_t sym = xkb_state_key_get_one_sym(console->state, key);

	/* Shift and its like leave a dead key as it is. */
	if (xkb_compose_state_feed(console->compose, sym) == XKB_COMPOSE_FEED_IGNORED)
		return 0;
	switch (xkb_compose_state_get_status(console->compose)) {
	case XKB_COMPOSE_COMPOSED:
		return xkb_compose_state_get_utf8(console->compose, text, size);
	case XKB_COMPOSE_NOTHING:
		return xkb_state_key_get_utf8(console->state, key, text, size);
	case XKB_COMPOSE_COMPOSING:
	case XKB_COMPOSE_CANCELLED:
		break;
	}
	return 0;
}

void console_key(struct console *console, uint32_t code, bool pressed)
{
	const uint32_t key = code + 8;
	char *end = console->text + console->n;

	if (pressed) {
		const int n = read_key(console, key, end, CONSOLE_BYTES - console->n);

		assert_in_range(n, 0, CONSOLE_BYTES - console->n - 1);
		console->n += (unsigned int)n;
		end[n] = 0;
		if (n == 1 && *end == '\r')
			*end = '\n';
	}
	xkb_state_update_key(console->state, key, pressed ? XKB_KEY_DOWN : XKB_KEY_UP);
}
