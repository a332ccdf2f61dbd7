/* SPDX-License-Identifier: MIT */
/*
 * Where pixels lie in a guest's buffer.  Pure arithmetic, in 64 bit, on numbers that a guest chose:
 * all results lie inside the buffer.
 *
 * The protocol has no stride.  Linux makes buffers of exactly stride * height bytes, so the stride
 * follows from the size; imported buffers have no size in pixels before a framebuffer is attached.
 */
#ifndef XENAVD_GEOMETRY_H
#define XENAVD_GEOMETRY_H

#include <stddef.h>
#include <stdint.h>

#include "wire/formats.h"

#define GEOMETRY_MAX_PX  16384
#define GEOMETRY_MAX_BPP 64

/* Rows of copies start at multiples of this. */
#define GEOMETRY_OUT_ALIGN 64

/* A display buffer, as DBUF_CREATE describes it. */
struct dbuf_shape {
	uint32_t size_bytes;
	uint32_t data_ofs;
	uint32_t stride_bytes; /* 0 for an imported buffer: a framebuffer decides */
};

/*
 * @return 0, or -EINVAL; width, height and bpp are all 0 for an imported buffer, or none is.
 */
int dbuf_shape_init(struct dbuf_shape *shape, uint32_t size_bytes, uint32_t data_ofs,
		    uint32_t width_px, uint32_t height_px, uint32_t bpp);

/* A framebuffer in a display buffer, as FB_ATTACH describes it. */
struct fb_shape {
	const struct pixel_format *format;
	uint32_t width_px;
	uint32_t height_px;
	uint32_t offset_bytes; /* of the first pixel in the display buffer */
	uint32_t stride_bytes;
};

/* @return 0, or -EINVAL when it does not lie in the buffer or the format is unknown. */
int fb_shape_init(struct fb_shape *shape, const struct dbuf_shape *dbuf, uint32_t width_px,
		  uint32_t height_px, uint32_t fourcc);

/* The part of its framebuffers that a connector shows, as SET_CONFIG says. */
struct view {
	uint32_t x_px;
	uint32_t y_px;
	uint32_t width_px;
	uint32_t height_px;
};

/* The visible pixels of one framebuffer, and their copy. */
struct region {
	uint32_t fourcc;
	uint32_t width_px;
	uint32_t height_px;
	size_t src_offset_bytes; /* in the display buffer */
	size_t src_stride_bytes;
	size_t row_bytes;
	size_t stride_bytes; /* of the copy */
	size_t size_bytes;   /* of the copy */
};

/*
 * Clip a framebuffer to the view, and that to the connector.  Linux asks for the whole framebuffer,
 * also when it is larger than the connector, so a part outside is no error.
 *
 * @return 0, or -EINVAL when nothing is visible.
 */
int region_init(struct region *region, const struct fb_shape *fb, const struct view *view,
		uint32_t max_width_px, uint32_t max_height_px);

/* Copy so many rows of the visible pixels, from the first one on, out of the display buffer at src.
 */
void region_copy(const struct region *region, uint8_t *dst, const uint8_t *src, uint32_t first_row,
		 uint32_t n_rows);

#endif
