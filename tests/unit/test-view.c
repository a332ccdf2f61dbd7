/* SPDX-License-Identifier: MIT */
/* The parts of xenav-view that need neither a display nor a guest. */
#include <config.h>

#include <SDL.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "test.h"
#include "view/formats.h"
#include "view/keys.h"
#include "view/place.h"
#include "view/samples.h"
#include "view/title.h"
#include "xenav.h"

/* -------- keys -------- */

TEST_ALONE(keys_have_the_codes_of_their_places)
{
	assert_int_equal(key_from_scancode(SDL_SCANCODE_A), KEY_A);
	assert_int_equal(key_from_scancode(SDL_SCANCODE_Z), KEY_Z);
	assert_int_equal(key_from_scancode(SDL_SCANCODE_0), KEY_0);
	assert_int_equal(key_from_scancode(SDL_SCANCODE_NONUSBACKSLASH), KEY_102ND);
	assert_int_equal(key_from_scancode(SDL_SCANCODE_INTERNATIONAL3), KEY_YEN);
	assert_int_equal(key_from_scancode(SDL_SCANCODE_KP_ENTER), KEY_KPENTER);
	assert_int_equal(key_from_scancode(SDL_SCANCODE_RALT), KEY_RIGHTALT);
	assert_int_equal(key_from_scancode(SDL_SCANCODE_F24), KEY_F24);
	assert_int_equal(key_from_scancode(SDL_SCANCODE_UNKNOWN), 0);
	assert_int_equal(key_from_scancode(SDL_NUM_SCANCODES), 0);
	assert_int_equal(key_from_scancode(UINT32_MAX), 0);
}

/* xenavd refuses other codes, some of which would crash a guest. */
TEST_ALONE(no_key_has_a_code_that_no_guest_has)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SDL_NUM_SCANCODES; i++) {
		const uint32_t code = key_from_scancode(i);

		n += code != 0;
		assert_true(code <= 239 || (code >= 352 && code <= 766));
	}
	assert_in_range(n, 160, SDL_NUM_SCANCODES);
}

TEST_ALONE(all_buttons_of_a_mouse_have_codes)
{
	assert_int_equal(key_from_button(SDL_BUTTON_LEFT), BTN_LEFT);
	assert_int_equal(key_from_button(SDL_BUTTON_MIDDLE), BTN_MIDDLE);
	assert_int_equal(key_from_button(SDL_BUTTON_RIGHT), BTN_RIGHT);
	assert_int_equal(key_from_button(SDL_BUTTON_X2), BTN_EXTRA);
	assert_int_equal(key_from_button(0), 0);
	assert_int_equal(key_from_button(200), 0);
}

/* -------- places -------- */

static void expect_place(struct size picture, struct size window, int x, int y, uint32_t width,
			 uint32_t height)
{
	const struct place p = place_fit(picture, window);

	assert_int_equal(p.x_px, x);
	assert_int_equal(p.y_px, y);
	assert_int_equal(p.size.width_px, width);
	assert_int_equal(p.size.height_px, height);
}

TEST_ALONE(a_picture_is_as_large_as_fits_with_its_aspect)
{
	const struct size picture = {320, 240};

	expect_place(picture, (struct size){320, 240}, 0, 0, 320, 240);
	expect_place(picture, (struct size){640, 480}, 0, 0, 640, 480);
	expect_place(picture, (struct size){640, 300}, 120, 0, 400, 300);
	expect_place(picture, (struct size){160, 480}, 0, 180, 160, 120);
	expect_place(picture, (struct size){1, 1000}, 0, 499, 1, 1);
	expect_place(picture, (struct size){0, 0}, 0, 0, 0, 0);
	expect_place((struct size){0, 0}, (struct size){640, 480}, 0, 0, 0, 0);
	expect_place((struct size){1, UINT32_MAX}, (struct size){100, 100}, 49, 0, 1, 100);
}

TEST_ALONE(a_point_is_the_pixel_that_is_seen_there)
{
	const struct size picture = {320, 240};
	const struct place p = place_fit(picture, (struct size){640, 600});
	int32_t x, y;

	assert_true(place_find(&p, picture, 0, 60, &x, &y));
	assert_int_equal(x, 0);
	assert_int_equal(y, 0);
	assert_true(place_find(&p, picture, 639, 539, &x, &y));
	assert_int_equal(x, 319);
	assert_int_equal(y, 239);
	assert_false(place_find(&p, picture, -50, 10, &x, &y));
	assert_int_equal(x, 0);
	assert_int_equal(y, 0);
	assert_false(place_find(&p, picture, 5000, 5000, &x, &y));
	assert_int_equal(x, 319);
	assert_int_equal(y, 239);
	assert_false(place_find(&(struct place){0}, picture, 1, 1, &x, &y));
}

TEST_ALONE(a_new_window_fits_the_monitor)
{
	const struct size room = {1000, 700};
	struct size size = place_shrink((struct size){320, 240}, room);

	assert_int_equal(size.width_px, 320);
	size = place_shrink((struct size){2000, 700}, room);
	assert_int_equal(size.width_px, 1000);
	assert_int_equal(size.height_px, 350);
	size = place_shrink((struct size){2000, 700}, (struct size){0, 0});
	assert_int_equal(size.width_px, 2000);
}

/* -------- titles -------- */

static void expect_clean(const char *from, const char *to)
{
	char clean[16];

	title_clean(clean, sizeof clean, from);
	assert_string_equal(clean, to);
}

TEST_ALONE(titles_hold_what_every_desktop_can_draw)
{
	expect_clean("guest", "guest");
	expect_clean("a\nb\033[1m\x7f", "a?b?[1m?");
	expect_clean("Köln", "Köln");
	expect_clean("K\xf6ln", "K?ln");
	expect_clean("\xc0\xaf"
		     "a",
		     "??a");
	expect_clean("\xed\xa0\x80", "???");
	expect_clean("\xc2\x9b"
		     "1m",
		     "??1m");
	expect_clean("\xf8\x88\x80\x80\x80", "?????");
	expect_clean("0123456789abcdefgh", "0123456789abcde");
	/* No character is cut in two. */
	expect_clean("0123456789abcd\xc3\xb6", "0123456789abcd");
	expect_clean("", "");
}

TEST_ALONE(a_title_tells_the_guest_the_state_and_the_key)
{
	char title[TITLE_SIZE];

	title_make(title, "web", "left", TITLE_SHOWN, 0);
	assert_string_equal(title, "web: left (Ctrl+Alt+G takes the keyboard)");
	title_make(title, "web", "", TITLE_GONE, 1);
	assert_string_equal(title, "web [not connected] (Ctrl+Alt+G releases the keyboard)");
}

/* -------- pixels and samples -------- */

TEST_ALONE(formats_of_pixels_have_the_size_that_sdl_thinks)
{
	static const char *const names[] = {"XR24", "AR24", "XB24", "AB24", "RG24"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *n = names[i];
		const uint32_t fourcc = (uint32_t)n[0] | (uint32_t)n[1] << 8 |
					(uint32_t)n[2] << 16 | (uint32_t)n[3] << 24;
		const uint32_t format = format_of_pixels(fourcc);

		assert_int_not_equal(format, 0);
		assert_int_equal(SDL_BYTESPERPIXEL(format), xenav_fourcc_bytes(fourcc));
	}
	assert_int_equal(format_of_pixels(0), 0);
}

TEST_ALONE(samples_that_sdl_has_are_played_as_they_are)
{
	bool same;

	assert_int_equal(samples_format(XENAV_FORMAT_S16_LE, &same), AUDIO_S16LSB);
	assert_true(same);
	assert_int_equal(samples_format(XENAV_FORMAT_FLOAT_BE, &same), AUDIO_F32MSB);
	assert_true(same);
	assert_int_equal(samples_format(XENAV_FORMAT_S24_LE, &same), AUDIO_S32SYS);
	assert_false(same);
	assert_int_equal(samples_format(XENAV_FORMAT_MPEG, &same), 0);
	assert_int_equal(samples_format(200, &same), 0);
}

TEST_ALONE(samples_of_24_bits_and_unsigned_ones_are_converted)
{
	static const uint8_t s24[] = {0x56, 0x34, 0x92, 0xff};
	static const uint8_t u24_be[] = {0, 0x80, 0, 1};
	static const uint8_t u32[] = {0, 0, 0, 0x80};
	int32_t value;

	samples_convert(XENAV_FORMAT_S24_LE, &value, s24, 1);
	assert_int_equal(value, (int32_t)0x92345600);
	samples_convert(XENAV_FORMAT_U24_BE, &value, u24_be, 1);
	assert_int_equal(value, 1 << 8);
	samples_convert(XENAV_FORMAT_U32_LE, &value, u32, 1);
	assert_int_equal(value, 0);
}

TEST_ALONE(samples_of_64_bits_become_32)
{
	const double values[] = {0.5, -1};
	float floats[2];

	samples_convert(XENAV_FORMAT_FLOAT64_LE, floats, values, 2);
	assert_true(floats[0] > 0.4999f && floats[0] < 0.5001f);
	assert_true(floats[1] < -0.9999f);
}

TEST_ALONE(volume_is_for_each_channel_and_clips)
{
	int16_t s16[] = {1000, 1000, -20000, -20000, 32767, 5};
	uint8_t u8[] = {0x80, 0x90, 0x00};
	const float half[] = {0.5f, 1};
	const float twice[] = {2};

	samples_scale(AUDIO_S16SYS, s16, 3, 2, half);
	assert_int_equal(s16[0], 500);
	assert_int_equal(s16[1], 1000);
	assert_int_equal(s16[2], -10000);
	assert_int_equal(s16[3], -20000);
	assert_int_equal(s16[5], 5);
	s16[0] = -20000;
	samples_scale(AUDIO_S16SYS, s16, 5, 1, twice);
	assert_int_equal(s16[0], -32768);
	assert_int_equal(s16[1], 2000);
	samples_scale(AUDIO_U8, u8, 3, 1, twice);
	assert_int_equal(u8[0], 0x80);
	assert_int_equal(u8[1], 0xa0);
	assert_int_equal(u8[2], 0);
}

TEST_ALONE(a_gain_is_that_of_the_volume)
{
	assert_true(samples_gain(0, false) >= 1 && samples_gain(0, false) <= 1);
	assert_true(samples_gain(-6021, false) > 0.499f && samples_gain(-6021, false) < 0.501f);
	assert_true(samples_gain(20000, false) > 9.99f);
	assert_true(samples_gain(0, true) <= 0);
	assert_true(samples_gain(XENAV_VOLUME_MIN_MDB, false) <= 0);
}
