/* SPDX-License-Identifier: MIT */
/*
 * A program of a guest that reads its keyboard, with a layout and dead keys, by libxkbcommon.
 */
#ifndef XENAV_TEST_TYPE_CONSOLE_H
#define XENAV_TEST_TYPE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#define CONSOLE_BYTES 4096

struct console {
	struct xkb_context *context;
	struct xkb_keymap *keymap;
	struct xkb_state *state;
	struct xkb_compose_table *table;
	struct xkb_compose_state *compose;
	unsigned int n;
	char text[CONSOLE_BYTES]; /* all that was typed; enter is a newline */
};

void console_init(struct console *console, const char *layout, const char *variant);
void console_finish(struct console *console);

/* A key goes down or up. */
void console_key(struct console *console, uint32_t code, bool pressed);

#endif
