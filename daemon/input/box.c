/* SPDX-License-Identifier: MIT */
/* See box.h. */
#include <config.h>

#include "input/box.h"

struct box {
	int64_t x, y; /* where the screen asked for begins */
	int64_t width, height;
};

/* Do all screens that show something show the same framebuffer? */
static bool share_one(const struct input_screen *screens, unsigned n, unsigned which)
{
	for (unsigned i = 0; i < n; i++)
		if (screens[i].shown && screens[i].fb != screens[which].fb)
			return false;
	return screens[which].shown;
}

static void widen(int64_t *extent, int64_t end)
{
	if (*extent < end)
		*extent = end;
}

static struct box box_of_one(const struct input_screen *screens, unsigned n, unsigned which)
{
	struct box box = {.x = screens[which].x, .y = screens[which].y};

	for (unsigned i = 0; i < n; i++) {
		if (!screens[i].shown)
			continue;
		widen(&box.width, (int64_t)screens[i].x + screens[i].width_px);
		widen(&box.height, (int64_t)screens[i].y + screens[i].height_px);
	}
	return box;
}

/* A screen that shows nothing takes no place beside one that does. */
static struct box box_of_row(const struct input_screen *screens, unsigned n, unsigned which)
{
	struct box box = {0};

	for (unsigned i = 0; i < n; i++) {
		if (screens[which].shown && !screens[i].shown)
			continue;
		if (i == which)
			box.x = box.width;
		box.width += screens[i].width_px;
		widen(&box.height, screens[i].height_px);
	}
	return box;
}

static int32_t scale(int64_t at, int64_t extent, int32_t range)
{
	if (at < 0)
		at = 0;
	if (at > extent)
		at = extent;
	return extent > 0 ? (int32_t)((at * range + extent / 2) / extent) : 0;
}

struct input_point box_map(const struct input_screen *screens, unsigned n, unsigned which,
			   struct input_point pixel, struct input_point range)
{
	const struct box box = share_one(screens, n, which) ? box_of_one(screens, n, which)
							    : box_of_row(screens, n, which);

	return (struct input_point){
		.x = scale(box.x + pixel.x, box.width, range.x),
		.y = scale(box.y + pixel.y, box.height, range.y),
	};
}
