/* SPDX-License-Identifier: MIT */
/*
 * xenav-record itself: frames of guests become pictures.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <png.h>

#include "record-rig.h"

#define W      101
#define H      37
#define STRIDE 207

/* Show frame number n of connector 2, in RGB565 with a stride that is odd. */
static void show_as(struct run *t, unsigned char *buffer, uint64_t n, uint64_t serial)
{
	for (size_t i = 0; i < STRIDE * H; i++)
		buffer[i] = (unsigned char)(i * 31 + n * 7);
	fake_frame(t->sock, 2, serial, 0, W, H, STRIDE, "RG16");
}

static void show(struct run *t, unsigned char *buffer, uint64_t n)
{
	show_as(t, buffer, n, n);
}

static void expect_png(struct run *t, const char *name, uint64_t n)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	unsigned char rgb[W * H * 3];
	char path[256];

	snprintf(path, sizeof path, "%s/%s", t->out, name);
	assert_true(png_image_begin_read_from_file(&image, path));
	assert_int_equal(image.width, W);
	assert_int_equal(image.height, H);
	assert_int_equal(image.format, PNG_FORMAT_RGB);
	assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
	for (size_t y = 0; y < H; y++) {
		for (size_t x = 0; x < W; x++) {
			const size_t i = y * STRIDE + x * 2, o = (y * W + x) * 3;
			const unsigned int p = (unsigned char)(i * 31 + n * 7) |
					       (unsigned int)(unsigned char)((i + 1) * 31 + n * 7)
						       << 8;

			assert_int_equal(rgb[o], p >> 11 << 3 | p >> 13);
			assert_int_equal(rgb[o + 1], (p >> 5 & 63) << 2 | (p >> 9 & 3));
			assert_int_equal(rgb[o + 2], (p & 31) << 3 | (p >> 2 & 7));
		}
	}
}

/* Announce connector 2 and grant its claim.  @return its memory. */
static unsigned char *begin(struct run *t, const char *frames, const char *refresh)
{
	unsigned char *buffer;
	int fd = fake_memfd(STRIDE * H);

	buffer = mmap(NULL, STRIDE * H, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	run_begin(t, "--frames", frames, "--no-sound", refresh);
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "s");
	fake_connector_added(t->sock, 2, "c");
	run_claim(t, 2);
	fake_buffer(t->sock, 2, 0, STRIDE * H, fd);
	close(fd);
	return buffer;
}

/* Show frames 1 to n, and stop. */
static void show_frames(struct run *t, const char *frames, uint64_t n)
{
	unsigned char *buffer = begin(t, frames, "--refresh=0");

	for (uint64_t i = 1; i <= n; i++) {
		fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 2);
		assert_int_equal(t->msg.frame_ready.flags, 0);
		show(t, buffer, i);
		fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_DONE, 2);
		assert_int_equal(t->msg.frame_done.serial, i);
	}
	fake_plain(t->sock, XENAV_OP_BLANK, 2);
	run_stop(t);
	munmap(buffer, STRIDE * H);
}

static bool exists(struct run *t, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", t->out, name);
	return access(path, F_OK) == 0;
}

RUN_TEST(the_last_picture_is_the_last_frame)
{
	struct run *t = *state;

	show_frames(t, "newest", 60);
	expect_png(t, "display+guest+c.png", 60);
	assert_false(exists(t, "display+guest+c+000001.png"));
	assert_true(run_said(t, "display+guest+c: ended frames=60 file=display+guest+c.png\n"));
}

RUN_TEST(every_frame_has_its_picture)
{
	struct run *t = *state;

	show_frames(t, "all", 12);
	for (uint64_t i = 1; i <= 12; i++) {
		char name[64];

		snprintf(name, sizeof name, "display+guest+c+%06u.png", (unsigned int)i);
		expect_png(t, name, i);
	}
	assert_false(exists(t, "display+guest+c.png"));
}

RUN_TEST(one_frame_in_some_has_its_picture)
{
	struct run *t = *state;

	show_frames(t, "every=5", 12);
	for (uint64_t i = 1; i <= 12; i++) {
		char name[64];

		snprintf(name, sizeof name, "display+guest+c+%06u.png", (unsigned int)i);
		if (i % 5 == 1)
			expect_png(t, name, i);
		else
			assert_false(exists(t, name));
	}
}

/* Wait until the frame is done and the next one asked for. */
static void expect_done_and_again(struct run *t, uint64_t serial)
{
	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_DONE, 2);
	assert_int_equal(t->msg.frame_done.serial, serial);
	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 2);
	if (t->msg.frame_ready.flags == 0)
		fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 2);
	assert_int_equal(t->msg.frame_ready.flags, XENAV_FRAME_AGAIN);
}

/* Pictures 1, 2, 3 are shown as frames 1, 4, 7; each is compared twice more. */
static void look_again(struct run *t, const char *frames, const char *refresh)
{
	unsigned char *buffer = begin(t, frames, refresh);
	uint64_t serial = 0;

	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 2);
	for (uint64_t n = 1; n <= 3; n++) {
		for (unsigned int i = 0; i < 3; i++) {
			show_as(t, buffer, n, ++serial);
			expect_done_and_again(t, serial);
		}
	}
	fake_plain(t->sock, XENAV_OP_BLANK, 2);
	run_stop(t);
	munmap(buffer, STRIDE * H);
}

RUN_TEST(drawing_without_a_flip_is_seen)
{
	struct run *t = *state;

	look_again(t, "all", "--refresh=60");
	expect_png(t, "display+guest+c+000001.png", 1);
	expect_png(t, "display+guest+c+000002.png", 2);
	expect_png(t, "display+guest+c+000003.png", 3);
	assert_false(exists(t, "display+guest+c+000004.png"));
	assert_true(run_said(t, "display+guest+c: ended frames=3 pictures=3\n"));
}

RUN_TEST(an_idle_guest_is_looked_at_by_default)
{
	struct run *t = *state;

	look_again(t, "newest", NULL);
	expect_png(t, "display+guest+c.png", 3);
	assert_true(run_said(t, "display+guest+c: ended frames=3 file=display+guest+c.png\n"));
}

/* One pixel in the last row: it has an odd number of bytes before it. */
RUN_TEST(one_pixel_is_a_change)
{
	struct run *t = *state;
	unsigned char *buffer = begin(t, "all", "--refresh=60");

	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 2);
	show_as(t, buffer, 1, 1);
	expect_done_and_again(t, 1);
	buffer[(H - 1) * STRIDE + (W - 1) * 2 + 1] ^= 0x80;
	fake_frame(t->sock, 2, 2, 0, W, H, STRIDE, "RG16");
	expect_done_and_again(t, 2);
	/* Bytes between the rows are not part of the picture. */
	buffer[W * 2] ^= 0xff;
	fake_frame(t->sock, 2, 3, 0, W, H, STRIDE, "RG16");
	expect_done_and_again(t, 3);
	fake_plain(t->sock, XENAV_OP_BLANK, 2);
	run_stop(t);
	munmap(buffer, STRIDE * H);
	assert_true(run_said(t, "display+guest+c: ended frames=2 pictures=2\n"));
}

/* The guest flips while xenav-record asks: the answer is the same frame once more. */
RUN_TEST(a_flip_that_crosses_a_look_is_one_frame)
{
	struct run *t = *state;
	unsigned char *buffer = begin(t, "all", "--refresh=60");

	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 2);
	show_as(t, buffer, 1, 1);
	expect_done_and_again(t, 1);
	/* Both frames come before it can ask again. */
	show_as(t, buffer, 2, 2);
	fake_frame(t->sock, 2, 3, 0, W, H, STRIDE, "RG16");
	run_stop(t);
	munmap(buffer, STRIDE * H);
	assert_true(run_said(t, "display+guest+c: ended frames=2 pictures=2\n"));
}

/* A guest that flips gets a picture of every frame, also of an equal one. */
RUN_TEST(the_same_picture_shown_twice_is_two_frames)
{
	struct run *t = *state;
	unsigned char *buffer = begin(t, "all", "--refresh=1");

	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 2);
	/* The frames follow each other, without time to ask in between. */
	for (uint64_t serial = 1; serial <= 2; serial++)
		show_as(t, buffer, 1, serial);
	run_stop(t);
	munmap(buffer, STRIDE * H);
	expect_png(t, "display+guest+c+000002.png", 1);
}

/* The guest wants the memory of every frame back at once: no frame waits for its encoding. */
RUN_TEST(a_frame_whose_memory_goes_is_kept)
{
	struct run *t = *state;
	unsigned char *buffer;
	int fd = fake_memfd(STRIDE * H);

	buffer = mmap(NULL, STRIDE * H, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	run_begin(t, "--frames", "all", "--direct", "--refresh=0");
	fake_connector_added(t->sock, 2, "c");
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, 2);
	assert_int_equal(t->msg.claim.ways, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	fake_claimed_ways(t->sock, 2, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	for (uint32_t i = 1; i <= 12; i++) {
		bool freed = false, done = false;

		fake_buffer_way(t->sock, 2, 2, STRIDE * H, XENAV_WAY_DIRECT, 0, fd);
		for (size_t j = 0; j < STRIDE * H; j++)
			buffer[j] = (unsigned char)(j * 31 + i * 7);
		fake_frame(t->sock, 2, i, 2, W, H, STRIDE, "RG16");
		fake_gone(t->sock, 2, 2);
		while (!freed || !done) {
			fake_next(t->sock, &t->msg);
			freed |= t->msg.h.opcode == XENAV_OP_FRAME_BUFFER_FREED;
			done |= t->msg.h.opcode == XENAV_OP_FRAME_DONE &&
				t->msg.frame_done.serial == i;
		}
	}
	close(fd);
	run_stop(t);
	for (uint32_t i = 1; i <= 12; i++) {
		char name[64];

		snprintf(name, sizeof name, "display+guest+c+%06u.png", (unsigned int)i);
		expect_png(t, name, i);
	}
	assert_true(run_said(t, "format=RG16 way=direct\n"));
	munmap(buffer, STRIDE * H);
}

static void expect_white(struct run *t, const char *name)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	unsigned char *rgb;
	char path[256];
	size_t size, i;

	snprintf(path, sizeof path, "%s/%s", t->out, name);
	assert_true(png_image_begin_read_from_file(&image, path));
	size = PNG_IMAGE_SIZE(image);
	rgb = malloc(size);
	assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
	for (i = 0; i < size && rgb[i] == 0xff; i++)
		;
	assert_int_equal(i, size);
	free(rgb);
}

/* The picture before takes long to encode, while the guest draws on. */
RUN_TEST(a_frame_in_the_guest_s_memory_is_copied_at_once)
{
	enum { BIG_W = 2048, BIG_H = 1024, BIG_STRIDE = 2 * BIG_W, SIZE = BIG_STRIDE * BIG_H };
	struct run *t = *state;
	unsigned char *buffer;
	int fd = fake_memfd(SIZE);

	buffer = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	run_begin(t, "--frames", "all", "--direct", "--refresh=0");
	fake_connector_added(t->sock, 2, "c");
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, 2);
	fake_claimed_ways(t->sock, 2, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	fake_buffer_way(t->sock, 2, 2, SIZE, XENAV_WAY_DIRECT, 0, fd);
	close(fd);
	for (size_t i = 0; i < SIZE; i++)
		buffer[i] = (unsigned char)(i * i * 31 >> 7);
	fake_frame(t->sock, 2, 1, 2, BIG_W, BIG_H, BIG_STRIDE, "RG16");
	do
		fake_next(t->sock, &t->msg);
	while (t->msg.h.opcode != XENAV_OP_FRAME_DONE);
	memset(buffer, 0xff, SIZE);
	fake_frame(t->sock, 2, 2, 2, BIG_W, BIG_H, BIG_STRIDE, "RG16");
	/* An answer about this object means that the frame is handled. */
	fake_connector_added(t->sock, 3, "d");
	do
		fake_next(t->sock, &t->msg);
	while (t->msg.h.opcode != XENAV_OP_CLAIM);
	memset(buffer, 0, SIZE);
	run_stop(t);
	expect_white(t, "display+guest+c+000002.png");
	munmap(buffer, SIZE);
}
