/* SPDX-License-Identifier: MIT */
/* See picture.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "vnc/log.h"
#include "vnc/picture.h"

/* Of all connectors together: 256 MiB. */
#define MAX_PIXELS (64u << 20)

#define MAX_RECTS 32

/* A picture that has not come by then is shown as it is. */
#define STALE_NS (500 * NS_PER_MS)

static uint32_t *pixel(const struct picture *picture, const struct area *area)
{
	return picture->pixels + (size_t)area->y_px * picture->width_px + area->x_px;
}

void area_ask_again(struct area *area, uint64_t now_ns)
{
	if (xenav_frame_again(area->c) < 0)
		return;
	area->was_asked_again = true;
	area->stale_until_ns = now_ns + STALE_NS;
}

/* -------- layout -------- */

static void lay_out(struct picture *picture, uint32_t *width_px, uint32_t *height_px)
{
	uint32_t x = 0, y = 0, row = 0;

	*width_px = 0;
	for (unsigned int i = 0; i < picture->n; i++) {
		struct area *area = &picture->areas[i];

		if (x > 0 && x + area->width_px > PICTURE_MAX_WIDTH_PX) {
			y += row;
			x = row = 0;
		}
		area->x_px = x;
		area->y_px = y;
		x += area->width_px;
		if (area->height_px > row)
			row = area->height_px;
		if (x > *width_px)
			*width_px = x;
	}
	*height_px = y + row;
	if (picture->n > 0)
		return;
	*width_px = PICTURE_EMPTY_WIDTH_PX;
	*height_px = PICTURE_EMPTY_HEIGHT_PX;
}

/* What was seen of connectors that stay comes again with their next frame. */
static int resize(struct picture *picture)
{
	uint32_t *const before = picture->pixels;
	uint32_t width_px, height_px, *pixels;

	lay_out(picture, &width_px, &height_px);
	pixels = calloc((size_t)width_px * height_px, sizeof *pixels);
	if (!pixels)
		return -ENOMEM;
	picture->pixels = pixels;
	picture->width_px = width_px;
	picture->height_px = height_px;
	picture->resized(picture->data);
	free(before);
	for (unsigned int i = 0; i < picture->n; i++)
		area_ask_again(&picture->areas[i], monotonic_ns());
	return 0;
}

static bool fits(const struct picture *picture, const struct area *except, uint32_t width_px,
		 uint32_t height_px)
{
	uint64_t pixels = (uint64_t)width_px * height_px;

	for (unsigned int i = 0; i < picture->n; i++)
		if (&picture->areas[i] != except)
			pixels +=
				(uint64_t)picture->areas[i].width_px * picture->areas[i].height_px;
	return width_px > 0 && height_px > 0 && width_px <= PICTURE_MAX_WIDTH_PX &&
	       height_px <= PICTURE_MAX_WIDTH_PX && pixels <= MAX_PIXELS;
}

int picture_init(struct picture *picture)
{
	picture->n = 0;
	picture->width_px = PICTURE_EMPTY_WIDTH_PX;
	picture->height_px = PICTURE_EMPTY_HEIGHT_PX;
	picture->pixels = calloc((size_t)picture->width_px * picture->height_px, 4);
	return picture->pixels ? 0 : -ENOMEM;
}

void picture_finish(struct picture *picture)
{
	free(picture->pixels);
	picture->pixels = NULL;
}

/* -------- connectors -------- */

static bool is_before(const struct xenav_connector *a, const struct xenav_connector *b)
{
	const struct xenav_connector_info *ia = xenav_connector_get_info(a);
	const struct xenav_connector_info *ib = xenav_connector_get_info(b);

	return ia->devid != ib->devid ? ia->devid < ib->devid : ia->connector < ib->connector;
}

struct area *picture_add(struct picture *picture, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);
	unsigned int i;

	if (picture->n == PICTURE_MAX_AREAS ||
	    !fits(picture, NULL, info->width_px, info->height_px))
		return NULL;
	for (i = picture->n++; i > 0 && is_before(c, picture->areas[i - 1].c); i--)
		picture->areas[i] = picture->areas[i - 1];
	picture->areas[i] = (struct area){
		.c = c,
		.width_px = info->width_px,
		.height_px = info->height_px,
		.was_asked_again = true, /* by the claim */
	};
	if (resize(picture) < 0) {
		picture_remove(picture, c);
		return NULL;
	}
	return &picture->areas[i];
}

/* Without memory the old picture stays. */
void picture_remove(struct picture *picture, const struct xenav_connector *c)
{
	struct area *area = picture_find(picture, c);

	if (!area)
		return;
	picture->n--;
	memmove(area, area + 1, (size_t)(&picture->areas[picture->n] - area) * sizeof *area);
	if (resize(picture) < 0)
		log_error("There is no memory for a smaller picture");
}

void picture_clear(struct picture *picture)
{
	picture->n = 0;
}

struct area *picture_find(struct picture *picture, const struct xenav_connector *c)
{
	for (unsigned int i = 0; i < picture->n; i++)
		if (picture->areas[i].c == c)
			return &picture->areas[i];
	return NULL;
}

static uint32_t outside(uint32_t at, uint32_t begin, uint32_t size)
{
	if (at < begin)
		return begin - at;
	return at >= begin + size ? at - (begin + size) + 1 : 0;
}

static int32_t clamp(uint32_t at, uint32_t begin, uint32_t size)
{
	if (at < begin)
		return 0;
	return (int32_t)(at - begin < size ? at - begin : size - 1);
}

const struct area *picture_at(const struct picture *picture, int x_px, int y_px, int32_t *area_x,
			      int32_t *area_y)
{
	const uint32_t x = x_px > 0 ? (uint32_t)x_px : 0, y = y_px > 0 ? (uint32_t)y_px : 0;
	const struct area *nearest = NULL;
	uint32_t least = UINT32_MAX;

	for (unsigned int i = 0; i < picture->n; i++) {
		const struct area *area = &picture->areas[i];
		const uint32_t distance = outside(x, area->x_px, area->width_px) +
					  outside(y, area->y_px, area->height_px);

		if (distance < least) {
			least = distance;
			nearest = area;
		}
	}
	if (!nearest)
		return NULL;
	*area_x = clamp(x, nearest->x_px, nearest->width_px);
	*area_y = clamp(y, nearest->y_px, nearest->height_px);
	return nearest;
}

/* -------- frames -------- */

static void tell(struct picture *picture, const struct area *area, struct xenav_rect rect)
{
	rect.x_px += area->x_px;
	rect.y_px += area->y_px;
	picture->changed(picture->data, &rect);
}

static void tell_all(struct picture *picture, const struct area *area)
{
	tell(picture, area, (struct xenav_rect){0, 0, area->width_px, area->height_px});
}

void picture_blank(struct picture *picture, const struct area *area)
{
	for (uint32_t y = 0; y < area->height_px; y++)
		memset(pixel(picture, area) + (size_t)y * picture->width_px, 0,
		       (size_t)area->width_px * 4);
	tell_all(picture, area);
}

static int fit_area(struct picture *picture, struct area *area, const struct xenav_frame *frame)
{
	const struct area before = *area;
	int rc;

	if (frame->width_px == area->width_px && frame->height_px == area->height_px)
		return 0;
	if (!fits(picture, area, frame->width_px, frame->height_px))
		return -EFBIG;
	area->width_px = frame->width_px;
	area->height_px = frame->height_px;
	rc = resize(picture);
	if (rc < 0)
		*area = before;
	return rc;
}

int picture_take(struct picture *picture, struct area *area, const struct xenav_frame *frame)
{
	struct xenav_rect rects[MAX_RECTS];
	int n, rc;

	rc = fit_area(picture, area, frame);
	if (rc < 0)
		return rc;
	n = xenav_frame_update(frame, pixel(picture, area), (size_t)picture->width_px * 4, rects,
			       MAX_RECTS);
	for (int i = 0; i < n; i++)
		tell(picture, area, rects[i]);
	return n < 0 ? n : n > 0;
}
