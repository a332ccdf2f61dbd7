/* SPDX-License-Identifier: MIT */
/* What libxenav knows of sample and pixel formats, and which objects a user selects. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "wire/formats.h"
#include "xenav.h"

/* -------- samples -------- */

TEST_ALONE(sample_formats_are_described)
{
	static const struct {
		uint8_t format;
		struct xenav_format_info info;
	} cases[] = {
		{XENAV_FORMAT_S8, {1, 8, 1, 0, 0, {0}}},
		{XENAV_FORMAT_U8, {1, 8, 0, 0, 0, {0x80}}},
		{XENAV_FORMAT_S16_LE, {2, 16, 1, 0, 0, {0}}},
		{XENAV_FORMAT_U16_BE, {2, 16, 0, 0, 1, {0x80, 0}}},
		{XENAV_FORMAT_S24_LE, {4, 24, 1, 0, 0, {0}}},
		{XENAV_FORMAT_U24_LE, {4, 24, 0, 0, 0, {0, 0, 0x80, 0}}},
		{XENAV_FORMAT_U24_BE, {4, 24, 0, 0, 1, {0, 0x80, 0, 0}}},
		{XENAV_FORMAT_S32_BE, {4, 32, 1, 0, 1, {0}}},
		{XENAV_FORMAT_U32_LE, {4, 32, 0, 0, 0, {0, 0, 0, 0x80}}},
		{XENAV_FORMAT_FLOAT_LE, {4, 32, 1, 1, 0, {0}}},
		{XENAV_FORMAT_FLOAT64_BE, {8, 64, 1, 1, 1, {0}}},
		{XENAV_FORMAT_IEC958_SUBFRAME_BE, {4, 32, 0, 0, 1, {0}}},
		{XENAV_FORMAT_MU_LAW, {1, 8, 0, 0, 0, {0xff}}},
		{XENAV_FORMAT_A_LAW, {1, 8, 0, 0, 0, {0xd5}}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct xenav_format_info info;

		memset(&info, 0xee, sizeof info);
		assert_int_equal(xenav_format_describe(cases[i].format, &info), 0);
		assert_memory_equal(&info, &cases[i].info, sizeof info);
	}
}

TEST_ALONE(every_description_agrees_with_size_name_and_silence)
{
	for (unsigned int f = 0; f < 256; f++) {
		struct xenav_format_info info;
		unsigned char silence[8] = {0};
		const char *name = xenav_format_name((uint8_t)f);
		const int rc = xenav_format_describe((uint8_t)f, &info);

		if (!name || f >= XENAV_FORMAT_IMA_ADPCM) {
			assert_int_equal(rc, name ? -EOPNOTSUPP : -EINVAL);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_int_equal(info.bytes, xenav_format_bytes((uint8_t)f));
		assert_true(info.valid_bits <= info.bytes * 8);
		assert_int_equal(info.is_big_endian, strstr(name, "_be") != NULL);
		assert_int_equal(info.is_float, strstr(name, "float") != NULL);
		assert_int_equal(info.is_signed, (name[0] == 's' || info.is_float));
		format_silence((uint8_t)f, silence, info.bytes);
		assert_memory_equal(info.silence, silence, sizeof silence);
	}
}

/* -------- pixels -------- */

static uint32_t fourcc(const char *name)
{
	return (uint32_t)name[0] | (uint32_t)name[1] << 8 | (uint32_t)name[2] << 16 |
	       (uint32_t)name[3] << 24;
}

/* Convert one row. */
static void convert(const char *format, const unsigned char *src, uint32_t width,
		    unsigned char *xrgb)
{
	const struct xenav_frame frame = {
		.pixels = src,
		.width_px = width,
		.height_px = 1,
		.stride_bytes = width * xenav_fourcc_bytes(fourcc(format)),
		.fourcc = fourcc(format),
	};

	assert_int_equal(xenav_frame_to_xrgb8888(&frame, xrgb, width * 4), 0);
}

static void expect_pixel(const unsigned char *xrgb, const unsigned char *rgb)
{
	const unsigned char expected[4] = {rgb[2], rgb[1], rgb[0], 255};

	assert_memory_equal(xrgb, expected, 4);
}

TEST_ALONE(pixels_of_every_format_become_rgb)
{
	static const struct {
		const char *format;
		unsigned int width;
		unsigned char src[12];
		unsigned char rgb[9];
	} cases[] = {
		{"XR24", 2, {1, 2, 3, 255, 4, 5, 6, 0}, {3, 2, 1, 6, 5, 4}},
		{"AR24", 2, {1, 2, 3, 0, 4, 5, 6, 255}, {3, 2, 1, 6, 5, 4}},
		{"XB24", 2, {1, 2, 3, 255, 4, 5, 6, 0}, {1, 2, 3, 4, 5, 6}},
		{"AB24", 1, {1, 2, 3, 0}, {1, 2, 3}},
		{"RG24", 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {3, 2, 1, 6, 5, 4, 9, 8, 7}},
		{"RG16", 3, {0x00, 0xf8, 0xe0, 0x07, 0x1f, 0}, {255, 0, 0, 0, 255, 0, 0, 0, 255}},
		{"RG16", 1, {0xff, 0xff}, {255, 255, 255}},
		{"RG16", 1, {0x21, 0x08}, {8, 4, 8}},
		{"XR15", 3, {0x00, 0x7c, 0xe0, 3, 0x1f, 0x80}, {255, 0, 0, 0, 255, 0, 0, 0, 255}},
		{"AR15", 3, {0x00, 0xfc, 0xe0, 3, 0x1f, 0}, {255, 0, 0, 0, 255, 0, 0, 0, 255}},
		{"XR12", 3, {0x00, 0x0f, 0xf0, 0, 0x0f, 0xf0}, {255, 0, 0, 0, 255, 0, 0, 0, 255}},
		{"AR12", 1, {0x34, 0xf2}, {0x22, 0x33, 0x44}},
		/* black, white; grey; the primary colours of BT.601 */
		{"YUYV", 2, {16, 128, 235, 128}, {0, 0, 0, 255, 255, 255}},
		{"YUYV", 1, {126, 128}, {128, 128, 128}},
		{"YUYV", 2, {82, 90, 82, 240}, {255, 1, 0, 255, 1, 0}},
		{"YUYV", 2, {145, 54, 145, 34}, {0, 255, 1, 0, 255, 1}},
		{"YUYV", 3, {41, 240, 41, 110, 41, 240}, {0, 0, 255, 0, 0, 255, 0, 0, 255}},
		{"YUYV", 2, {0, 0, 255, 255}, {184, 0, 0, 255, 225, 20}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const size_t row = cases[i].width * xenav_fourcc_bytes(fourcc(cases[i].format));
		const size_t out = cases[i].width * 4u;
		unsigned char *src = malloc(row + 1), *dst = malloc(out + 1);

		/* Allocate the exact size, for the sanitizer, at an odd address. */
		memcpy(src + 1, cases[i].src, row);
		convert(cases[i].format, src + 1, cases[i].width, dst + 1);
		for (unsigned int x = 0; x < cases[i].width; x++)
			expect_pixel(dst + 1 + 4 * x, cases[i].rgb + 3 * x);
		free(src);
		free(dst);
	}
}

TEST_ALONE(values_of_few_bits_are_widened_by_repetition)
{
	for (unsigned int v = 0; v < 65536; v++) {
		const unsigned char src[2] = {(unsigned char)v, (unsigned char)(v >> 8)};
		const unsigned int r = v >> 11, g = v >> 5 & 63, b = v & 31, r5 = v >> 10 & 31;
		unsigned char xrgb[4];

		convert("RG16", src, 1, xrgb);
		assert_int_equal(xrgb[2], r << 3 | r >> 2);
		assert_int_equal(xrgb[1], g << 2 | g >> 4);
		assert_int_equal(xrgb[0], b << 3 | b >> 2);
		convert("XR12", src, 1, xrgb);
		assert_int_equal(xrgb[2], (v >> 8 & 15) * 17);
		assert_int_equal(xrgb[1], (v >> 4 & 15) * 17);
		assert_int_equal(xrgb[0], (v & 15) * 17);
		convert("XR15", src, 1, xrgb);
		assert_int_equal(xrgb[2], r5 << 3 | r5 >> 2);
	}
}

/* -------- what a user selects -------- */

TEST_ALONE(guests_are_selected_by_name_or_number)
{
	assert_int_equal(xenav_selects(NULL, NULL, 7, "web", "a"), 1);
	assert_int_equal(xenav_selects("web", NULL, 7, "web", "a"), 1);
	assert_int_equal(xenav_selects("7", NULL, 7, "web", "a"), 1);
	assert_int_equal(xenav_selects("8", NULL, 7, "8", "a"), 1);
	assert_int_equal(xenav_selects("we", NULL, 7, "web", "a"), 0);
	assert_int_equal(xenav_selects("8", NULL, 7, "web", "a"), 0);
	assert_int_equal(xenav_selects("", NULL, 0, "web", "a"), 0);
	assert_int_equal(xenav_selects("7 ", NULL, 7, "web", "a"), 0);
	assert_int_equal(xenav_selects("-7", NULL, (uint32_t)-7, "web", "a"), 0);
	assert_int_equal(xenav_selects("4294967303", NULL, 7, "web", "a"), 0);
	assert_int_equal(xenav_selects("36893488147419103239", NULL, 7, "web", "a"), 0);
	assert_int_equal(xenav_selects("web", NULL, 7, NULL, NULL), 0);
}

TEST_ALONE(objects_are_selected_by_their_whole_unique_id)
{
	assert_int_equal(xenav_selects(NULL, "a", 7, "web", "a"), 1);
	assert_int_equal(xenav_selects("web", "a", 7, "web", "a"), 1);
	assert_int_equal(xenav_selects("web", "a", 7, "db", "a"), 0);
	assert_int_equal(xenav_selects("web", "a", 7, "web", "ab"), 0);
	assert_int_equal(xenav_selects(NULL, "", 7, "web", ""), 1);
	assert_int_equal(xenav_selects(NULL, "a", 7, "web", NULL), 0);
}
