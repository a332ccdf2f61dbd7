/* SPDX-License-Identifier: MIT */
/*
 * What clients type by keysyms is read by a guest's program with the same layout, all characters of
 * it; and who holds a key.
 */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

#include "unit/test.h"
#include "unit/type-console.h"
#include "vnc/keyboard.h"
#include "vnc/pointer.h"

#define TEST(name) TEST_ALONE(name)

/* -------- the guest, in the place of libxenav -------- */

static struct console console;
static bool has_console;
static unsigned int down[INPUTS_CODES], presses[INPUTS_CODES];
static struct {
	int32_t x, y, wheel;
	unsigned int touches, lifts;
} pointed;
static bool is_full;

static struct xenav_input_info info = {
	.caps = XENAV_INPUT_KEYBOARD | XENAV_INPUT_POINTER | XENAV_INPUT_ABSOLUTE,
};

const struct xenav_input_info *xenav_input_get_info(const struct xenav_input *)
{
	return &info;
}

int xenav_input_belongs(const struct xenav_input *, const struct xenav_connector *)
{
	return 1;
}

int xenav_input_key(struct xenav_input *, uint32_t code, int pressed)
{
	if (is_full)
		return -EAGAIN;
	if (has_console && (down[code] != 0) != (pressed != 0))
		console_key(&console, code, pressed);
	presses[code] += pressed != 0;
	down[code] = pressed != 0;
	return 0;
}

int xenav_input_position(struct xenav_input *, const struct xenav_connector *, int32_t x, int32_t y,
			 int32_t wheel)
{
	pointed.x = x;
	pointed.y = y;
	pointed.wheel += wheel;
	return 0;
}

int xenav_input_touch(struct xenav_input *, uint32_t, const struct xenav_connector *, int32_t x,
		      int32_t y)
{
	pointed.x = x;
	pointed.y = y;
	pointed.touches++;
	return 0;
}

int xenav_input_touch_end(struct xenav_input *, uint32_t)
{
	pointed.lifts++;
	return 0;
}

int xenav_input_reset(struct xenav_input *)
{
	memset(down, 0, sizeof down);
	return 0;
}

int xenav_input_flush(struct xenav_input *)
{
	return 0;
}

/* -------- the client -------- */

static struct inputs inputs;
static struct layout *layout;
static struct keyboard kb;

static void start(const char *name)
{
	memset(&inputs, 0, sizeof inputs);
	memset(down, 0, sizeof down);
	memset(presses, 0, sizeof presses);
	memset(&pointed, 0, sizeof pointed);
	inputs_add(&inputs, (struct xenav_input *)&info);
	assert_int_equal(layout_load(&layout, name), 0);
	kb = (struct keyboard){.inputs = &inputs, .layout = layout};
}

static void stop(void)
{
	keyboard_release_all(&kb);
	for (unsigned int code = 0; code < INPUTS_CODES; code++) {
		assert_int_equal(down[code], 0);
		assert_int_equal(inputs.holders[code], 0);
	}
	layout_free(layout);
}

static void type(uint32_t keysym)
{
	keyboard_keysym(&kb, keysym, true);
	keyboard_keysym(&kb, keysym, false);
}

/* All characters of ISO 8859-1 that the layout has, whatever the client holds meanwhile. */
static void check_layout(const char *name, uint32_t held, const char *wanted)
{
	char text[1024] = "", one[8];

	start(name);
	console_init(&console, name, "");
	has_console = true;
	if (held)
		keyboard_keysym(&kb, held, true);
	for (uint32_t c = ' '; c < 0x100; c++) {
		unsigned int mods;

		if (c == 0x7f || !layout_find_keysym(layout, c, 0, &mods))
			continue;
		type(c);
		xkb_keysym_to_utf8(c, one, sizeof one);
		strcat(text, one);
	}
	assert_string_equal(console.text, text);
	assert_non_null(strstr(text, wanted));
	has_console = false;
	console_finish(&console);
	stop();
}

TEST(every_character_of_a_us_layout_is_read_as_it_was_typed)
{
	check_layout("us", 0, "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");
	check_layout("us", XKB_KEY_Shift_L, "!\"#$%&'()*+,-./0123456789:;<=>?@");
}

TEST(every_character_of_a_german_layout_is_read_as_it_was_typed)
{
	check_layout("de", 0, "abcdefghijklmnopqrstuvwxyz{|}");
	check_layout("de", XKB_KEY_Shift_R, "\xc3\x84");
	check_layout("de", XKB_KEY_ISO_Level3_Shift, "!\"#$%&'()*+,-./0123456789:;<=>?@");
}

TEST(keys_of_the_keypad_do_not_depend_on_num_lock)
{
	start("us");
	type(XKB_KEY_KP_7);
	assert_int_equal(presses[KEY_7], 1);
	type(XKB_KEY_KP_Home);
	assert_int_equal(presses[KEY_HOME], 1);
	type(XKB_KEY_KP_Enter);
	assert_int_equal(presses[KEY_KPENTER], 1);
	type(XKB_KEY_Num_Lock);
	type(XKB_KEY_Caps_Lock);
	assert_int_equal(presses[KEY_NUMLOCK] + presses[KEY_CAPSLOCK], 0);
	stop();
}

TEST(keys_without_a_character_are_typed_with_the_modifiers_that_are_held)
{
	start("us");
	keyboard_keysym(&kb, XKB_KEY_Shift_L, true);
	type(XKB_KEY_Left);
	type(XKB_KEY_F5);
	type(XKB_KEY_ISO_Left_Tab);
	assert_int_equal(presses[KEY_LEFT], 1);
	assert_int_equal(presses[KEY_F5], 1);
	assert_int_equal(presses[KEY_TAB], 1);
	assert_int_equal(presses[KEY_LEFTSHIFT], 1);
	assert_int_equal(down[KEY_LEFTSHIFT], 1);
	stop();
}

TEST(a_key_that_is_pressed_again_is_a_repetition)
{
	start("us");
	keyboard_code(&kb, KEY_A, true);
	keyboard_code(&kb, KEY_A, true);
	keyboard_keysym(&kb, 'b', true);
	keyboard_keysym(&kb, 'b', true);
	assert_int_equal(presses[KEY_A], 2);
	assert_int_equal(presses[KEY_B], 2);
	assert_int_equal(inputs.holders[KEY_A], 1);
	stop();
}

TEST(more_keys_than_a_client_can_hold_are_ignored)
{
	start("us");
	for (uint16_t code = 1; code < 100; code++)
		keyboard_code(&kb, code, true);
	assert_int_equal(kb.n, KEYBOARD_HELD);
	keyboard_keysym(&kb, 0, true);
	keyboard_keysym(&kb, 0xffffffff, true);
	stop();
}

TEST(a_release_that_the_daemon_did_not_take_releases_everything)
{
	start("us");
	keyboard_code(&kb, KEY_A, true);
	is_full = true;
	keyboard_code(&kb, KEY_A, false);
	is_full = false;
	assert_int_equal(down[KEY_A], 1);
	inputs_flush(&inputs);
	assert_int_equal(down[KEY_A], 0);
	stop();
}

TEST(the_left_button_is_a_finger_where_there_is_only_a_touch_screen)
{
	struct pointer pointer = {.inputs = &inputs};
	const uint32_t caps = info.caps;

	start("us");
	info.caps = XENAV_INPUT_TOUCH;
	pointer_event(&pointer, 0, NULL, 1, 1);
	assert_int_equal(pointed.touches, 0);
	pointer_event(&pointer, 1, NULL, 2, 3);
	pointer_event(&pointer, 1, NULL, 4, 5);
	assert_int_equal(pointed.touches, 2);
	assert_int_equal(pointed.y, 5);
	pointer_event(&pointer, 0, NULL, 4, 5);
	assert_int_equal(pointed.lifts, 1);
	pointer_event(&pointer, 1, NULL, 4, 5);
	pointer_release_all(&pointer);
	assert_int_equal(pointed.lifts, 2);
	info.caps = caps;
	stop();
}
