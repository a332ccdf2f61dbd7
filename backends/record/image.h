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

/* Pixels without gaps between the rows. */
struct image {
	uint32_t fourcc;
	uint32_t width_px;
	uint32_t height_px;
	size_t row_bytes;
	size_t room;
	unsigned char *pixels;
};

/* Bytes of an image of this frame, which has a known format. */
size_t image_bytes(const struct xenav_frame *frame);

/* Make room for the frame, or reuse the present room.  @return 0 or -ENOMEM. */
int image_prepare(struct image *image, const struct xenav_frame *frame);

/* Copy the rows [from, to) of the frame. */
void image_copy(struct image *image, const struct xenav_frame *frame, uint32_t from, uint32_t to);

void image_free(struct image *image);

/* Hash a frame of a known format: begin with frame_hash_begin(), and pass the result through all
 * rows. */
uint64_t frame_hash_begin(const struct xenav_frame *frame);
uint64_t frame_hash(uint64_t hash, const struct xenav_frame *frame, uint32_t from, uint32_t to);

#endif
