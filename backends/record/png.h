/* SPDX-License-Identifier: MIT */
/*
 * A picture, encoded some rows at a time into a file that appears once it is whole.
 */
#ifndef XENAV_RECORD_PNG_H
#define XENAV_RECORD_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "folder.h"
#include "names.h"
#include "xenav.h"

/* The pixels of a frame, without the gaps between rows. */
struct image {
	uint32_t fourcc;
	uint32_t width_px;
	uint32_t height_px;
	size_t row_bytes;
	size_t room;
	unsigned char *pixels;
};

/* Copy a frame of a known format; reuses the room that is there.  Returns 0 or -ENOMEM. */
int image_copy(struct image *image, const struct xenav_frame *frame);
void image_free(struct image *image);

/* A number that is another one when anything in a frame of a known format is. */
uint64_t frame_hash(const struct xenav_frame *frame);

struct png;

/* The largest file that a picture of that size can come to. */
uint64_t png_max_bytes(uint32_t width_px, uint32_t height_px);

/*
 * Start to write the image, which has to stay, to that name: in place of what is there, or only if
 * nothing is.
 *
 * @return 0 or -errno
 */
int png_start(struct png **out, const struct folder *folder, const char *name, bool replace,
	      const struct image *image);

/*
 * Encode until this time (CLOCK_MONOTONIC), but at least a few rows.
 *
 * @return 1 when the file is there, of so many bytes, 0 when there is more to do, or -errno; in
 * both other cases png is gone.
 */
int png_go_on(struct png *png, uint64_t until_ns, uint64_t *bytes);

#endif
