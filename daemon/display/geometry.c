/* SPDX-License-Identifier: MIT */
/* See geometry.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "display/geometry.h"

/* The rows of an imported buffer are padded to this at most, else its size says nothing about them.
 */
#define IMPORT_MAX_ALIGN 256

/* Hardware that pads rows pads them to multiples of this at least. */
#define IMPORT_MIN_ALIGN 64

static bool size_ok(uint32_t px)
{
	return px >= 1 && px <= GEOMETRY_MAX_PX;
}

static uint32_t align_up(uint32_t n, uint32_t to)
{
	return (n + to - 1) / to * to;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Width is at most GEOMETRY_MAX_PX here. */
static uint32_t row_bytes(const struct pixel_format *format, uint32_t width_px)
{
	return align_up(width_px, format->group_px) * format->cpp;
}

/* Does [offset, offset + n_rows * stride - (stride - row)) lie in the first size bytes? */
static bool rows_fit(uint32_t size, uint32_t offset, uint32_t stride, uint32_t n_rows, uint32_t row)
{
	uint64_t end;

	return !__builtin_mul_overflow((uint64_t)stride, n_rows - 1, &end) &&
	       !__builtin_add_overflow(end, (uint64_t)offset + row, &end) && end <= size;
}

int dbuf_shape_init(struct dbuf_shape *shape, uint32_t size_bytes, uint32_t data_ofs,
		    uint32_t width_px, uint32_t height_px, uint32_t bpp)
{
	uint32_t room, row;

	if (size_bytes == 0 || data_ofs >= size_bytes)
		return -EINVAL;
	shape->size_bytes = size_bytes;
	shape->data_ofs = data_ofs;
	shape->stride_bytes = 0;
	if (width_px == 0 && height_px == 0 && bpp == 0)
		return 0;

	if (!size_ok(width_px) || !size_ok(height_px) || bpp < 1 || bpp > GEOMETRY_MAX_BPP)
		return -EINVAL;
	room = size_bytes - data_ofs;
	row = (width_px * bpp + 7) / 8;
	if (!rows_fit(size_bytes, data_ofs, row, height_px, row))
		return -EINVAL;
	shape->stride_bytes = room % height_px == 0 ? room / height_px : row;
	return 0;
}

static bool is_padded_row(uint32_t stride, uint32_t row)
{
	return stride >= row && stride <= align_up(row, IMPORT_MAX_ALIGN);
}

/*
 * The stride of an imported buffer: its size divided by the height, if that is a padded row.  Only
 * the size is known, which has been rounded up to pages, or to more rows than are shown.  So where
 * the size is no multiple of the height, the rest after padded rows has no meaning; and a quotient
 * to which no driver would pad a row is an accident.
 */
static uint32_t import_stride(const struct dbuf_shape *dbuf, uint32_t height_px, uint32_t row)
{
	const uint32_t room = dbuf->size_bytes - dbuf->data_ofs;
	const uint32_t stride = room / height_px;
	const uint32_t aligned = stride - stride % IMPORT_MIN_ALIGN;

	if (room % height_px == 0 && is_padded_row(stride, row))
		return stride;
	return is_padded_row(aligned, row) ? aligned : row;
}

int fb_shape_init(struct fb_shape *shape, const struct dbuf_shape *dbuf, uint32_t width_px,
		  uint32_t height_px, uint32_t fourcc)
{
	const struct pixel_format *format = pixel_format_find(fourcc);
	uint32_t row, stride;

	if (!format || !size_ok(width_px) || !size_ok(height_px))
		return -EINVAL;
	row = row_bytes(format, width_px);
	stride = dbuf->stride_bytes ? dbuf->stride_bytes : import_stride(dbuf, height_px, row);
	if (row > stride || !rows_fit(dbuf->size_bytes, dbuf->data_ofs, stride, height_px, row))
		return -EINVAL;
	*shape = (struct fb_shape){
		.format = format,
		.width_px = width_px,
		.height_px = height_px,
		.offset_bytes = dbuf->data_ofs,
		.stride_bytes = stride,
	};
	return 0;
}

int region_init(struct region *region, const struct fb_shape *fb, const struct view *view,
		uint32_t max_width_px, uint32_t max_height_px)
{
	uint32_t x = view->x_px;
	uint32_t width, height;

	if (x >= fb->width_px || view->y_px >= fb->height_px)
		return -EINVAL;
	width = min_u32(min_u32(view->width_px, fb->width_px - x), max_width_px);
	height = min_u32(min_u32(view->height_px, fb->height_px - view->y_px), max_height_px);
	if (width == 0 || height == 0)
		return -EINVAL;
	/* A group of pixels cannot be taken apart. */
	x -= x % fb->format->group_px;
	region->fourcc = fb->format->fourcc;
	region->width_px = width;
	region->height_px = height;
	region->src_stride_bytes = fb->stride_bytes;
	region->src_offset_bytes = fb->offset_bytes + (size_t)view->y_px * fb->stride_bytes +
				   (size_t)x * fb->format->cpp;
	region->row_bytes = row_bytes(fb->format, width);
	region->stride_bytes = align_up((uint32_t)region->row_bytes, GEOMETRY_OUT_ALIGN);
	region->size_bytes = region->stride_bytes * height;
	return 0;
}

void region_copy(const struct region *region, uint8_t *dst, const uint8_t *src, uint32_t first_row,
		 uint32_t n_rows)
{
	size_t pad = region->stride_bytes - region->row_bytes;

	src += region->src_offset_bytes + first_row * region->src_stride_bytes;
	dst += first_row * region->stride_bytes;
	for (uint32_t y = 0; y < n_rows; y++) {
		memcpy(dst, src, region->row_bytes);
		/* Clear the remains of an earlier frame. */
		memset(dst + region->row_bytes, 0, pad);
		src += region->src_stride_bytes;
		dst += region->stride_bytes;
	}
}
