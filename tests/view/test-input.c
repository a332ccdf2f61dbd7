/* SPDX-License-Identifier: MIT */
/* Keys, pointer and fingers in a window of xenav-view arrive in the guest. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include <X11/extensions/XTest.h>

#include "view-rig.h"

static bool is_down(void *code)
{
	return kb.down[*(unsigned int *)code];
}

static bool is_up(void *code)
{
	return !kb.down[*(unsigned int *)code] && kb.ups[*(unsigned int *)code] > 0;
}

static bool all_are_up(void *)
{
	for (unsigned int code = 0; code < KEYBOARD_KEYS; code++)
		if (kb.down[code])
			return false;
	return true;
}

/* The window has the keyboard when a key of it arrives. */
static void expect_key(unsigned int code)
{
	x11_key(code, true);
	if (!guest_run_until(&rg.guest, is_down, &code, WAIT_MS))
		fail_msg("key %u does not arrive", code);
	x11_key(code, false);
	EXPECT(is_up, &code);
}

static Window start_typing(uint16_t domid, const struct toolstack_node *keyboard)
{
	const Window window = start_all(domid, keyboard);

	x11_focus(window);
	return window;
}

/* -------- the keyboard -------- */

TEST(a_key_goes_down_and_up_in_the_guest)
{
	start_typing(80, plain);
	expect_key(KEY_A);
	assert_int_equal(kb.downs[KEY_A], 1);
	stop_all();
}

/* SDL 2.26 has no scancodes for these keys of an X server, or those of other keys. */
static bool sdl_knows(unsigned int code)
{
	static const unsigned char unknown[] = {
		84,  85,  95,  101, 112, 120, 121, 128, 130, 132, 134, 141, 143, 144, 145,
		146, 147, 151, 152, 153, 154, 160, 162, 167, 169, 170, 171, 174, 175, 176,
		177, 178, 181, 182, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 201,
		202, 203, 204, 205, 206, 207, 209, 210, 211, 212, 213, 214, 215, 216, 218,
		219, 220, 221, 222, 231, 232, 233, 234, 235, 236, 237, 238, 239,
	};

	return !memchr(unknown, (int)code, sizeof unknown);
}

/* Also those that another key of this loop has pressed: each arrives once more. */
static void expect_every_key(void)
{
	for (unsigned int code = KEY_ESC; code < KEY_UNKNOWN; code++) {
		const unsigned int before = kb.downs[code];

		if (code == KEY_F5 || !sdl_knows(code))
			continue;
		x11_key(code, true);
		x11_key(code, false);
		/* What has not arrived before this key never will. */
		expect_key(KEY_F5);
		if (kb.downs[code] != before + 1 || kb.down[code])
			fail_msg("key %u does not arrive", code);
	}
}

TEST(every_key_is_the_same_key_in_the_guest)
{
	start_typing(81, plain);
	expect_every_key();
	stop_all();
}

/* The keys are at the same places, with other letters on them; AltGr is one of them. */
TEST(the_layout_of_this_machine_does_not_matter)
{
	x11_set_layout("de");
	start_typing(78, plain);
	expect_every_key();
	stop_all();
	x11_set_layout("us");
}

TEST(keys_that_are_down_go_up_when_the_window_loses_the_keyboard)
{
	unsigned int code = KEY_LEFTSHIFT;

	start_typing(82, plain);
	x11_key(code, true);
	EXPECT(is_down, &code);
	x11_unfocus();
	EXPECT(all_are_up, NULL);
	x11_key(code, false);
	stop_all();
}

/* Another program cannot take the keyboard while it is grabbed. */
static bool is_grabbed(void *)
{
	const int rc = XGrabKeyboard(x11, DefaultRootWindow(x11), False, GrabModeAsync,
				     GrabModeAsync, CurrentTime);

	if (rc == GrabSuccess)
		XUngrabKeyboard(x11, CurrentTime);
	XFlush(x11);
	return rc == AlreadyGrabbed;
}

static bool is_not_grabbed(void *)
{
	return !is_grabbed(NULL);
}

static void press_hotkey(unsigned int code)
{
	x11_key(KEY_LEFTCTRL, true);
	x11_key(KEY_LEFTALT, true);
	x11_key(code, true);
	x11_key(code, false);
	x11_key(KEY_LEFTALT, false);
	x11_key(KEY_LEFTCTRL, false);
}

TEST(the_keyboard_is_taken_and_released_by_a_key_that_the_title_names)
{
	Window window = start_typing(83, plain);

	expect_key(KEY_A);
	expect_title(window, "Ctrl+Alt+G takes the keyboard");
	press_hotkey(KEY_G);
	expect_title(window, "Ctrl+Alt+G releases the keyboard");
	EXPECT(is_grabbed, NULL);
	expect_key(KEY_B);
	press_hotkey(KEY_G);
	expect_title(window, "Ctrl+Alt+G takes the keyboard");
	EXPECT(is_not_grabbed, NULL);
	EXPECT(all_are_up, NULL);
	assert_int_equal(kb.downs[KEY_G], 0);
	stop_all();
}

static Window full_window;

static bool is_full(void *)
{
	return x11_is_at(full_window, 0, 0, X11_WIDTH, X11_HEIGHT);
}

/* In the middle of the screen, where it goes last. */
static bool is_small(void *)
{
	return x11_is_at(full_window, (X11_WIDTH - LEFT_WIDTH) / 2, (X11_HEIGHT - LEFT_HEIGHT) / 2,
			 LEFT_WIDTH, LEFT_HEIGHT);
}

/* The window changes while the program is busy with it: a key shows that it is done. */
TEST(keys_make_it_full_screen_and_end_it)
{
	full_window = start_typing(84, plain);
	expect_key(KEY_A);
	press_hotkey(KEY_F);
	EXPECT(is_full, NULL);
	expect_key(KEY_B);
	press_hotkey(KEY_F);
	EXPECT(is_small, NULL);
	expect_key(KEY_C);
	press_hotkey(KEY_Q);
	assert_int_equal(view_wait(), 0);
	hide();
	stop_guest();
}

/* -------- the pointer -------- */

struct point {
	int x, y;
};

static bool is_at(void *data)
{
	const struct point *p = data;

	return kb.x >= p->x - 1 && kb.x <= p->x + 1 && kb.y >= p->y - 1 && kb.y <= p->y + 1;
}

static void expect_point(int x, int y)
{
	struct point p = {x, y};

	if (!guest_run_until(&rg.guest, is_at, &p, WAIT_MS))
		fail_msg("the pointer is at %d,%d, not at %d,%d", kb.x, kb.y, x, y);
}

static bool has_wheel(void *wheel)
{
	return kb.wheel == *(long *)wheel;
}

TEST(a_click_is_where_the_pointer_is)
{
	unsigned int left = BTN_LEFT, right = BTN_RIGHT;
	Window window = start_typing(85, plain);
	long wheel = 1;

	x11_point(window, 100, 50);
	expect_point(100, 50);
	x11_button(1, true);
	EXPECT(is_down, &left);
	assert_in_range(kb.x, 99, 101);
	x11_button(1, false);
	EXPECT(is_up, &left);
	x11_point(window, LEFT_WIDTH - 1, LEFT_HEIGHT - 1);
	expect_point(LEFT_WIDTH - 1, LEFT_HEIGHT - 1);
	x11_button(3, true);
	EXPECT(is_down, &right);
	x11_button(3, false);
	EXPECT(is_up, &right);
	x11_button(5, true);
	x11_button(5, false);
	EXPECT(has_wheel, &wheel);
	wheel = -1;
	x11_button(4, true);
	x11_button(4, false);
	x11_button(4, true);
	x11_button(4, false);
	EXPECT(has_wheel, &wheel);
	stop_all();
}

/* A pointer that stays where it is tells nothing. */
static bool points_at_half(void *window)
{
	static int i;

	x11_point(*(Window *)window, 200 + i++ % 2, 100);
	return kb.x >= 99 && kb.x <= 101;
}

TEST(a_point_of_a_scaled_window_is_that_of_the_screen)
{
	Window window = start_typing(86, plain);

	XMoveResizeWindow(x11, window, 0, 0, 640, 480);
	XFlush(x11);
	EXPECT(points_at_half, &window);
	x11_point(window, 600, 400);
	expect_point(300, 200);
	stop_all();
}

static bool has_moved(void *data)
{
	const struct point *p = data;

	return kb.dx == p->x && kb.dy == p->y;
}

TEST(a_pointer_without_positions_is_taken_by_a_click_and_moves)
{
	unsigned int left = BTN_LEFT;
	Window window = start_typing(87, relative);
	struct point moved = {0};

	x11_point(window, 160, 120);
	expect_key(KEY_A);
	assert_int_equal(kb.motions, 0);
	x11_button(1, true);
	x11_button(1, false);
	expect_title(window, "releases the keyboard");
	/* That click took the pointer and is not the guest's. */
	assert_int_equal(kb.downs[BTN_LEFT], 0);
	expect_key(KEY_B);
	moved.x = (int)kb.dx + 7;
	moved.y = (int)kb.dy - 5;
	XTestFakeRelativeMotionEvent(x11, 7, -5, CurrentTime);
	XFlush(x11);
	EXPECT(has_moved, &moved);
	x11_button(1, true);
	EXPECT(is_down, &left);
	x11_button(1, false);
	EXPECT(is_up, &left);
	press_hotkey(KEY_G);
	expect_title(window, "takes the keyboard");
	stop_all();
}

TEST(with_grab_the_keyboard_is_taken_and_a_click_takes_the_pointer)
{
	struct point moved = {3, 4};
	Window window;

	start_guest(89, relative);
	show(XR24);
	START("--unique-id=left", "--grab");
	window = expect_window("left");
	expect_picture(window);
	expect_title(window, "releases the keyboard");
	EXPECT(is_grabbed, NULL);
	x11_point(window, 160, 120);
	expect_key(KEY_A);
	x11_button(1, true);
	x11_button(1, false);
	expect_key(KEY_B);
	assert_int_equal(kb.downs[BTN_LEFT], 0);
	moved.x += (int)kb.dx;
	moved.y += (int)kb.dy;
	XTestFakeRelativeMotionEvent(x11, 3, 4, CurrentTime);
	XFlush(x11);
	EXPECT(has_moved, &moved);
	stop_all();
}

TEST(nothing_is_typed_with_no_input)
{
	Window window;

	start_guest(88, plain);
	show(XR24);
	START("--unique-id=left", "--no-input");
	window = expect_window("left");
	expect_picture(window);
	x11_focus(window);
	x11_key(KEY_A, true);
	x11_key(KEY_A, false);
	/* A hotkey that was served shows that the keys before it were. */
	press_hotkey(KEY_G);
	expect_title(window, "releases the keyboard");
	guest_run(&rg.guest, 50);
	assert_int_equal(kb.events, 0);
	stop_all();
}
