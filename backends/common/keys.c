/* SPDX-License-Identifier: MIT */
/* See keys.h. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/keys.h"

struct named {
	const char *name;
	uint16_t code;
};

/* The keys of the kernel from code 1 on, without "KEY_"; - is a code without a key. */
static const char evdev[] =
	"esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab q w e r t y u i o p leftbrace "
	"rightbrace enter leftctrl a s d f g h j k l semicolon apostrophe grave leftshift "
	"backslash z x c v b n m comma dot slash rightshift kpasterisk leftalt space capslock "
	"f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 numlock scrolllock kp7 kp8 kp9 kpminus kp4 kp5 kp6 "
	"kpplus kp1 kp2 kp3 kp0 kpdot - zenkakuhankaku 102nd f11 f12 ro katakana hiragana "
	"henkan katakanahiragana muhenkan kpjpcomma kpenter rightctrl kpslash sysrq rightalt "
	"linefeed home up pageup left right end down pagedown insert delete macro mute "
	"volumedown volumeup power kpequal kpplusminus pause scale kpcomma hangeul hanja yen "
	"leftmeta rightmeta compose stop again props undo front copy open paste find cut help "
	"menu calc setup sleep wakeup file sendfile deletefile xfer prog1 prog2 www msdos "
	"coffee rotate_display cyclewindows mail bookmarks computer back forward closecd "
	"ejectcd ejectclosecd nextsong playpause previoussong stopcd record rewind phone iso "
	"config homepage refresh exit move edit scrollup scrolldown kpleftparen kprightparen "
	"new redo f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 - - - - - playcd pausecd "
	"prog3 prog4 all_applications suspend close play fastforward bassboost print hp "
	"camera sound question email chat search connect finance sport shop alterase cancel "
	"brightnessdown brightnessup media switchvideomode kbdillumtoggle kbdillumdown "
	"kbdillumup send reply forwardmail save documents battery bluetooth wlan uwb";

static const struct named others[] = {
	{"ctrl", KEY_LEFTCTRL},     {"lctrl", KEY_LEFTCTRL},    {"rctrl", KEY_RIGHTCTRL},
	{"control", KEY_LEFTCTRL},  {"shift", KEY_LEFTSHIFT},   {"lshift", KEY_LEFTSHIFT},
	{"rshift", KEY_RIGHTSHIFT}, {"alt", KEY_LEFTALT},       {"lalt", KEY_LEFTALT},
	{"ralt", KEY_RIGHTALT},     {"altgr", KEY_RIGHTALT},    {"meta", KEY_LEFTMETA},
	{"super", KEY_LEFTMETA},    {"win", KEY_LEFTMETA},      {"escape", KEY_ESC},
	{"return", KEY_ENTER},      {"bksp", KEY_BACKSPACE},    {"del", KEY_DELETE},
	{"ins", KEY_INSERT},        {"pgup", KEY_PAGEUP},       {"pgdn", KEY_PAGEDOWN},
	{"caps", KEY_CAPSLOCK},     {"printscreen", KEY_SYSRQ}, {"screenlock", KEY_COFFEE},
};

#define N(list) (sizeof(list) / sizeof(list)[0])

/* A guest's keyboard and pointer have no other codes. */
static bool is_known(unsigned long code)
{
	return (code >= KEY_ESC && code < KEY_UNKNOWN) || (code >= BTN_LEFT && code <= BTN_TASK) ||
	       (code >= KEY_OK && code < KEY_MAX);
}

static uint16_t find_evdev(const char *name)
{
	const size_t len = strlen(name);
	const char *word = evdev;
	uint16_t code = 1;

	while (*word) {
		const size_t n = strcspn(word, " ");

		if (n == len && *word != '-' && strncasecmp(word, name, n) == 0)
			return code;
		word += n;
		word += *word == ' ';
		code++;
	}
	return 0;
}

static uint16_t find(const struct named *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(list[i].name, name) == 0)
			return list[i].code;
	return 0;
}

/* Keys without a name here are written as 0x and their code. */
static uint16_t from_hex(const char *name)
{
	unsigned long code;
	char *end;

	if (strncasecmp(name, "0x", 2) != 0)
		return 0;
	code = strtoul(name, &end, 16);
	return *end || !is_known(code) ? 0 : (uint16_t)code;
}

uint16_t key_by_name(const char *name)
{
	uint16_t code;

	if (strncasecmp(name, "KEY_", 4) == 0)
		name += 4;
	code = find_evdev(name);
	if (!code)
		code = find(others, N(others), name);
	return code ? code : from_hex(name);
}

uint16_t button_by_name(const char *name)
{
	static const struct named buttons[] = {
		{"left", BTN_LEFT},
		{"right", BTN_RIGHT},
		{"middle", BTN_MIDDLE},
	};

	return find(buttons, N(buttons), name);
}

int chord_parse(struct chord *chord, const char *text, char *name, unsigned int size)
{
	bool more = true;

	chord->n = 0;
	while (more) {
		const size_t len = strcspn(text, "+");
		uint16_t code;

		snprintf(name, size, "%.*s", (int)len, text);
		code = len < size ? key_by_name(name) : 0;
		if (!code)
			return -EINVAL;
		if (chord->n == CHORD_MAX)
			return -E2BIG;
		chord->codes[chord->n++] = code;
		more = text[len] == '+';
		text += len + 1;
	}
	return 0;
}
