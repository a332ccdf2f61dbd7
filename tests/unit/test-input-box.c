/* SPDX-License-Identifier: MIT */
/* Where a pixel of a screen is for an absolute pointer. */
#include <config.h>

#include "input/box.h"
#include "test.h"

#define N(screens) (sizeof(screens) / sizeof(screens)[0])

static void assert_at(const struct input_screen *screens, unsigned n, unsigned which,
		      struct input_point pixel, struct input_point range, struct input_point wanted)
{
	const struct input_point at = box_map(screens, n, which, pixel, range);

	assert_int_equal(at.x, wanted.x);
	assert_int_equal(at.y, wanted.y);
}

#define POINT(x, y) ((struct input_point){x, y})

TEST_ALONE(screens_of_their_own_framebuffers_stand_side_by_side)
{
	const struct input_screen screens[] = {
		{true, 1, 0, 0, 800, 600},
		{true, 2, 0, 0, 640, 480},
	};
	const struct input_point range = {1440, 600};

	assert_at(screens, N(screens), 0, POINT(0, 0), range, POINT(0, 0));
	assert_at(screens, N(screens), 0, POINT(799, 599), range, POINT(799, 599));
	assert_at(screens, N(screens), 1, POINT(0, 0), range, POINT(800, 0));
	assert_at(screens, N(screens), 1, POINT(639, 479), range, POINT(1439, 479));
}

TEST_ALONE(screens_of_one_framebuffer_are_where_they_show_it)
{
	/* The right one above the left one, as a user may have arranged them. */
	const struct input_screen screens[] = {
		{true, 1, 0, 480, 800, 600},
		{true, 1, 100, 0, 640, 480},
	};
	const struct input_point range = {800, 1080};

	assert_at(screens, N(screens), 0, POINT(10, 20), range, POINT(10, 500));
	assert_at(screens, N(screens), 1, POINT(10, 20), range, POINT(110, 20));
}

TEST_ALONE(a_screen_that_shows_nothing_takes_no_place_beside_one_that_does)
{
	const struct input_screen screens[] = {
		{false, 0, 0, 0, 800, 600},
		{true, 2, 0, 0, 640, 480},
	};

	assert_at(screens, N(screens), 1, POINT(320, 240), POINT(640, 480), POINT(320, 240));
	/* Nor is it without place itself. */
	assert_at(screens, N(screens), 0, POINT(400, 300), POINT(1440, 600), POINT(400, 300));
}

TEST_ALONE(positions_are_scaled_to_the_range_of_the_pointer)
{
	/* The guest read 1920x1080 when its driver was loaded, and shows 960x540 now. */
	const struct input_screen screen = {true, 1, 0, 0, 960, 540};

	assert_at(&screen, 1, 0, POINT(480, 270), POINT(1920, 1080), POINT(960, 540));
	assert_at(&screen, 1, 0, POINT(959, 539), POINT(1920, 1080), POINT(1918, 1078));
}

TEST_ALONE(no_pixel_is_out_of_range)
{
	const struct input_screen screens[] = {
		{true, 1, 0, 0, 800, 600},
		{true, 2, 0, 0, 640, 480},
	};
	const struct input_point range = {1440, 600};

	assert_at(screens, 2, 0, POINT(-5, -5), range, POINT(0, 0));
	assert_at(screens, 2, 1, POINT(INT32_MAX, INT32_MAX), range, range);
	assert_at(screens, 2, 0, POINT(INT32_MIN, INT32_MIN), range, POINT(0, 0));
	assert_at(screens, 2, 1, POINT(5, 5), POINT(0, 0), POINT(0, 0));
}
