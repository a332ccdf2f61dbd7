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
#include "image.h"

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
