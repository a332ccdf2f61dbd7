/* SPDX-License-Identifier: MIT */
/*
 * Writer of a PNG file, some rows at a time; the file gets its name once it is whole.
 */
#ifndef XENAV_RECORD_PNG_H
#define XENAV_RECORD_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "folder.h"
#include "image.h"

struct png;

/* Largest file of a picture of that size. */
uint64_t png_max_bytes(uint32_t width_px, uint32_t height_px);

/*
 * Start to write the image, which must outlive the writer, to that name: in place of an existing
 * file, or only if there is none.
 *
 * @return 0 or -errno
 */
int png_start(struct png **out, const struct folder *folder, const char *name, bool replace,
	      const struct image *image);

/*
 * Encode until until_ns (CLOCK_MONOTONIC), but at least a few rows.
 *
 * @return 0 if there is more to do; 1 when the file is complete, with its size in *bytes, or
 * -errno: both free png.
 */
int png_go_on(struct png *png, uint64_t until_ns, uint64_t *bytes);

#endif
