/* SPDX-License-Identifier: MIT */
/* See image.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

static size_t row_bytes(const struct xenav_frame *frame)
{
	return (size_t)frame->width_px * xenav_fourcc_bytes(frame->fourcc);
}

static const unsigned char *row(const struct xenav_frame *frame, uint32_t y)
{
	return (const unsigned char *)frame->pixels + (size_t)y * frame->stride_bytes;
}

size_t image_bytes(const struct xenav_frame *frame)
{
	return row_bytes(frame) * frame->height_px;
}

int image_prepare(struct image *image, const struct xenav_frame *frame)
{
	const size_t bytes = image_bytes(frame);

	if (bytes > image->room) {
		image_free(image);
		image->pixels = malloc(bytes);
		if (!image->pixels)
			return -ENOMEM;
		image->room = bytes;
	}
	image->fourcc = frame->fourcc;
	image->width_px = frame->width_px;
	image->height_px = frame->height_px;
	image->row_bytes = row_bytes(frame);
	return 0;
}

void image_copy(struct image *image, const struct xenav_frame *frame, uint32_t from, uint32_t to)
{
	for (uint32_t y = from; y < to; y++)
		memcpy(image->pixels + y * image->row_bytes, row(frame, y), image->row_bytes);
}

void image_free(struct image *image)
{
	free(image->pixels);
	memset(image, 0, sizeof *image);
}

/* One step for each word, as fast as memory, because every frame is hashed. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

uint64_t frame_hash_begin(const struct xenav_frame *frame)
{
	return mix(frame->fourcc, (uint64_t)frame->width_px << 32 | frame->height_px);
}

uint64_t frame_hash(uint64_t hash, const struct xenav_frame *frame, uint32_t from, uint32_t to)
{
	const size_t bytes = row_bytes(frame);

	for (uint32_t y = from; y < to; y++) {
		const unsigned char *pixels = row(frame, y);
		uint64_t word;
		size_t i;

		for (i = 0; i + sizeof word <= bytes; i += sizeof word) {
			memcpy(&word, pixels + i, sizeof word);
			hash = mix(hash, word);
		}
		word = 0;
		memcpy(&word, pixels + i, bytes - i);
		hash = mix(hash, word);
	}
	return hash;
}
