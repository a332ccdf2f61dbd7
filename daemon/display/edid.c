/* SPDX-License-Identifier: MIT */
/*
 * See edid.h.  Offsets are those of VESA E-EDID release A2 (EDID 1.4), DisplayID 1.3 and CVT 1.2.
 */
#include <config.h>

#include <stdbool.h>
#include <string.h>

#include "display/edid.h"

#define REFRESH_HZ 60

/* Three letters of five bits each. */
#define VENDOR_XEN (('X' - '@') << 10 | ('E' - '@') << 5 | ('N' - '@'))

/* A year without a week is that of the model, not of the making. */
#define WEEK_MODEL_YEAR 0xff
#define MODEL_YEAR      (2024 - 1990)

#define INPUT_DIGITAL_8_BPC 0xa0
#define GAMMA_2_2           120

/* The primaries are those of sRGB, and the first mode is the native one. */
#define FEATURES_SRGB_NATIVE 0x06

#define DESCRIPTOR_BYTES 18
#define DESCRIPTOR_DUMMY 0x10
#define DESCRIPTOR_NAME  0xfc
#define DESCRIPTOR_RANGE 0xfd
#define RANGE_ONLY       0x01
#define NAME_BYTES       13

/* Fields of a detailed timing. */
#define MAX_ACTIVE_PX  4095
#define MAX_CLOCK_10K  65535
#define MIN_CLOCK_HZ   10000000
#define SYNC_H_UP_V_DN 0x1a

/* Constants of CVT reduced blanking. */
#define H_BLANK_PX    160
#define H_FRONT_PX    48
#define H_SYNC_PX     32
#define V_FRONT_LINES 3
#define V_BACK_LINES  6
#define CLOCK_STEP_HZ 250000

struct timing {
	uint32_t width_px;
	uint32_t height_px;
	uint32_t v_blank;
	uint32_t v_sync;
	uint32_t clock_10khz;
};

/* -------- the mode -------- */

/* In CVT, the length of the vertical sync tells the shape of the screen. */
static uint32_t v_sync_lines(uint32_t width, uint32_t height)
{
	static const struct {
		uint32_t w, h, lines;
	} shapes[] = {{4, 3, 4}, {16, 9, 5}, {16, 10, 6}, {5, 4, 7}, {15, 9, 7}};

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		if (width * shapes[i].h == height * shapes[i].w)
			return shapes[i].lines;
	return 10;
}

/*
 * CVT 1.2, reduced blanking version 1, but for widths of any number of pixels, since this one is
 * given.  The blanking lasts at least 460 us, so the lines share the other 16206 2/3 us of a
 * frame, and 460 / (16206 2/3 / height) is height * 69 / 2431.
 */
static void timing_init(struct timing *t, uint32_t width, uint32_t height)
{
	const uint64_t line_hz = (uint64_t)REFRESH_HZ * (width + H_BLANK_PX); /* if it were alone */
	uint32_t min_blank;

	t->width_px = width;
	t->height_px = height;
	t->v_sync = v_sync_lines(width, height);
	t->v_blank = height * 69 / 2431 + 1;
	min_blank = V_FRONT_LINES + t->v_sync + V_BACK_LINES;
	if (t->v_blank < min_blank)
		t->v_blank = min_blank;
	/* Readers take less for garbage: a tiny picture gets more blanking. */
	if (line_hz * (height + t->v_blank) < MIN_CLOCK_HZ)
		t->v_blank = (uint32_t)((MIN_CLOCK_HZ + line_hz - 1) / line_hz) - height;
	t->clock_10khz = (uint32_t)(line_hz * (height + t->v_blank) / CLOCK_STEP_HZ) *
			 (CLOCK_STEP_HZ / 10000);
}

static bool fits_base_block(const struct timing *t)
{
	return t->width_px <= MAX_ACTIVE_PX && t->height_px <= MAX_ACTIVE_PX &&
	       t->clock_10khz <= MAX_CLOCK_10K;
}

static uint32_t half(uint32_t px)
{
	return px > 1 ? px / 2 : 1;
}

/* -------- the base block -------- */

static void put_u16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put_timing(uint8_t *d, const struct timing *t)
{
	put_u16(d, t->clock_10khz);
	d[2] = (uint8_t)t->width_px;
	d[3] = H_BLANK_PX;
	d[4] = (uint8_t)(t->width_px >> 8 << 4);
	d[5] = (uint8_t)t->height_px;
	d[6] = (uint8_t)t->v_blank;
	d[7] = (uint8_t)(t->height_px >> 8 << 4 | t->v_blank >> 8);
	d[8] = H_FRONT_PX;
	d[9] = H_SYNC_PX;
	d[10] = (uint8_t)(V_FRONT_LINES << 4 | t->v_sync);
	/* Upper bits, size in millimetres, borders: none, unknown, none. */
	d[17] = SYNC_H_UP_V_DN;
}

static void put_name(uint8_t *d, const char *name)
{
	size_t n = strnlen(name, NAME_BYTES);

	while (n > 0 && name[n - 1] == ' ')
		n--;
	if (n == 0) {
		name = "xenavd";
		n = strlen(name);
	}
	d[3] = DESCRIPTOR_NAME;
	memset(d + 5, ' ', NAME_BYTES);
	for (size_t i = 0; i < n; i++)
		d[5 + i] = name[i] >= ' ' && name[i] <= '~' ? (uint8_t)name[i] : '?';
	if (n < NAME_BYTES)
		d[5 + n] = '\n';
}

/* Of the one mode there is. */
static void put_range(uint8_t *d, const struct timing *t)
{
	const uint32_t line_px = t->width_px + H_BLANK_PX;
	const uint32_t frame_px = line_px * (t->height_px + t->v_blank);
	const uint64_t clock_hz = (uint64_t)t->clock_10khz * 10000;

	d[3] = DESCRIPTOR_RANGE;
	d[5] = (uint8_t)(clock_hz / frame_px);
	d[6] = (uint8_t)((clock_hz + frame_px - 1) / frame_px);
	d[7] = (uint8_t)(clock_hz / line_px / 1000);
	d[8] = (uint8_t)(clock_hz / line_px / 1000 + 1);
	d[9] = (uint8_t)((t->clock_10khz + 999) / 1000);
	d[10] = RANGE_ONLY;
	d[11] = '\n';
	memset(d + 12, ' ', DESCRIPTOR_BYTES - 12);
}

static uint32_t serial_of(const char *unique_id)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *unique_id; unique_id++)
		hash = (hash ^ (uint8_t)*unique_id) * 16777619u;
	/* 0 would mean that there is none. */
	return hash ? hash : 1;
}

static void put_identity(uint8_t *b, const struct edid_monitor *monitor)
{
	const uint32_t serial = serial_of(monitor->unique_id);

	b[8] = VENDOR_XEN >> 8;
	b[9] = VENDOR_XEN & 0xff;
	put_u16(b + 10, (uint32_t)monitor->devid << 4 | (monitor->index & 0xf));
	put_u16(b + 12, serial);
	put_u16(b + 14, serial >> 16);
	b[16] = WEEK_MODEL_YEAR;
	b[17] = MODEL_YEAR;
}

/* native: the timing is that of the connector, and the only one. */
static void put_base_block(uint8_t *b, const struct edid_monitor *monitor, const struct timing *t,
			   bool native)
{
	static const uint8_t srgb[] = {0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54};

	memset(b, 0, EDID_BLOCK_BYTES);
	memset(b + 1, 0xff, 6);
	put_identity(b, monitor);
	b[18] = 1;
	b[19] = 4;
	b[20] = INPUT_DIGITAL_8_BPC;
	/* 21, 22: its size is unknown, as for a projector. */
	b[23] = GAMMA_2_2;
	b[24] = FEATURES_SRGB_NATIVE;
	memcpy(b + 25, srgb, sizeof srgb);
	memset(b + 38, 1, 16); /* no standard timings */
	put_timing(b + 54, t);
	put_name(b + 72, monitor->unique_id);
	if (native)
		put_range(b + 90, t);
	else
		b[90 + 3] = DESCRIPTOR_DUMMY;
	b[108 + 3] = DESCRIPTOR_DUMMY;
	b[EDID_N_EXTENSIONS] = native ? 0 : 1;
	edid_seal_block(b);
}

/* -------- the DisplayID block -------- */

/* The same identity as in the base block. */
static void put_product(uint8_t *d, const uint8_t *base)
{
	d[0] = 0x00;
	d[2] = 12;
	d[3] = 'X';
	d[4] = 'E';
	d[5] = 'N';
	memcpy(d + 6, base + 10, 6);
	d[12] = WEEK_MODEL_YEAR;
	d[13] = 2024 - 2000;
}

static void put_parameters(uint8_t *d, const struct timing *t)
{
	const uint32_t more = t->width_px > t->height_px ? t->width_px : t->height_px;
	const uint32_t less = t->width_px + t->height_px - more;
	const uint32_t aspect = more * 100 / less - 100;

	d[0] = 0x01;
	d[2] = 12;
	/* 3 to 6: its size is unknown. */
	put_u16(d + 7, t->width_px);
	put_u16(d + 9, t->height_px);
	d[12] = GAMMA_2_2;
	d[13] = aspect < 0xff ? (uint8_t)aspect : 0xff;
	d[14] = 0x77; /* 8 bits per component, inside and out */
}

static void put_interface(uint8_t *d)
{
	d[0] = 0x0f;
	d[2] = 10;
	d[3] = 0xb1; /* digital, of our own kind, one link */
	d[5] = 0x02; /* RGB of 8 bits */
}

static void put_type_1_timing(uint8_t *d, const struct timing *t)
{
	const uint32_t clock = t->clock_10khz - 1;

	d[0] = 0x03;
	d[2] = 20;
	put_u16(d + 3, clock);
	d[5] = (uint8_t)(clock >> 16);
	d[6] = 0x88; /* preferred, of no particular shape */
	put_u16(d + 7, t->width_px - 1);
	put_u16(d + 9, H_BLANK_PX - 1);
	put_u16(d + 11, 0x8000 | (H_FRONT_PX - 1));
	put_u16(d + 13, H_SYNC_PX - 1);
	put_u16(d + 15, t->height_px - 1);
	put_u16(d + 17, t->v_blank - 1);
	put_u16(d + 19, V_FRONT_LINES - 1);
	put_u16(d + 21, t->v_sync - 1);
}

static void put_displayid_block(uint8_t *b, const uint8_t *base, const struct timing *t)
{
	uint8_t total = 0;

	memset(b, 0, EDID_BLOCK_BYTES);
	b[0] = 0x70; /* an extension of this kind: */
	b[1] = 0x13; /* DisplayID 1.3, */
	b[2] = 121;  /* of so many bytes, */
	b[3] = 3;    /* of a monitor by itself */
	put_product(b + 5, base);
	put_parameters(b + 5 + 15, t);
	put_interface(b + 5 + 30);
	put_type_1_timing(b + 5 + 43, t);
	for (size_t i = 1; i < 126; i++)
		total = (uint8_t)(total + b[i]);
	b[126] = (uint8_t)-total;
	edid_seal_block(b);
}

size_t edid_make(uint8_t edid[EDID_MADE_MAX_BYTES], const struct edid_monitor *monitor)
{
	struct timing native, base;

	timing_init(&native, monitor->width_px, monitor->height_px);
	if (fits_base_block(&native)) {
		put_base_block(edid, monitor, &native, true);
		return EDID_BLOCK_BYTES;
	}
	base = native;
	while (!fits_base_block(&base))
		timing_init(&base, half(base.width_px), half(base.height_px));
	put_base_block(edid, monitor, &base, false);
	put_displayid_block(edid + EDID_BLOCK_BYTES, edid, &native);
	return EDID_MADE_MAX_BYTES;
}
