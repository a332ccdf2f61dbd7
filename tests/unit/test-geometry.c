/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of pixels: every number of a request that a guest chose, at its edges and far
 * beyond; all accepted pixels lie inside the buffer.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "display/geometry.h"
#include "test.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

#define CODE(s)                                                                                    \
	((uint32_t)(s)[0] | (uint32_t)(s)[1] << 8 | (uint32_t)(s)[2] << 16 | (uint32_t)(s)[3] << 24)

TEST_ALONE(knows_every_format_of_linux)
{
	static const struct {
		const char *code;
		unsigned cpp;
	} formats[] = {{"RG16", 2}, {"RG24", 3}, {"XR24", 4}, {"AR24", 4}, {"XR12", 2}, {"AR12", 2},
		       {"XR15", 2}, {"AR15", 2}, {"YUYV", 2}, {"XB24", 4}, {"AB24", 4}};

	for (size_t i = 0; i < N_ELEMENTS(formats); i++) {
		const struct pixel_format *format = pixel_format_find(CODE(formats[i].code));

		assert_non_null(format);
		assert_int_equal(format->fourcc, CODE(formats[i].code));
		assert_int_equal(format->cpp, formats[i].cpp);
	}
	assert_null(pixel_format_find(0));
	assert_null(pixel_format_find(UINT32_MAX));
	assert_null(pixel_format_find(CODE("NV12")));
}

TEST_ALONE(takes_the_stride_of_a_dbuf_from_its_size)
{
	static const struct {
		uint32_t size, ofs, w, h, bpp, stride;
	} cases[] = {
		{800 * 600 * 4, 0, 800, 600, 32, 3200},
		{101 * 2 * 7, 0, 101, 7, 16, 202}, /* Linux does not align */
		{101 * 3 * 7, 0, 101, 7, 24, 303},
		{512 * 7, 0, 101, 7, 32, 512},     /* padded rows */
		{404 * 7 + 1, 0, 101, 7, 32, 404}, /* a size that says nothing */
		{4096 * 7, 0, 101, 7, 32, 4096},
		{64 + 404 * 7, 64, 101, 7, 32, 404},
		{1, 0, 1, 1, 1, 1},
		{1, 0, 8, 1, 1, 1},
		{2, 0, 9, 1, 1, 2},
		{16384u * 8, 0, 16384, 1, 64, 131072},
		{16384u, 0, 1, 16384, 8, 1},
		{UINT32_MAX, 0, 16384, 16384, 64, 131072},
		{UINT32_MAX, 0, 1, 1, 1, UINT32_MAX},
		{UINT32_MAX, UINT32_MAX - 1, 1, 1, 8, 1},
	};
	struct dbuf_shape shape;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		int rc = dbuf_shape_init(&shape, cases[i].size, cases[i].ofs, cases[i].w,
					 cases[i].h, cases[i].bpp);

		/* 16384 x 16384 x 64 bit is 2 GiB: fits, with a size that says nothing. */
		assert_int_equal(rc, 0);
		assert_int_equal(shape.stride_bytes, cases[i].stride);
		assert_int_equal(shape.data_ofs, cases[i].ofs);
	}
}

TEST_ALONE(refuses_a_dbuf_that_is_too_small)
{
	struct dbuf_shape shape;

	assert_int_equal(dbuf_shape_init(&shape, 403, 0, 101, 1, 32), -EINVAL);
	assert_int_equal(dbuf_shape_init(&shape, 404 * 7 - 1, 0, 101, 7, 32), -EINVAL);
	assert_int_equal(dbuf_shape_init(&shape, 404 * 7, 1, 101, 7, 32), -EINVAL);
	assert_int_equal(dbuf_shape_init(&shape, 404 * 7, 404 * 7, 101, 7, 32), -EINVAL);
	assert_int_equal(dbuf_shape_init(&shape, 404 * 7, UINT32_MAX, 101, 7, 32), -EINVAL);
	assert_int_equal(dbuf_shape_init(&shape, 0, 0, 101, 7, 32), -EINVAL);
	assert_int_equal(dbuf_shape_init(&shape, 0, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(dbuf_shape_init(&shape, 4096, 4096, 0, 0, 0), -EINVAL);
}

TEST_ALONE(refuses_a_dbuf_with_some_of_its_geometry_missing)
{
	struct dbuf_shape shape;

	for (unsigned missing = 1; missing < 7; missing++) {
		uint32_t w = missing & 1 ? 0 : 10;
		uint32_t h = missing & 2 ? 0 : 10;
		uint32_t bpp = missing & 4 ? 0 : 32;

		assert_int_equal(dbuf_shape_init(&shape, 4096, 0, w, h, bpp), -EINVAL);
	}
	assert_int_equal(dbuf_shape_init(&shape, 4096, 0, 0, 0, 0), 0);
	assert_int_equal(shape.stride_bytes, 0);
}

TEST_ALONE(has_an_answer_for_every_edge_of_every_field_of_a_dbuf)
{
	static const uint32_t px[] = {0, 1, 16383, 16384, 16385, 0x80000000u, UINT32_MAX};
	static const uint32_t bpps[] = {0, 1, 63, 64, 65, 0x80000000u, UINT32_MAX};
	static const uint32_t sizes[] = {0,          1,           4095,           4096,
					 0x08000000, 0x80000000u, UINT32_MAX - 1, UINT32_MAX};
	struct dbuf_shape shape;

	for (size_t w = 0; w < 7; w++)
		for (size_t h = 0; h < 7; h++)
			for (size_t b = 0; b < 7; b++)
				for (size_t s = 0; s < 8; s++)
					for (size_t o = 0; o < 8; o++) {
						int rc = dbuf_shape_init(&shape, sizes[s], sizes[o],
									 px[w], px[h], bpps[b]);
						int imported = !px[w] && !px[h] && !bpps[b];
						/* A wide enough type needs no care. */
						unsigned __int128 row =
							((unsigned __int128)px[w] * bpps[b] + 7) /
							8;
						int good = px[w] >= 1 && px[w] <= 16384 &&
							   px[h] >= 1 && px[h] <= 16384 &&
							   bpps[b] >= 1 && bpps[b] <= 64 &&
							   sizes[o] + row * px[h] <= sizes[s];

						if (imported)
							good = sizes[o] < sizes[s];
						assert_int_equal(rc, good ? 0 : -EINVAL);
						if (good && !imported)
							assert_true(shape.stride_bytes >= row);
					}
}

TEST_ALONE(decides_the_stride_of_an_import_at_attach)
{
	static const struct {
		uint32_t size, ofs, w, h, stride;
		const char *code;
	} cases[] = {
		{1920 * 1080 * 4, 0, 1920, 1080, 7680, "XR24"},
		{5504 * 768, 0, 1366, 768, 5504, "XR24"},          /* rows padded to 64 */
		{800 * 600 * 4 + 1024, 0, 800, 600, 3200, "XR24"}, /* rounded to pages */
		{8192, 0, 10, 2, 40, "XR24"},                      /* no driver pads 40 to 4096 */
		{256, 0, 10, 2, 128, "XR24"},
		{4096 + 3200, 4096, 800, 1, 3200, "XR24"},
		{6, 0, 2, 1, 6, "RG24"},
		{8, 0, 3, 1, 8, "YUYV"},
	};
	struct dbuf_shape dbuf;
	struct fb_shape fb;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(dbuf_shape_init(&dbuf, cases[i].size, cases[i].ofs, 0, 0, 0), 0);
		assert_int_equal(
			fb_shape_init(&fb, &dbuf, cases[i].w, cases[i].h, CODE(cases[i].code)), 0);
		assert_int_equal(fb.stride_bytes, cases[i].stride);
		assert_int_equal(fb.offset_bytes, cases[i].ofs);
	}
	assert_int_equal(dbuf_shape_init(&dbuf, 3199, 0, 0, 0, 0), 0);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 800, 1, CODE("XR24")), -EINVAL);
	assert_int_equal(dbuf_shape_init(&dbuf, 5, 0, 0, 0, 0), 0);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 3, 1, CODE("YUYV")), -EINVAL);
}

/* Buffers that drivers make for a mode: padded rows, some of them more than are shown, and whole
 * pages. */
TEST_ALONE(takes_the_rows_of_an_import_as_its_driver_padded_them)
{
	static const struct {
		uint32_t w, h, stride, size;
		const char *code;
	} cases[] = {
		/* padded rows, and a size that is no multiple of them */
		{1400, 1050, 5632, 5914624, "XR24"},
		{1366, 766, 5504, 4218880, "XR24"},
		{1440, 900, 5888, 5300224, "XR24"},
		{1680, 1050, 6912, 7258112, "XR24"},
		{800, 600, 3328, 2023424, "XR24"}, /* of 608 rows */
		/* whole rows, padded or not */
		{1920, 1080, 7680, 8294400, "XR24"},
		{1366, 768, 5464, 4198400, "XR24"},
		{1366, 768, 5504, 4227072, "XR24"},
		{1600, 1068, 6400, 6860800, "XR24"}, /* of 1072 */
		{1920, 1080, 7680, 8355840, "XR24"}, /* of 1088 */
		{376, 464, 1536, 712704, "XR24"},
		{480, 800, 1024, 819200, "RG16"},
		{1404, 1600, 2816, 4505600, "RG16"},
		{1080, 1200, 4352, 5222400, "XR24"},
		/* their neighbours: rows as they are, in bytes, in pages, and as much as one row
		   more */
		{1400, 1050, 5600, 1050 * 5600, "XR24"},
		{1400, 1050, 5600, 1436 * 4096, "XR24"},
		{1400, 1050, 5600, 1051 * 5600, "XR24"},
		{1440, 900, 5760, 900 * 5760, "XR24"},
		{1440, 900, 5760, 901 * 5760, "XR24"},
		{1680, 1050, 6720, 1723 * 4096, "XR24"},
		{1680, 1050, 6784, 1050 * 6784 + 1, "XR24"},
		{1366, 768, 5464, 769 * 5464, "XR24"},
		{1400, 1050, 5601, 1050 * 5601, "XR24"}, /* an exact quotient, whatever it is */
		{800, 600, 3264, 600 * 3328 - 1, "XR24"},
		{800, 600, 3328, 600 * 3392 - 1, "XR24"},
		{800, 600, 3200, 600 * 3392, "XR24"}, /* no driver pads 3200 to more than 3328 */
		{800, 600, 3200, 600 * 3392 + 1, "XR24"},
		{1, 600, 64, 600 * 64, "XR24"},
		{1, 600, 192, 600 * 192 + 599, "XR24"},
		{1, 600, 4, 600 * 64 - 1, "XR24"},
	};
	static const uint32_t offsets[] = {0, 1, 64, 4096};
	struct dbuf_shape dbuf;
	struct fb_shape fb;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++)
		for (size_t o = 0; o < N_ELEMENTS(offsets); o++) {
			assert_int_equal(dbuf_shape_init(&dbuf, offsets[o] + cases[i].size,
							 offsets[o], 0, 0, 0),
					 0);
			assert_int_equal(fb_shape_init(&fb, &dbuf, cases[i].w, cases[i].h,
						       CODE(cases[i].code)),
					 0);
			assert_int_equal(fb.stride_bytes, cases[i].stride);
			assert_int_equal(fb.offset_bytes, offsets[o]);
		}
}

TEST_ALONE(refuses_a_framebuffer_that_does_not_fit)
{
	struct dbuf_shape dbuf;
	struct fb_shape fb;

	assert_int_equal(dbuf_shape_init(&dbuf, 101 * 4 * 7, 0, 101, 7, 32), 0);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 101, 7, CODE("XR24")), 0);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 100, 6, CODE("XR24")), 0);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 202, 7, CODE("RG16")), 0);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 102, 7, CODE("XR24")), -EINVAL);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 101, 8, CODE("XR24")), -EINVAL);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 203, 7, CODE("RG16")), -EINVAL);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 101, 7, CODE("NV12")), -EINVAL);
}

TEST_ALONE(has_an_answer_for_every_edge_of_every_field_of_a_framebuffer)
{
	static const uint32_t px[] = {0, 1, 100, 101, 102, 16384, 16385, 0x80000000u, UINT32_MAX};
	struct dbuf_shape dbufs[2];
	struct fb_shape fb;

	assert_int_equal(dbuf_shape_init(&dbufs[0], 12 + 101 * 101 * 4, 12, 101, 101, 32), 0);
	assert_int_equal(dbuf_shape_init(&dbufs[1], 12 + 101 * 101 * 4, 12, 0, 0, 0), 0);
	for (size_t d = 0; d < 2; d++)
		for (size_t w = 0; w < N_ELEMENTS(px); w++)
			for (size_t h = 0; h < N_ELEMENTS(px); h++) {
				int rc = fb_shape_init(&fb, &dbufs[d], px[w], px[h], CODE("XR24"));
				uint64_t end;

				if (px[w] <= 101 && px[w] > 0 && px[h] <= 101 && px[h] > 0)
					assert_int_equal(rc, 0);
				if (px[w] == 0 || px[w] > 16384 || px[h] == 0 || px[h] > 16384)
					assert_int_equal(rc, -EINVAL);
				if (rc < 0)
					continue;
				end = fb.offset_bytes + (uint64_t)fb.stride_bytes * (px[h] - 1) +
				      (uint64_t)px[w] * 4;
				assert_true(end <= dbufs[d].size_bytes);
			}
}

static void make_fb(struct fb_shape *fb, uint32_t w, uint32_t h, const char *code)
{
	struct dbuf_shape dbuf;

	assert_int_equal(dbuf_shape_init(&dbuf, w * h * 4, 0, w, h, 32), 0);
	assert_int_equal(fb_shape_init(fb, &dbuf, w, h, CODE(code)), 0);
}

TEST_ALONE(clips_a_framebuffer_to_the_connector)
{
	static const struct {
		struct view view;
		uint32_t w, h, ofs;
	} cases[] = {
		{{0, 0, 1000, 700}, 800, 600, 0}, /* Linux asks for all of it */
		{{800, 0, 1000, 700}, 200, 600, 3200},
		{{999, 699, 1000, 700}, 1, 1, 699 * 4000 + 3996},
		{{100, 50, 320, 240}, 320, 240, 50 * 4000 + 400},
		{{0, 0, UINT32_MAX, UINT32_MAX}, 800, 600, 0},
		{{300, 200, UINT32_MAX, UINT32_MAX}, 700, 500, 200 * 4000 + 1200},
		{{0, 0, 1, 1}, 1, 1, 0},
	};
	struct region region;
	struct fb_shape fb;

	make_fb(&fb, 1000, 700, "XR24");
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(region_init(&region, &fb, &cases[i].view, 800, 600), 0);
		assert_int_equal(region.width_px, cases[i].w);
		assert_int_equal(region.height_px, cases[i].h);
		assert_int_equal(region.src_offset_bytes, cases[i].ofs);
		assert_int_equal(region.src_stride_bytes, 4000);
		assert_int_equal(region.row_bytes, cases[i].w * 4);
		assert_int_equal(region.stride_bytes % 64, 0);
		assert_true(region.stride_bytes - region.row_bytes < 64);
		assert_int_equal(region.size_bytes, region.stride_bytes * region.height_px);
	}
}

TEST_ALONE(refuses_a_view_with_nothing_in_it)
{
	static const struct view views[] = {
		{1000, 0, 1, 1}, {0, 700, 1, 1}, {UINT32_MAX, 0, 1, 1},  {0, UINT32_MAX, 1, 1},
		{0, 0, 0, 1},    {0, 0, 1, 0},   {0x80000000u, 0, 1, 1},
	};
	struct region region;
	struct fb_shape fb;

	make_fb(&fb, 1000, 700, "XR24");
	for (size_t i = 0; i < N_ELEMENTS(views); i++)
		assert_int_equal(region_init(&region, &fb, &views[i], 800, 600), -EINVAL);
}

TEST_ALONE(never_takes_a_pair_of_yuyv_apart)
{
	struct view view = {3, 0, 4, 1};
	struct region region;
	struct fb_shape fb;
	struct dbuf_shape dbuf;

	assert_int_equal(dbuf_shape_init(&dbuf, 16, 0, 8, 1, 16), 0);
	assert_int_equal(fb_shape_init(&fb, &dbuf, 7, 1, CODE("YUYV")), 0);
	assert_int_equal(region_init(&region, &fb, &view, 100, 100), 0);
	assert_int_equal(region.src_offset_bytes, 4);
	assert_int_equal(region.width_px, 4);
	assert_int_equal(region.row_bytes, 8);
	view = (struct view){6, 0, 4, 1};
	assert_int_equal(region_init(&region, &fb, &view, 100, 100), 0);
	assert_int_equal(region.src_offset_bytes, 12);
	assert_int_equal(region.row_bytes, 4);
}

/* Every byte that is read or written exists, which the sanitizers see. */
TEST_ALONE(copies_exactly_the_visible_pixels)
{
	static const char *const codes[] = {"RG16", "RG24", "XR24", "YUYV"};
	struct view view = {3, 2, 1000, 1000};

	for (size_t i = 0; i < N_ELEMENTS(codes); i++) {
		const struct pixel_format *format = pixel_format_find(CODE(codes[i]));
		uint32_t w = 33, h = 9;
		uint32_t row = (i == 3 ? 34u : 33u) * format->cpp;
		uint8_t *src = malloc((size_t)row * h);
		struct dbuf_shape dbuf;
		struct region region;
		struct fb_shape fb;
		uint32_t first = i == 3 ? 2 : 3;
		uint8_t *dst;

		assert_non_null(src);
		for (uint32_t b = 0; b < row * h; b++)
			src[b] = (uint8_t)(b * 7 + b / 251 + 1);
		assert_int_equal(dbuf_shape_init(&dbuf, row * h, 0, 0, 0, 0), 0);
		assert_int_equal(fb_shape_init(&fb, &dbuf, w, h, CODE(codes[i])), 0);
		assert_int_equal(fb.stride_bytes, row);
		assert_int_equal(region_init(&region, &fb, &view, 100, 100), 0);
		dst = malloc(region.size_bytes);
		assert_non_null(dst);
		memset(dst, 0xee, region.size_bytes);
		/* In steps or at once. */
		for (uint32_t y = 0; y < region.height_px; y += 3)
			region_copy(&region, dst, src, y,
				    region.height_px - y < 3 ? region.height_px - y : 3);
		for (uint32_t y = 0; y < region.height_px; y++) {
			const uint8_t *out = dst + y * region.stride_bytes;

			assert_memory_equal(out, src + (y + 2) * row + first * format->cpp,
					    region.row_bytes);
			for (size_t b = region.row_bytes; b < region.stride_bytes; b++)
				assert_int_equal(out[b], 0);
		}
		free(src);
		free(dst);
	}
}
