/* SPDX-License-Identifier: MIT */
/*
 * What xenav-view shows, read from the X server: every pixel of a screen at its own size, scaled
 * with its aspect, and as a file.
 */
#include <config.h>

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "view-rig.h"

TEST(a_window_shows_every_pixel_of_the_screen)
{
	Window window = start_all(70, NULL);

	for (uint32_t seed = 2; seed < 12; seed++) {
		flip(seed);
		expect_picture(window);
	}
	stop_all();
}

TEST(opengl_shows_the_same_pixels)
{
	Window window;

	setenv("SDL_RENDER_DRIVER", "opengl", 1);
	window = start_all(71, NULL);
	for (uint32_t seed = 2; seed < 6; seed++) {
		flip(seed);
		expect_picture(window);
	}
	stop_all();
	unsetenv("SDL_RENDER_DRIVER");
}

/* -------- formats -------- */

/* The guest's pixels, as they are in its memory, and as they are seen. */
static void expect_format(uint32_t fourcc, uint32_t (*seen)(uint32_t pixel))
{
	Window window;

	start_guest(72, NULL);
	show(fourcc);
	for (unsigned int i = 0; i < LEFT_WIDTH * LEFT_HEIGHT; i++)
		picture[i] = seen(picture[i]);
	START("--unique-id=left");
	window = expect_window("left");
	expect_picture(window);
	stop_all();
}

static uint32_t same(uint32_t pixel)
{
	return pixel;
}

static uint32_t red_and_blue_exchanged(uint32_t pixel)
{
	return (pixel & 0xff00) | (pixel & 0xff) << 16 | (pixel >> 16 & 0xff);
}

TEST(alpha_of_a_screen_is_left_out)
{
	expect_format(0x34325241, same); /* AR24 */
}

TEST(red_and_blue_are_where_the_format_says)
{
	expect_format(0x34324258, red_and_blue_exchanged); /* XB24 */
}

TEST(pixels_of_16_bits_are_shown)
{
	expect_format(RG16, same);
}

/* -------- scaling -------- */

static Window shown_window;

static bool is_letterboxed(void *)
{
	/* 640x300: the picture is 400x300 in the middle. */
	return x11_pixel(shown_window, 0, 150) == 0 && x11_pixel(shown_window, 119, 299) == 0 &&
	       x11_pixel(shown_window, 121, 1) > 0 && x11_pixel(shown_window, 518, 298) > 0 &&
	       x11_pixel(shown_window, 520, 0) == 0 && x11_pixel(shown_window, 639, 299) == 0;
}

static bool is_doubled(void *)
{
	for (int i = 0; i < 100; i++) {
		const int x = i * 37 % (2 * LEFT_WIDTH), y = i * 53 % (2 * LEFT_HEIGHT);

		if (x11_pixel(shown_window, x, y) !=
		    (long)(picture[y / 2 * LEFT_WIDTH + x / 2] & 0xffffff))
			return false;
	}
	return true;
}

TEST(a_larger_window_shows_the_screen_scaled_with_its_aspect)
{
	shown_window = start_all(73, NULL);
	XMoveResizeWindow(x11, shown_window, 0, 0, 640, 300);
	XFlush(x11);
	EXPECT(is_letterboxed, NULL);
	/* By a whole number, each pixel becomes a square of its colour. */
	XMoveResizeWindow(x11, shown_window, 0, 0, 2 * LEFT_WIDTH, 2 * LEFT_HEIGHT);
	XFlush(x11);
	EXPECT(is_doubled, NULL);
	XResizeWindow(x11, shown_window, LEFT_WIDTH, LEFT_HEIGHT);
	XFlush(x11);
	expect_picture(shown_window);
	stop_all();
}

/* 800x600 is the screen of 320x240, two and a half times as large. */
static bool fills_the_monitor(void *)
{
	XWindowAttributes at = {0};

	XGetWindowAttributes(x11, shown_window, &at);
	return at.width == X11_WIDTH && at.height == X11_HEIGHT &&
	       x11_pixel(shown_window, 0, 0) > 0 &&
	       x11_pixel(shown_window, X11_WIDTH - 1, X11_HEIGHT - 1) > 0;
}

TEST(a_window_is_full_screen_on_a_chosen_monitor)
{
	start_guest(74, NULL);
	show(XR24);
	START("--unique-id=left", "--fullscreen=0");
	shown_window = expect_window("left");
	EXPECT(fills_the_monitor, NULL);
	assert_int_equal(view_stop(), 0);
	START("--unique-id=left", "--fullscreen=7");
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("There is no monitor 7; the last one is 0"));
	hide();
	stop_guest();
}

TEST(each_screen_of_a_guest_has_a_window)
{
	Window left, right;
	XWindowAttributes at = {0};

	start_guest(75, NULL);
	show(XR24);
	START("--domain=guest75");
	left = expect_window("left");
	right = expect_window("right");
	assert_true(left != right);
	expect_title(right, "[no picture]");
	XGetWindowAttributes(x11, right, &at);
	assert_int_equal(at.width, RIGHT_WIDTH);
	assert_int_equal(at.height, RIGHT_HEIGHT);
	XRaiseWindow(x11, left);
	expect_picture(left);
	hide();
	expect_title(left, "[no picture]");
	assert_int_equal(view_stop(), 0);
	stop_guest();
}

/* -------- files -------- */

static void expect_file(const char *name)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	uint8_t *rgb;

	assert_true(png_image_begin_read_from_file(&image, name));
	assert_int_equal(image.width, LEFT_WIDTH);
	assert_int_equal(image.height, LEFT_HEIGHT);
	image.format = PNG_FORMAT_RGB;
	rgb = malloc(PNG_IMAGE_SIZE(image));
	assert_non_null(rgb);
	assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
	for (unsigned int i = 0; i < LEFT_WIDTH * LEFT_HEIGHT; i++)
		assert_int_equal((uint32_t)rgb[3 * i] << 16 | (uint32_t)rgb[3 * i + 1] << 8 |
					 rgb[3 * i + 2],
				 picture[i] & 0xffffff);
	free(rgb);
	unlink(name);
}

TEST(a_screenshot_is_the_screen)
{
	char name[128], option[160];

	snprintf(name, sizeof name, "%s/shot.png", lab.dir);
	snprintf(option, sizeof option, "--screenshot=%s", name);
	start_guest(76, NULL);
	/* Nothing is shown yet. */
	START(option);
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("Cannot take the picture of a screen: the guest shows nothing"));
	show(XR24);
	START(option, "--unique-id=left");
	assert_int_equal(view_wait(), 0);
	expect_file(name);
	flip(77);
	START(option, "--domain=76", "--unique-id=left");
	assert_int_equal(view_wait(), 0);
	expect_file(name);
	START(option, "--domain=nobody");
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("there is no such screen"));
	START("--screenshot=/nowhere/shot.png", "--unique-id=left");
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("No such file or directory"));
	assert_int_equal(access(name, F_OK), -1);
	hide();
	stop_guest();
}
