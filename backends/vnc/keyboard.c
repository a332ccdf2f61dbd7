/* SPDX-License-Identifier: MIT */
/* See keyboard.h. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <stddef.h>
#include <string.h>
#include <xkbcommon/xkbcommon-keysyms.h>

#include "vnc/keyboard.h"

/* Keys whose keysym is no character of the layout: modifiers, and the keypad, whose digits are
 * typed by the keys of the main field because those of the keypad depend on the guest's Num Lock.
 */
static const struct {
	uint32_t keysym;
	uint32_t as;   /* another keysym */
	uint16_t code; /* a key */
} special[] = {
	{XKB_KEY_ISO_Level3_Shift, 0, KEY_RIGHTALT},
	{XKB_KEY_Mode_switch, 0, KEY_RIGHTALT},
	{XKB_KEY_Alt_R, 0, KEY_RIGHTALT},
	{XKB_KEY_Alt_L, 0, KEY_LEFTALT},
	{XKB_KEY_Meta_L, 0, KEY_LEFTALT},
	{XKB_KEY_Meta_R, 0, KEY_RIGHTALT},
	{XKB_KEY_Super_L, 0, KEY_LEFTMETA},
	{XKB_KEY_Super_R, 0, KEY_RIGHTMETA},
	{XKB_KEY_Hyper_L, 0, KEY_LEFTMETA},
	{XKB_KEY_Hyper_R, 0, KEY_RIGHTMETA},
	{XKB_KEY_Menu, 0, KEY_COMPOSE},
	{XKB_KEY_Print, 0, KEY_SYSRQ},
	{XKB_KEY_Sys_Req, 0, KEY_SYSRQ},
	{XKB_KEY_Pause, 0, KEY_PAUSE},
	{XKB_KEY_Break, 0, KEY_PAUSE},
	{XKB_KEY_ISO_Left_Tab, 0, KEY_TAB},
	{XKB_KEY_KP_Enter, 0, KEY_KPENTER},
	{XKB_KEY_KP_Add, 0, KEY_KPPLUS},
	{XKB_KEY_KP_Subtract, 0, KEY_KPMINUS},
	{XKB_KEY_KP_Multiply, 0, KEY_KPASTERISK},
	{XKB_KEY_KP_Divide, 0, KEY_KPSLASH},
	{XKB_KEY_KP_Equal, XKB_KEY_equal, 0},
	{XKB_KEY_KP_Decimal, XKB_KEY_period, 0},
	{XKB_KEY_KP_Separator, XKB_KEY_comma, 0},
	{XKB_KEY_KP_Home, 0, KEY_HOME},
	{XKB_KEY_KP_Up, 0, KEY_UP},
	{XKB_KEY_KP_Page_Up, 0, KEY_PAGEUP},
	{XKB_KEY_KP_Left, 0, KEY_LEFT},
	{XKB_KEY_KP_Right, 0, KEY_RIGHT},
	{XKB_KEY_KP_End, 0, KEY_END},
	{XKB_KEY_KP_Down, 0, KEY_DOWN},
	{XKB_KEY_KP_Page_Down, 0, KEY_PAGEDOWN},
	{XKB_KEY_KP_Insert, 0, KEY_INSERT},
	{XKB_KEY_KP_Delete, 0, KEY_DELETE},
};

/* -------- what is held -------- */

static struct held_key *find_held(struct keyboard *kb, uint32_t keysym, uint16_t code)
{
	for (unsigned int i = 0; i < kb->n; i++)
		if (keysym ? kb->held[i].keysym == keysym : kb->held[i].code == code)
			return &kb->held[i];
	return NULL;
}

static bool holds(struct keyboard *kb, uint16_t code)
{
	return find_held(kb, 0, code) != NULL;
}

static void press(struct keyboard *kb, uint32_t keysym, uint16_t code)
{
	if (holds(kb, code)) {
		inputs_repeat(kb->inputs, code);
		return;
	}
	if (kb->n == KEYBOARD_HELD)
		return;
	kb->held[kb->n++] = (struct held_key){keysym, code};
	inputs_press(kb->inputs, code);
}

static void let_go(struct keyboard *kb, struct held_key *held)
{
	const uint16_t code = held->code;
	const size_t i = (size_t)(held - kb->held);

	kb->n--;
	memmove(held, held + 1, (kb->n - i) * sizeof *held);
	inputs_let_go(kb->inputs, code);
}

void keyboard_release_all(struct keyboard *kb)
{
	while (kb->n > 0)
		let_go(kb, &kb->held[kb->n - 1]);
}

/* -------- by its place -------- */

void keyboard_code(struct keyboard *kb, uint16_t code, bool pressed)
{
	struct held_key *held = find_held(kb, 0, code);

	if (pressed)
		press(kb, 0, code);
	else if (held)
		let_go(kb, held);
}

/* -------- by its keysym -------- */

static unsigned int held_mods(struct keyboard *kb)
{
	unsigned int mods = 0;

	if (holds(kb, KEY_LEFTSHIFT) || holds(kb, KEY_RIGHTSHIFT))
		mods |= LAYOUT_SHIFT;
	if (holds(kb, KEY_RIGHTALT))
		mods |= LAYOUT_ALTGR;
	return mods;
}

static void force(struct keyboard *kb, uint16_t code, bool pressed)
{
	if (holds(kb, code) != pressed)
		inputs_force(kb->inputs, code, pressed);
}

/* As the client holds them. */
static void restore(struct keyboard *kb, uint16_t code, bool pressed)
{
	if (holds(kb, code) != pressed)
		inputs_force(kb->inputs, code, !pressed);
}

static void press_with(struct keyboard *kb, uint32_t keysym, uint16_t code, unsigned int mods)
{
	const unsigned int change = mods ^ held_mods(kb);
	const bool shift = mods & LAYOUT_SHIFT, altgr = mods & LAYOUT_ALTGR;

	if (change & LAYOUT_SHIFT) {
		force(kb, KEY_LEFTSHIFT, shift);
		if (!shift)
			force(kb, KEY_RIGHTSHIFT, false);
	}
	if (change & LAYOUT_ALTGR)
		force(kb, KEY_RIGHTALT, altgr);
	press(kb, keysym, code);
	if (change & LAYOUT_ALTGR)
		restore(kb, KEY_RIGHTALT, altgr);
	if (change & LAYOUT_SHIFT) {
		restore(kb, KEY_LEFTSHIFT, shift);
		if (!shift)
			restore(kb, KEY_RIGHTSHIFT, false);
	}
}

/* @return a key that needs no modifier, or 0 and *as, the keysym to look for. */
static uint16_t find_special(uint32_t keysym, uint32_t *as)
{
	*as = keysym;
	if (keysym >= XKB_KEY_KP_0 && keysym <= XKB_KEY_KP_9)
		*as = XKB_KEY_0 + (keysym - XKB_KEY_KP_0);
	for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
		if (special[i].keysym != keysym)
			continue;
		if (special[i].as)
			*as = special[i].as;
		return special[i].code;
	}
	return 0;
}

/* The client has applied its locks already: the guest's are left alone. */
static bool is_lock(uint32_t keysym)
{
	return keysym == XKB_KEY_Caps_Lock || keysym == XKB_KEY_Num_Lock ||
	       keysym == XKB_KEY_Scroll_Lock || keysym == XKB_KEY_Shift_Lock;
}

/* Modifiers and keys without a character work with all modifiers, such as Shift and an arrow. */
static bool is_function(uint32_t keysym)
{
	return (keysym >= XKB_KEY_ISO_Lock && keysym < XKB_KEY_dead_grave) ||
	       (keysym >= XKB_KEY_BackSpace && keysym <= XKB_KEY_Delete);
}

/* A client that has let go of Shift before names another keysym now: then the key counts. */
static struct held_key *find_other_name(struct keyboard *kb, uint32_t keysym)
{
	unsigned int mods;
	uint32_t as;
	uint16_t code = find_special(keysym, &as);

	if (!code)
		code = layout_find_keysym(kb->layout, as, held_mods(kb), &mods);
	return code ? find_held(kb, 0, code) : NULL;
}

void keyboard_keysym(struct keyboard *kb, uint32_t keysym, bool pressed)
{
	struct held_key *held = find_held(kb, keysym, 0);
	unsigned int mods;
	uint16_t code;
	uint32_t as;

	if (keysym == 0 || is_lock(keysym))
		return;
	if (!held && !pressed)
		held = find_other_name(kb, keysym);
	if (!pressed) {
		if (held)
			let_go(kb, held);
		return;
	}
	if (held) {
		inputs_repeat(kb->inputs, held->code);
		return;
	}
	code = find_special(keysym, &as);
	if (code) {
		press(kb, keysym, code);
		return;
	}
	code = layout_find_keysym(kb->layout, as, held_mods(kb), &mods);
	if (code && is_function(as))
		press(kb, keysym, code);
	else if (code)
		press_with(kb, keysym, code, mods);
}
