/* SPDX-License-Identifier: MIT */
/*
 * The thread of xenav-record that writes pictures into files.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/encoder.h"
#include "test.h"

#include "fake-daemon.h"

struct bench {
	struct leaks leaks;
	char path[64];
	struct folder folder;
	struct encoder *encoder;
	struct account guests[2];
};

static int setup(void **state)
{
	const struct folder_limits limits = {.mode = 0600};
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	leaks_before(&b->leaks);
	strcpy(b->path, "/tmp/test-record-encoder-XXXXXX");
	assert_non_null(mkdtemp(b->path));
	assert_int_equal(folder_open(&b->folder, b->path, &limits), 0);
	assert_int_equal(encoder_start(&b->encoder, &b->folder), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	char command[128];

	encoder_stop(b->encoder);
	folder_close(&b->folder);
	snprintf(command, sizeof command, "rm -r %s", b->path);
	assert_int_equal(system(command), 0);
	leaks_after(&b->leaks);
	free(b);
	return 0;
}

/* Make a picture of that many rows of noise. */
static void make(struct bench *b, struct picture *p, unsigned int guest, const char *name,
		 uint32_t rows)
{
	const struct xenav_frame frame = {
		.width_px = 1024,
		.height_px = rows,
		.fourcc = 'X' | 'R' << 8 | '2' << 16 | (uint32_t)'4' << 24,
	};

	memset(p, 0, sizeof *p);
	p->owner = b;
	p->account = &b->guests[guest];
	snprintf(p->name, sizeof p->name, "%s", name);
	assert_int_equal(image_prepare(&p->image, &frame), 0);
	for (size_t i = 0; i < image_bytes(&frame); i++)
		p->image.pixels[i] = (unsigned char)(i * i * 31 >> 7 ^ i >> 11);
}

static struct picture *next(struct bench *b)
{
	struct picture *p;

	while (!(p = encoder_take(b->encoder))) {
		struct pollfd fd = {.fd = encoder_get_fd(b->encoder), .events = POLLIN};

		assert_int_equal(poll(&fd, 1, 60000), 1);
	}
	return p;
}

#define BENCH_TEST(f) TEST_WITH(f, setup, teardown)

BENCH_TEST(pictures_of_a_guest_keep_their_order_and_guests_take_turns)
{
	struct bench *b = *state;
	struct picture large, second, other;

	make(b, &large, 0, "large.png", 4000);
	make(b, &second, 0, "second.png", 1);
	make(b, &other, 1, "other.png", 1);
	encoder_put(b->encoder, &large);
	encoder_put(b->encoder, &second);
	encoder_put(b->encoder, &other);
	assert_ptr_equal(next(b), &other);
	assert_int_equal(other.rc, 1);
	assert_ptr_equal(next(b), &large);
	assert_int_equal(large.rc, 1);
	assert_true(large.bytes > 100000);
	assert_ptr_equal(next(b), &second);
	assert_null(encoder_take(b->encoder));
	assert_int_equal(faccessat(b->folder.fd, "second.png", R_OK, 0), 0);
	image_free(&large.image);
	image_free(&second.image);
	image_free(&other.image);
}

BENCH_TEST(a_picture_that_is_not_started_can_be_taken_back)
{
	struct bench *b = *state;
	struct picture first, second;

	make(b, &first, 0, "first.png", 4000);
	make(b, &second, 0, "second.png", 4000);
	encoder_put(b->encoder, &first);
	encoder_put(b->encoder, &second);
	assert_true(encoder_cancel(b->encoder, &second));
	assert_ptr_equal(next(b), &first);
	assert_false(encoder_cancel(b->encoder, &first));
	encoder_put(b->encoder, &second);
	assert_ptr_equal(next(b), &second);
	image_free(&first.image);
	image_free(&second.image);
}

BENCH_TEST(a_file_is_replaced_only_on_request)
{
	struct bench *b = *state;
	struct picture p;

	for (unsigned int i = 0; i < 3; i++) {
		make(b, &p, 0, "a.png", 10);
		p.replace = i == 2;
		encoder_put(b->encoder, &p);
		assert_ptr_equal(next(b), &p);
		assert_int_equal(p.rc, i == 1 ? -EEXIST : 1);
		image_free(&p.image);
	}
	assert_int_not_equal(faccessat(b->folder.fd, ".a.png.tmp", F_OK, 0), 0);
}

BENCH_TEST(pictures_under_way_are_written_before_the_end)
{
	struct bench *b = *state;
	struct picture pictures[3];

	for (unsigned int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof name, "%u.png", i);
		make(b, &pictures[i], i % 2, name, 300);
		encoder_put(b->encoder, &pictures[i]);
	}
	encoder_stop(b->encoder);
	b->encoder = NULL;
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(pictures[i].rc, 1);
		assert_int_equal(faccessat(b->folder.fd, pictures[i].name, R_OK, 0), 0);
		image_free(&pictures[i].image);
	}
}
