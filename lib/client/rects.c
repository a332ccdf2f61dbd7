/* SPDX-License-Identifier: MIT */
/* See rects.h. */
#include <config.h>

#include <stdbool.h>

#include "client/rects.h"

static uint32_t min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint64_t area(const struct xenav_rect *r)
{
	return (uint64_t)r->width_px * r->height_px;
}

static struct xenav_rect both(const struct xenav_rect *a, const struct xenav_rect *b)
{
	const uint32_t x = min(a->x_px, b->x_px), y = min(a->y_px, b->y_px);

	return (struct xenav_rect){
		.x_px = x,
		.y_px = y,
		.width_px = max(a->x_px + a->width_px, b->x_px + b->width_px) - x,
		.height_px = max(a->y_px + a->height_px, b->y_px + b->height_px) - y,
	};
}

static bool goes_on(const struct xenav_rect *above, const struct xenav_rect *r)
{
	return above->x_px == r->x_px && above->width_px == r->width_px &&
	       above->y_px + above->height_px == r->y_px;
}

static void merge(struct rects *rects, const struct xenav_rect *r)
{
	uint64_t least = UINT64_MAX;
	unsigned int best = 0;

	for (unsigned int i = 0; i < rects->n; i++) {
		const struct xenav_rect u = both(&rects->list[i], r);
		const uint64_t growth = area(&u) - area(&rects->list[i]);

		if (growth < least) {
			least = growth;
			best = i;
		}
	}
	rects->list[best] = both(&rects->list[best], r);
}

void rects_add(struct rects *rects, const struct xenav_rect *r)
{
	for (unsigned int i = rects->n; i > 0; i--) {
		if (goes_on(&rects->list[i - 1], r)) {
			rects->list[i - 1].height_px += r->height_px;
			return;
		}
	}
	if (rects->n < rects->max)
		rects->list[rects->n++] = *r;
	else
		merge(rects, r);
}
