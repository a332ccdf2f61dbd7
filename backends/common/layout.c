/* SPDX-License-Identifier: MIT */
/*
 * See layout.h.  Every key is looked at with no modifier, Shift, AltGr and both.  A character of
 * several keys is typed by the first one found: keys that all keyboards have come first, then few
 * modifiers.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

#include "common/layout.h"

/* XKB counts the keys of the kernel from 8. */
#define XKB_OFFSET 8

/* Keys up to the first are on all keyboards, those up to the second on keyboards of some countries,
 * and those above are none to type with. */
#define CODE_EVERYWHERE KEY_KPDOT
#define CODE_LAST       127

#define MODS 4u

struct entry {
	uint32_t character; /* 0 for a dead key */
	xkb_keysym_t sym;
	uint16_t code;
	uint8_t mods;
};

struct layout {
	unsigned int n;
	struct entry entries[MODS * CODE_LAST];
};

/* -------- loading -------- */

/* Keys of the keypad depend on NumLock, and are not typing to all programs. */
static bool is_of_keypad(xkb_keysym_t sym)
{
	return sym >= XKB_KEY_KP_Space && sym <= XKB_KEY_KP_Equal;
}

static void add_keys(struct layout *layout, struct xkb_state *state, unsigned int mods,
		     uint16_t first, uint16_t last)
{
	for (uint16_t code = first; code <= last; code++) {
		const xkb_keysym_t sym = xkb_state_key_get_one_sym(state, code + XKB_OFFSET);

		if (sym == XKB_KEY_NoSymbol || is_of_keypad(sym))
			continue;
		layout->entries[layout->n++] = (struct entry){
			.character = xkb_keysym_to_utf32(sym),
			.sym = sym,
			.code = code,
			.mods = (uint8_t)mods,
		};
	}
}

static int add_all(struct layout *layout, struct xkb_keymap *keymap, uint16_t first, uint16_t last)
{
	for (unsigned int mods = 0; mods < MODS; mods++) {
		struct xkb_state *state = xkb_state_new(keymap);

		if (!state)
			return -ENOMEM;
		if (mods & LAYOUT_SHIFT)
			xkb_state_update_key(state, KEY_LEFTSHIFT + XKB_OFFSET, XKB_KEY_DOWN);
		if (mods & LAYOUT_ALTGR)
			xkb_state_update_key(state, KEY_RIGHTALT + XKB_OFFSET, XKB_KEY_DOWN);
		add_keys(layout, state, mods, first, last);
		xkb_state_unref(state);
	}
	return 0;
}

/* Split "layout(variant)"; each part is of letters, digits, - and _. */
static int split(const char *name, char *layout, char *variant, size_t size)
{
	const size_t len = strcspn(name, "(");
	const size_t rest = strlen(name + len);

	if (len == 0 || len >= size || rest >= size)
		return -EINVAL;
	snprintf(layout, size, "%.*s", (int)len, name);
	variant[0] = 0;
	if (rest > 0) {
		if (rest < 3 || name[len + rest - 1] != ')')
			return -EINVAL;
		snprintf(variant, size, "%.*s", (int)rest - 2, name + len + 1);
	}
	for (const char *c = layout; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_", *c))
			return -EINVAL;
	for (const char *c = variant; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_", *c))
			return -EINVAL;
	return 0;
}

static struct xkb_keymap *load_keymap(struct xkb_context *context, const char *layout,
				      const char *variant)
{
	const struct xkb_rule_names names = {
		.rules = "evdev",
		.model = "pc105",
		.layout = layout,
		.variant = variant,
		.options = "",
	};

	return xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
}

int layout_load(struct layout **out, const char *name)
{
	char layout_name[64], variant[64];
	struct xkb_context *context;
	struct xkb_keymap *keymap;
	struct layout *layout;
	int rc;

	rc = split(name, layout_name, variant, sizeof variant);
	if (rc < 0)
		return rc;
	layout = calloc(1, sizeof *layout);
	context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	if (!layout || !context) {
		free(layout);
		xkb_context_unref(context);
		return -ENOMEM;
	}
	xkb_context_set_log_level(context, XKB_LOG_LEVEL_CRITICAL);
	keymap = load_keymap(context, layout_name, variant);
	rc = keymap ? add_all(layout, keymap, 1, CODE_EVERYWHERE) : -ENOENT;
	if (rc == 0)
		rc = add_all(layout, keymap, CODE_EVERYWHERE + 1, CODE_LAST);
	xkb_keymap_unref(keymap);
	xkb_context_unref(context);
	if (rc == 0)
		*out = layout;
	else
		layout_free(layout);
	return rc;
}

void layout_free(struct layout *layout)
{
	free(layout);
}

/* -------- looking up -------- */

static const struct entry *find_character(const struct layout *layout, uint32_t character)
{
	for (unsigned int i = 0; i < layout->n; i++)
		if (layout->entries[i].character == character)
			return &layout->entries[i];
	return NULL;
}

static const struct entry *find_sym(const struct layout *layout, xkb_keysym_t sym)
{
	for (unsigned int i = 0; i < layout->n; i++)
		if (layout->entries[i].sym == sym)
			return &layout->entries[i];
	return NULL;
}

/* Accents that stand alone, where they have no key: a dead key, then the space bar. */
static const struct entry *find_dead(const struct layout *layout, uint32_t character)
{
	static const struct {
		uint32_t character;
		xkb_keysym_t sym;
	} accents[] = {
		{'^', XKB_KEY_dead_circumflex},
		{'`', XKB_KEY_dead_grave},
		{'~', XKB_KEY_dead_tilde},
	};

	for (unsigned int i = 0; i < sizeof accents / sizeof accents[0]; i++)
		if (accents[i].character == character)
			return find_sym(layout, accents[i].sym);
	return NULL;
}

static struct chord chord_of(const struct entry *entry)
{
	struct chord chord = {0};

	if (entry->mods & LAYOUT_SHIFT)
		chord.codes[chord.n++] = KEY_LEFTSHIFT;
	if (entry->mods & LAYOUT_ALTGR)
		chord.codes[chord.n++] = KEY_RIGHTALT;
	chord.codes[chord.n++] = entry->code;
	return chord;
}

unsigned int layout_find(const struct layout *layout, uint32_t character,
			 struct chord chords[LAYOUT_CHORDS])
{
	const struct entry *entry;

	if (character == '\n' || character == '\t') {
		chords[0] = (struct chord){1, {character == '\n' ? KEY_ENTER : KEY_TAB}};
		return 1;
	}
	if (character < ' ' || character == 0x7f)
		return 0;
	entry = find_character(layout, character);
	if (entry) {
		chords[0] = chord_of(entry);
		return 1;
	}
	entry = find_dead(layout, character);
	if (!entry)
		return 0;
	chords[0] = chord_of(entry);
	chords[1] = (struct chord){1, {KEY_SPACE}};
	return 2;
}

static bool has_sym(const struct entry *entry, xkb_keysym_t sym, uint32_t character)
{
	return entry->sym == sym || (character && entry->character == character);
}

uint16_t layout_find_keysym(const struct layout *layout, uint32_t keysym, unsigned int held,
			    unsigned int *mods)
{
	const uint32_t character = xkb_keysym_to_utf32(keysym);
	const struct entry *found = NULL;

	for (unsigned int i = 0; i < layout->n; i++) {
		const struct entry *entry = &layout->entries[i];

		if (!has_sym(entry, keysym, character))
			continue;
		if (!found || entry->mods == held)
			found = entry;
		if (found->mods == held)
			break;
	}
	if (!found)
		return 0;
	*mods = found->mods;
	return found->code;
}
