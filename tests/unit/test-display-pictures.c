/* SPDX-License-Identifier: MIT */
/* The picture in a frame: exactly what the guest shows, and nothing of an older one. */
#include <config.h>

#include <string.h>
#include <unistd.h>

#include "frames-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(copies_odd_strides_exactly)
{
	static const struct {
		uint32_t w, h, bpp, fourcc;
	} cases[] = {
		{101, 7, 16, FAKE_RG16},   {33, 5, 24, FAKE_RG24},  {1, 1, 24, FAKE_RG24},
		{799, 599, 16, FAKE_RG16}, {799, 3, 24, FAKE_RG24}, {17, 9, 32, FAKE_XR24},
	};

	claim();
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint32_t row = cases[i].w * cases[i].bpp / 8;
		uint8_t *guest = fake_memory(10 + i, row * cases[i].h);

		for (uint32_t b = 0; b < row * cases[i].h; b++)
			guest[b] = (uint8_t)(b ^ b >> 7 ^ i);
		assert_int_equal(call(req_dbuf_create(1 + i, cases[i].w, cases[i].h, cases[i].bpp,
						      row * cases[i].h, 10 + i)),
				 0);
		assert_int_equal(
			call(req_fb_attach(1 + i, 1 + i, cases[i].w, cases[i].h, cases[i].fourcc)),
			0);
		assert_int_equal(
			call(req_set_config(1 + i, 0, 0, cases[i].w, cases[i].h, cases[i].bpp)), 0);
		next();
		assert_int_equal(consumer.n_frames, i + 1);
		assert_int_equal(consumer.frame.fourcc, cases[i].fourcc);
		assert_int_equal(consumer.frame.width_px, cases[i].w);
		for (uint32_t y = 0; y < cases[i].h; y++) {
			const uint8_t *out = consumer_row(&consumer, y);

			assert_memory_equal(out, guest + y * row, row);
			for (uint32_t b = row; b < consumer.frame.stride_bytes; b++)
				assert_int_equal(out[b], 0);
		}
	}
}

TEST(shows_the_part_that_set_config_names)
{
	rig_make_fb(1, 1000, 700);
	claim();
	assert_int_equal(call(req_set_config(rig_fb(1), 0, 0, 1000, 700, 32)), 0);
	next();
	assert_int_equal(consumer.frame.width_px, 800);
	assert_int_equal(consumer.frame.height_px, 600);
	assert_shows(1, 1000, 700, 0, 0);
	assert_int_equal(call(req_set_config(rig_fb(1), 800, 100, 1000, 700, 32)), 0);
	next();
	assert_int_equal(consumer.frame.width_px, 200);
	assert_int_equal(consumer.frame.height_px, 600);
	assert_shows(1, 1000, 700, 800, 100);
	assert_int_equal(call(req_set_config(rig_fb(1), 3, 4, 5, 6, 32)), 0);
	next();
	assert_int_equal(consumer.frame.width_px, 5);
	assert_int_equal(consumer.frame.height_px, 6);
	assert_shows(1, 1000, 700, 3, 4);
	/* A flip keeps the place. */
	rig_make_fb(2, 8, 8);
	flip(2);
	next();
	assert_int_equal(consumer.frame.width_px, 5);
	assert_int_equal(consumer.frame.height_px, 4);
	assert_shows(2, 8, 8, 3, 4);
}

TEST(makes_a_new_buffer_when_the_picture_changes_its_size)
{
	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 800, 600);
	show(1);
	claim();
	ready();
	flip(1);
	next();
	assert_int_equal(consumer.n_buffers, 2);
	flip(2);
	next();
	assert_int_equal(consumer.n_buffers, 3);
	assert_shows(2, 800, 600, 0, 0);
	flip(2);
	next();
	flip(2);
	next();
	assert_int_equal(consumer.n_buffers, 4);
	/* A smaller one, to see that nothing of the larger stays behind. */
	flip(1);
	next();
	assert_int_equal(consumer.n_buffers, 5);
	assert_true(consumer.map_bytes[consumer.frame.buffer] < 100 * 448 + 4096);
	assert_shows(1, 100, 100, 0, 0);
}

TEST(leaves_a_frame_alone_until_the_next_is_shown)
{
	const uint8_t *first;

	rig_make_fb(1, 100, 100);
	rig_make_fb(2, 100, 100);
	show(1);
	claim();
	ready();
	first = consumer_row(&consumer, 0);
	flip(2);
	next();
	/* Frame 2 is out: frame 1 stays as it was, whatever the guest and the consumer do. */
	flip(1);
	memset(rig_pixels(1, 100, 100), 0xff, 40000);
	flip(2);
	connector_ready(consumer.conn, &consumer, true);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 2);
	assert_int_equal(first[3], 1);
	connector_done(consumer.conn, &consumer, 2);
	assert_int_equal(consumer.n_frames, 3);
	assert_int_equal(first[3], 2);
}

TEST(tells_when_nothing_is_shown)
{
	rig_make_fb(1, 100, 100);
	show(1);
	claim();
	ready();
	reset();
	assert_int_equal(consumer.n_blanks, 1);
	reset();
	assert_int_equal(consumer.n_blanks, 1);
	next();
	assert_int_equal(consumer.n_frames, 1);
	show(1);
	assert_int_equal(consumer.n_frames, 2);
	assert_int_equal(call(req_fb_detach(rig_fb(1))), 0);
	assert_int_equal(consumer.n_blanks, 2);
}

TEST(shows_nothing_of_a_buffer_that_is_destroyed)
{
	rig_make_fb(1, 800, 600);
	rig_make_fb(2, 800, 600);
	claim();
	show(1);
	ready();
	assert_int_equal(call(req_dbuf_destroy(0x101)), 0);
	assert_int_equal(consumer.n_blanks, 1);
	connector_done(consumer.conn, &consumer, 1);
	connector_ready(consumer.conn, &consumer, true);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	flip(2);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 2);
	assert_shows(2, 800, 600, 0, 0);
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
