/* SPDX-License-Identifier: MIT */
/*
 * The demands of displif.h and of the Linux frontend, from the requests on a ring to the pixels
 * that a consumer gets: formats, offsets, imported buffers, rings, cookies and many connectors.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "display-fake.h"
#include "machine-rig.h"
#include "test.h"

#define ALL FAKE_CONNECTORS

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

static struct rig rig;
static struct consumer consumers[ALL];

static int setup(void **)
{
	static const char *const all[ALL + 1] = {
		"800x600", "640x480", "320x200", "64x64", "63x61", "1x1",  "16x1",   "1x16",
		"17x19",   "100x50",  "50x100",  "33x33", "8x8",   "40x4", "128x96", "96x128",
	};

	rig_setup(&rig, all);
	memset(consumers, 0, sizeof consumers);
	return 0;
}

static int teardown(void **)
{
	rig_teardown(&rig);
	for (unsigned i = 0; i < ALL; i++)
		consumer_forget(&consumers[i]);
	return 0;
}

static int call(unsigned connector, struct xendispl_req req)
{
	return fake_call(connector, &req);
}

static void claim(unsigned i)
{
	assert_int_equal(consumer_claim(&consumers[i], rig.connectors[i]), 0);
}

/* The next frame of a connector. */
static const struct connector_frame *next(unsigned i)
{
	struct consumer *consumer = &consumers[i];
	const unsigned n_frames = consumer->n_frames;

	connector_done(consumer->conn, consumer, consumer->frame.serial);
	connector_ready(consumer->conn, consumer, false);
	fake_worker_drain();
	assert_int_equal(consumer->n_frames, n_frames + 1);
	return &consumer->frame;
}

static uint8_t *fill(uint32_t gref, size_t size)
{
	uint8_t *memory = fake_memory(gref, size);

	for (size_t i = 0; i < size; i++)
		memory[i] = (uint8_t)(i ^ i >> 8 ^ gref * 37);
	return memory;
}

/* The frame shows these rows. */
static void assert_rows(unsigned i, const uint8_t *from, size_t stride, size_t row, uint32_t n_rows)
{
	assert_int_equal(consumers[i].frame.height_px, n_rows);
	for (uint32_t y = 0; y < n_rows; y++)
		assert_memory_equal(consumer_row(&consumers[i], y), from + y * stride, row);
}

/* -------- pixels -------- */

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(shows_every_format_of_linux)
{
	static const struct {
		uint32_t fourcc, bpp;
	} formats[] = {
		{FOURCC('R', 'G', '1', '6'), 16}, {FOURCC('R', 'G', '2', '4'), 24},
		{FOURCC('X', 'R', '2', '4'), 32}, {FOURCC('A', 'R', '2', '4'), 32},
		{FOURCC('X', 'R', '1', '2'), 16}, {FOURCC('A', 'R', '1', '2'), 16},
		{FOURCC('X', 'R', '1', '5'), 16}, {FOURCC('A', 'R', '1', '5'), 16},
		{FOURCC('Y', 'U', 'Y', 'V'), 16},
	};
	enum { W = 38, H = 11 };

	claim(0);
	for (unsigned i = 0; i < 9; i++) {
		const uint32_t row = W * formats[i].bpp / 8;
		const uint8_t *guest = fill(10 + i, row * H);

		/* Like the Linux frontend: no byte between the rows or behind the last. */
		assert_int_equal(
			call(0, req_dbuf_create(1 + i, W, H, formats[i].bpp, row * H, 10 + i)), 0);
		assert_int_equal(call(0, req_fb_attach(1 + i, 1 + i, W, H, formats[i].fourcc)), 0);
		assert_int_equal(call(0, req_set_config(1 + i, 0, 0, W, H, formats[i].bpp)), 0);
		assert_int_equal(next(0)->fourcc, formats[i].fourcc);
		assert_int_equal(consumers[0].frame.width_px, W);
		assert_rows(0, guest, row, row, H);
	}
}

TEST(shows_what_stands_behind_data_ofs)
{
	static const uint32_t offsets[] = {0, 1, 4, 4095, 4096, 5000};
	enum { W = 20, H = 10, BYTES = W * H * 4 };

	claim(0);
	for (unsigned i = 0; i < 6; i++) {
		struct xendispl_req create =
			req_dbuf_create(1, W, H, 32, offsets[i] + BYTES, 10 + i);
		const uint8_t *guest = fill(10 + i, offsets[i] + BYTES);

		create.op.dbuf_create.data_ofs = offsets[i];
		assert_int_equal(call(0, create), 0);
		assert_int_equal(call(0, req_fb_attach(1, 1, W, H, FAKE_XR24)), 0);
		assert_int_equal(call(0, req_set_config(1, 0, 0, W, H, 32)), 0);
		next(0);
		assert_rows(0, guest + offsets[i], W * 4, W * 4, H);
	}
}

/* With width, height and bpp 0 the framebuffer determines the rows. */
TEST(shows_imported_buffers)
{
	static const struct {
		uint32_t size, ofs, w, h, bpp, fourcc, stride;
	} cases[] = {
		{20 * 10 * 4, 0, 20, 10, 32, FAKE_XR24, 80},
		{4096, 0, 20, 10, 32, FAKE_XR24, 80}, /* rounded up to a page */
		{64 * 64 * 4 + 128, 128, 64, 64, 32, FAKE_XR24, 256},
		{256 * 33, 0, 61, 33, 32, FAKE_XR24, 256}, /* padded rows */
		{2 * 4096, 1, 33, 20, 24, FAKE_RG24, 99},
	};

	claim(0);
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct xendispl_req create = req_dbuf_create(1, 0, 0, 0, cases[i].size, 10 + i);
		const uint8_t *guest = fill(10 + i, cases[i].size);

		create.op.dbuf_create.data_ofs = cases[i].ofs;
		assert_int_equal(call(0, create), 0);
		assert_int_equal(
			call(0, req_fb_attach(1, 1, cases[i].w, cases[i].h, cases[i].fourcc)), 0);
		assert_int_equal(
			call(0, req_set_config(1, 0, 0, cases[i].w, cases[i].h, cases[i].bpp)), 0);
		next(0);
		assert_rows(0, guest + cases[i].ofs, cases[i].stride,
			    (size_t)cases[i].w * cases[i].bpp / 8, cases[i].h);
	}
}

/* -------- rings and connectors -------- */

TEST(bounds_every_view_by_its_connectors_resolution)
{
	uint32_t *pixels;

	rig_make_fb(1, 900, 700);
	pixels = rig_pixels(1, 900, 700);
	for (unsigned i = 0; i < ALL; i++) {
		struct connector_info info;

		claim(i);
		connector_get_info(rig.connectors[i], &info);
		assert_int_equal(call(i, req_set_config(rig_fb(1), 5, 7, 895, 693, 32)), 0);
		assert_int_equal(next(i)->width_px, info.width_px);
		assert_rows(i, (const uint8_t *)(pixels + 7 * 900 + 5), 900 * 4,
			    (size_t)info.width_px * 4, info.height_px);
	}
	/* A mode of one connector does not change the others. */
	assert_int_equal(call(3, req_set_config(0, 0, 0, 0, 0, 0)), 0);
	assert_int_equal(call(4, req_set_config(rig_fb(1), 0, 0, 2, 3, 32)), 0);
	assert_int_equal(next(4)->width_px, 2);
	for (unsigned i = 0; i < ALL; i++) {
		if (i == 3 || i == 4)
			continue;
		assert_int_equal(call(i, req_pg_flip(rig_fb(1))), 0);
		next(i);
		assert_int_equal(consumers[i].n_frames, 2);
	}
	assert_int_equal(call(3, req_pg_flip(rig_fb(1))), -EINVAL);
}

TEST(takes_buffer_operations_on_the_first_ring_only)
{
	rig_make_fb(1, 10, 10);
	fake_memory(50, 4096);
	for (unsigned i = 1; i < ALL; i++) {
		assert_int_equal(call(i, req_dbuf_create(7, 10, 10, 32, 400, 50)), -EINVAL);
		assert_int_equal(call(i, req_fb_attach(0x101, 7, 10, 10, FAKE_XR24)), -EINVAL);
		assert_int_equal(call(i, req_fb_detach(rig_fb(1))), -EINVAL);
		assert_int_equal(call(i, req_dbuf_destroy(0x101)), -EINVAL);
	}
	assert_int_equal(machine_calls(CALL_MAP), 1);
	assert_int_equal(call(0, req_set_config(rig_fb(1), 0, 0, 10, 10, 32)), 0);
}

/* -------- cookies -------- */

TEST(keeps_cookies_of_buffers_and_framebuffers_apart)
{
	fake_memory(10, 4096);
	assert_int_equal(call(0, req_dbuf_create(5, 10, 10, 32, 400, 10)), 0);
	assert_int_equal(call(0, req_fb_attach(5, 5, 10, 10, FAKE_XR24)), 0);
	assert_int_equal(call(0, req_fb_detach(5)), 0);
	assert_int_equal(call(0, req_fb_detach(5)), -ENOENT);
	assert_int_equal(call(0, req_fb_attach(5, UINT64_MAX, 10, 10, FAKE_XR24)), 0);
	assert_int_equal(call(0, req_set_config(UINT64_MAX, 0, 0, 10, 10, 32)), 0);
	/* All 64 bits count. */
	assert_int_equal(call(0, req_fb_detach(UINT32_MAX)), -ENOENT);
	assert_int_equal(call(0, req_dbuf_destroy(5 + (UINT64_C(1) << 32))), -ENOENT);
	assert_int_equal(call(0, req_dbuf_destroy(5)), 0);
}

/* Linux names things by their address, so names come back, and after a time-out too early. */
TEST(shows_a_buffer_that_was_created_again_while_it_was_shown)
{
	const uint8_t *second;
	const uint32_t bytes = 10 * 10 * 4;

	claim(0);
	fill(10, bytes);
	second = fill(11, bytes);
	assert_int_equal(call(0, req_dbuf_create(5, 10, 10, 32, bytes, 10)), 0);
	assert_int_equal(call(0, req_fb_attach(5, 6, 10, 10, FAKE_XR24)), 0);
	assert_int_equal(call(0, req_set_config(6, 0, 0, 10, 10, 32)), 0);
	next(0);
	assert_int_equal(call(0, req_dbuf_create(5, 10, 10, 32, bytes, 11)), 0);
	assert_int_equal(mapped_pages(), 1);
	assert_int_equal(consumers[0].n_blanks, 1);
	/* Its framebuffers went with the one before. */
	assert_int_equal(call(0, req_pg_flip(6)), -ENOENT);
	assert_int_equal(call(0, req_fb_attach(5, 6, 10, 10, FAKE_XR24)), 0);
	assert_int_equal(call(0, req_set_config(6, 0, 0, 10, 10, 32)), 0);
	next(0);
	assert_rows(0, second, 40, 40, 10);
}
