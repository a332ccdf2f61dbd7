/* SPDX-License-Identifier: MIT */
/*
 * The pixels of a frame, copied and compared some rows at a time: large frames take longer than
 * sound can wait.
 */
#ifndef XENAV_RECORD_IMAGE_H
#define XENAV_RECORD_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "xenav.h"

/* Without gaps between the rows. */
struct image {
	uint32_t fourcc;
	uint32_t width_px;
	uint32_t height_px;
	size_t row_bytes;
	size_t room;
	unsigned char *pixels;
};

/* What an image of this frame, of a known format, takes. */
size_t image_bytes(const struct xenav_frame *frame);

/* Make room for the frame; what is there is reused if it is enough.  Returns 0 or -ENOMEM. */
int image_prepare(struct image *image, const struct xenav_frame *frame);

/* Copy the rows [from, to) of the frame. */
void image_copy(struct image *image, const struct xenav_frame *frame, uint32_t from, uint32_t to);

void image_free(struct image *image);

/* A number that is another one when anything in a frame of a known format is: frame_hash_begin(),
 * and the result handed on through all rows. */
uint64_t frame_hash_begin(const struct xenav_frame *frame);
uint64_t frame_hash(uint64_t hash, const struct xenav_frame *frame, uint32_t from, uint32_t to);

#endif
