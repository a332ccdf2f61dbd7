/* SPDX-License-Identifier: MIT */
/* See place.h. */
#include <config.h>

#include "view/place.h"

static uint32_t scale(uint32_t n, uint32_t by, uint32_t to)
{
	const uint64_t scaled = ((uint64_t)n * by + to / 2) / to;

	return scaled > 0 ? (uint32_t)scaled : 1;
}

static bool is_empty(struct size size)
{
	return size.width_px == 0 || size.height_px == 0;
}

static struct size fit(struct size picture, struct size room)
{
	struct size size = room;

	if ((uint64_t)room.width_px * picture.height_px >
	    (uint64_t)room.height_px * picture.width_px)
		size.width_px = scale(picture.width_px, room.height_px, picture.height_px);
	else
		size.height_px = scale(picture.height_px, room.width_px, picture.width_px);
	return size;
}

struct place place_fit(struct size picture, struct size window)
{
	struct place place = {0};

	if (is_empty(picture) || is_empty(window))
		return place;
	place.size = fit(picture, window);
	place.x_px = (int32_t)((window.width_px - place.size.width_px) / 2);
	place.y_px = (int32_t)((window.height_px - place.size.height_px) / 2);
	return place;
}

bool place_is_whole(const struct place *place, struct size picture)
{
	return !is_empty(picture) && place->size.width_px % picture.width_px == 0 &&
	       place->size.height_px % picture.height_px == 0;
}

/* @return the picture's pixel on one axis: at / of a place of that length. */
static int32_t find(double at, uint32_t length, uint32_t picture, bool *is_inside)
{
	double found;

	*is_inside &= at >= 0 && at < (double)length;
	if (!(at > 0))
		return 0;
	found = at * (double)picture / (double)length;
	return found < (double)picture ? (int32_t)found : (int32_t)picture - 1;
}

bool place_find(const struct place *place, struct size picture, double x_px, double y_px,
		int32_t *picture_x, int32_t *picture_y)
{
	bool is_inside = true;

	*picture_x = *picture_y = 0;
	if (is_empty(place->size) || is_empty(picture))
		return false;
	*picture_x = find(x_px - place->x_px, place->size.width_px, picture.width_px, &is_inside);
	*picture_y = find(y_px - place->y_px, place->size.height_px, picture.height_px, &is_inside);
	return is_inside;
}

struct size place_shrink(struct size picture, struct size room)
{
	if (is_empty(picture) || is_empty(room) ||
	    (picture.width_px <= room.width_px && picture.height_px <= room.height_px))
		return picture;
	return fit(picture, room);
}
