/* SPDX-License-Identifier: MIT */
/* What frames show: conversion to XRGB8888, and what has changed since the last one. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "client/pixels.h"
#include "client/rects.h"

#define TILE_PX PIXELS_MAX

/* Tiles that are looked at side by side: one bit of a word for each. */
#define STRIPE_TILES 64
#define STRIPE_PX    (STRIPE_TILES * TILE_PX)

struct job {
	const struct xenav_frame *frame;
	const struct pixel_format *format;
	unsigned char *dst;
	size_t stride_bytes;
};

static int job_init(struct job *job, const struct xenav_frame *frame, void *dst,
		    size_t stride_bytes)
{
	if (!frame || !frame->pixels || !dst || frame->width_px == 0 || frame->height_px == 0)
		return -EINVAL;
	*job = (struct job){frame, pixel_format_find(frame->fourcc), dst, stride_bytes};
	if (!job->format || (uint64_t)frame->width_px * job->format->cpp > frame->stride_bytes ||
	    (uint64_t)frame->width_px * sizeof(uint32_t) > stride_bytes)
		return -EINVAL;
	return 0;
}

static const unsigned char *source(const struct job *job, uint32_t y)
{
	return (const unsigned char *)job->frame->pixels + (size_t)y * job->frame->stride_bytes;
}

static unsigned char *target(const struct job *job, uint32_t x, uint32_t y)
{
	return job->dst + y * job->stride_bytes + (size_t)x * sizeof(uint32_t);
}

static uint32_t min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int xenav_frame_to_xrgb8888(const struct xenav_frame *frame, void *dst, size_t stride_bytes)
{
	uint32_t words[TILE_PX];
	struct job job;
	int rc;

	rc = job_init(&job, frame, dst, stride_bytes);
	if (rc < 0)
		return rc;
	for (uint32_t y = 0; y < frame->height_px; y++) {
		for (uint32_t x = 0; x < frame->width_px; x += TILE_PX) {
			const uint32_t n = min(frame->width_px - x, TILE_PX);

			pixels_convert(job.format, source(&job, y), x, n, words);
			memcpy(target(&job, x, y), words, n * sizeof words[0]);
		}
	}
	return 0;
}

/* Bring a row of a tile up to date.  @return whether it has changed. */
static bool update_row(const struct job *job, uint32_t x, uint32_t y, uint32_t n)
{
	unsigned char *const to = target(job, x, y);
	uint32_t words[TILE_PX];

	if (pixels_are_shown(job->format, source(job, y), x, n, to))
		return false;
	/* A guest that draws meanwhile changes nothing between comparing and copying. */
	pixels_convert(job->format, source(job, y), x, n, words);
	if (memcmp(to, words, n * sizeof words[0]) == 0)
		return false;
	memcpy(to, words, n * sizeof words[0]);
	return true;
}

/* Bring tiles side by side up to date, row by row as they stand in memory.  @return a bit for each
 * that has changed. */
static uint64_t update_tiles(const struct job *job, uint32_t x, uint32_t y)
{
	const uint32_t end_x = x + min(job->frame->width_px - x, STRIPE_PX);
	const uint32_t end_y = y + min(job->frame->height_px - y, TILE_PX);
	uint64_t changed = 0;

	for (; y < end_y; y++) {
		uint64_t bit = 1;

		for (uint32_t at = x; at < end_x; at += TILE_PX, bit <<= 1)
			if (update_row(job, at, y, min(end_x - at, TILE_PX)))
				changed |= bit;
	}
	return changed;
}

/* Add a rectangle for each run of tiles that have changed. */
static void add_runs(struct rects *rects, const struct job *job, uint32_t x, uint32_t y,
		     uint64_t changed)
{
	const uint32_t width = job->frame->width_px - x, height = job->frame->height_px - y;

	while (changed) {
		const unsigned int first = (unsigned int)__builtin_ctzll(changed);
		const uint64_t gaps = ~(changed >> first);
		const unsigned int n = gaps ? (unsigned int)__builtin_ctzll(gaps) : STRIPE_TILES;

		rects_add(rects, &(struct xenav_rect){
					 .x_px = x + first * TILE_PX,
					 .y_px = y,
					 .width_px = min(width - first * TILE_PX, n * TILE_PX),
					 .height_px = min(height, TILE_PX),
				 });
		if (first + n >= STRIPE_TILES)
			return;
		changed &= ~UINT64_C(0) << (first + n);
	}
}

int xenav_frame_update(const struct xenav_frame *frame, void *shadow, size_t stride_bytes,
		       struct xenav_rect *list, unsigned int max_rects)
{
	struct rects rects = {.list = list, .max = max_rects < INT32_MAX ? max_rects : INT32_MAX};
	struct job job;
	int rc;

	if (!list || max_rects == 0)
		return -EINVAL;
	rc = job_init(&job, frame, shadow, stride_bytes);
	if (rc < 0)
		return rc;
	/* The ends are computed from what is left, so that x and y do not wrap around. */
	for (uint32_t y = 0;; y += TILE_PX) {
		for (uint32_t x = 0;; x += STRIPE_PX) {
			add_runs(&rects, &job, x, y, update_tiles(&job, x, y));
			if (frame->width_px - x <= STRIPE_PX)
				break;
		}
		if (frame->height_px - y <= TILE_PX)
			break;
	}
	return (int)rects.n;
}
