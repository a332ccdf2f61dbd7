/* SPDX-License-Identifier: MIT */
/* Connectors side by side, and when their frames are asked for. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "unit/test.h"
#include "vnc/look.h"

#define TEST(name) TEST_ALONE(name)

/* -------- connectors, in the place of libxenav -------- */

struct fake {
	struct xenav_connector_info info;
	unsigned int asked, done;
};

static struct fake *fake(const struct xenav_connector *c)
{
	return (struct fake *)(uintptr_t)c;
}

const struct xenav_connector_info *xenav_connector_get_info(const struct xenav_connector *c)
{
	return &fake(c)->info;
}

int xenav_frame_again(struct xenav_connector *c)
{
	fake(c)->asked++;
	return 0;
}

int xenav_frame_done(struct xenav_connector *c)
{
	fake(c)->done++;
	return 0;
}

static struct fake make(uint32_t index, uint32_t width_px, uint32_t height_px)
{
	return (struct fake){
		.info = {.connector = index, .width_px = width_px, .height_px = height_px},
	};
}

static struct xenav_connector *connector(struct fake *f)
{
	return (struct xenav_connector *)f;
}

/* -------- what clients are told -------- */

static struct picture picture;
static unsigned int n_changed, n_resized;
static struct xenav_rect last;

static void on_changed(void *, const struct xenav_rect *rect)
{
	n_changed++;
	last = *rect;
}

static void on_resized(void *)
{
	n_resized++;
}

static void start(void)
{
	picture = (struct picture){.changed = on_changed, .resized = on_resized};
	n_changed = n_resized = 0;
	assert_int_equal(picture_init(&picture), 0);
}

static int show(struct fake *f, const uint32_t *pixels, uint32_t width_px, uint32_t height_px)
{
	const struct xenav_frame frame = {
		.pixels = pixels,
		.width_px = width_px,
		.height_px = height_px,
		.stride_bytes = 4 * width_px,
		.fourcc = 0x34325258, /* XR24 */
		.way = XENAV_WAY_COPY,
		.dmabuf_fd = -1,
		.offered = -1,
	};

	return picture_take(&picture, picture_find(&picture, connector(f)), &frame);
}

TEST(connectors_are_in_their_order_and_rows_end)
{
	struct fake a = make(0, 4000, 10), b = make(1, 4000, 20), c = make(2, 100, 5);

	start();
	assert_non_null(picture_add(&picture, connector(&c)));
	assert_non_null(picture_add(&picture, connector(&a)));
	assert_non_null(picture_add(&picture, connector(&b)));
	assert_int_equal(picture.width_px, 8000);
	assert_int_equal(picture.height_px, 25);
	assert_int_equal(picture_find(&picture, connector(&b))->x_px, 4000);
	assert_int_equal(picture_find(&picture, connector(&c))->y_px, 20);
	picture_remove(&picture, connector(&a));
	assert_int_equal(picture.width_px, 4100);
	picture_remove(&picture, connector(&b));
	picture_remove(&picture, connector(&c));
	assert_int_equal(picture.width_px, PICTURE_EMPTY_WIDTH_PX);
	assert_int_equal(n_resized, 6);
	picture_finish(&picture);
}

TEST(a_connector_without_room_is_not_shown)
{
	struct fake many[PICTURE_MAX_AREAS + 1], wide = make(0, 8001, 1), none = make(0, 0, 5);

	start();
	assert_null(picture_add(&picture, connector(&wide)));
	assert_null(picture_add(&picture, connector(&none)));
	for (uint32_t i = 0; i <= PICTURE_MAX_AREAS; i++) {
		many[i] = make(i, 8, 8);
		assert_int_equal(picture_add(&picture, connector(&many[i])) != NULL,
				 i < PICTURE_MAX_AREAS);
	}
	picture_clear(&picture);
	for (uint32_t i = 0; i < 3; i++) {
		many[i] = make(i, 8000, 4000);
		assert_int_equal(picture_add(&picture, connector(&many[i])) != NULL, i < 2);
	}
	picture_finish(&picture);
}

TEST(a_frame_lands_in_its_place_and_only_changes_are_told)
{
	static uint32_t pixels[100 * 100];
	struct fake a = make(0, 50, 50), b = make(1, 100, 100);

	start();
	picture_add(&picture, connector(&a));
	picture_add(&picture, connector(&b));
	assert_true(show(&b, pixels, 100, 100) >= 0);
	n_changed = 0;
	pixels[99 * 100 + 99] = 0x123456;
	assert_int_equal(show(&b, pixels, 100, 100), 1);
	assert_int_equal(n_changed, 1);
	assert_int_equal(last.x_px + last.width_px, 150);
	assert_int_equal(last.y_px + last.height_px, 100);
	assert_int_equal(picture.pixels[99 * 150 + 149] & 0xffffff, 0x123456);
	assert_int_equal(show(&b, pixels, 100, 100), 0);
	/* Another size makes another picture. */
	n_resized = 0;
	assert_true(show(&b, pixels, 60, 40) >= 0);
	assert_int_equal(n_resized, 1);
	assert_int_equal(picture.width_px, 110);
	assert_int_equal(show(&b, pixels, 9000, 1), -EFBIG);
	picture_finish(&picture);
}

TEST(the_pointer_is_on_the_nearest_connector)
{
	struct fake a = make(0, 100, 50), b = make(1, 100, 100);
	int32_t x, y;

	start();
	assert_null(picture_at(&picture, 5, 5, &x, &y));
	picture_add(&picture, connector(&a));
	picture_add(&picture, connector(&b));
	assert_ptr_equal(picture_at(&picture, 150, 70, &x, &y)->c, connector(&b));
	assert_int_equal(x, 50);
	assert_int_equal(y, 70);
	assert_ptr_equal(picture_at(&picture, 20, 99, &x, &y)->c, connector(&a));
	assert_int_equal(y, 49);
	picture_at(&picture, -5, 70000, &x, &y);
	assert_int_equal(x, 0);
	picture_at(&picture, 65535, 65535, &x, &y);
	assert_int_equal(x, 99);
	assert_int_equal(y, 99);
	picture_finish(&picture);
}

/* -------- looking -------- */

TEST(frames_are_done_in_their_pace_and_only_while_somebody_looks)
{
	struct fake a = make(0, 64, 64);
	uint64_t now = 100 * NS_PER_S;
	struct area *area;
	struct look look;

	start();
	look_init(&look, 10);
	area = picture_add(&picture, connector(&a));
	look_note(&look, area, true, now);
	/* After the pause the present picture is asked for, and clients wait for it. */
	a.asked = a.done = 0;
	now += NS_PER_S;
	look_run(&look, &picture, now);
	assert_int_equal(a.asked, 1);
	assert_int_equal(a.done, 1);
	assert_false(look_is_fresh(&picture, now));
	assert_true(look_is_fresh(&picture, now + NS_PER_S));
	look_note(&look, area, true, now);
	assert_true(look_is_fresh(&picture, now));
	/* The next one is due 100 ms later. */
	assert_int_equal(look_run(&look, &picture, now + 1), now + 100 * NS_PER_MS);
	assert_int_equal(a.done, 1);
	look_run(&look, &picture, now + 100 * NS_PER_MS);
	assert_int_equal(a.done, 2);
	picture_finish(&picture);
}

/* The answer comes a millisecond later, and is the same picture. */
static void look_until(struct look *look, struct area *area, uint64_t *now, uint64_t end)
{
	while (*now < end) {
		const uint64_t next = look_run(look, &picture, *now);

		*now = area->was_asked_again ? *now + NS_PER_MS : next;
		if (area->was_asked_again)
			look_note(look, area, false, *now);
	}
}

TEST(a_picture_that_stands_still_is_asked_for_ten_times_a_second)
{
	struct fake a = make(0, 64, 64);
	uint64_t now = 100 * NS_PER_S;
	struct area *area;
	struct look look;

	start();
	look_init(&look, 60);
	area = picture_add(&picture, connector(&a));
	look_note(&look, area, true, now);
	look_until(&look, area, &now, 101 * NS_PER_S);
	a.asked = 0;
	look_until(&look, area, &now, 102 * NS_PER_S);
	assert_in_range(a.asked, 9, 11);
	picture_finish(&picture);
}
