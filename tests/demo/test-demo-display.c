/* SPDX-License-Identifier: MIT */
/* xenav-demo-daemon with a consumer of pictures. */
#include <config.h>

#include <signal.h>
#include <string.h>

#include "reference.h"
#include "user.h"

#define RG16 0x36314752u

/* What has come. */
struct seen {
	struct user user;
	unsigned n_frames;
	unsigned n_blanks;
	uint32_t first;
	uint32_t number; /* of the newest frame, as its first pixel says */
	bool undone;     /* it is not done yet */
};

static uint32_t colour_at(const struct xenav_frame *frame, uint32_t x, uint32_t y)
{
	const uint8_t *row = (const uint8_t *)frame->pixels + (size_t)y * frame->stride_bytes;
	uint32_t pixel = 0;

	for (unsigned i = 0; i < xenav_fourcc_bytes(frame->fourcc); i++)
		pixel |= (uint32_t)row[x * xenav_fourcc_bytes(frame->fourcc) + i] << 8 * i;
	if (frame->fourcc != RG16)
		return pixel & 0xffffff;
	return (pixel >> 11 & 0x1f) << 19 | (pixel >> 5 & 0x3f) << 10 | (pixel & 0x1f) << 3;
}

/* A colour with the bits that the format has. */
static uint32_t cut(uint32_t fourcc, uint32_t colour)
{
	return fourcc == RG16 ? colour & 0xf8fcf8 : colour;
}

static void check_flip(const struct xenav_frame *frame, uint32_t n)
{
	for (uint32_t y = 0; y < frame->height_px; y++)
		for (uint32_t x = 0; x < frame->width_px; x++)
			assert_int_equal(
				colour_at(frame, x, y),
				cut(frame->fourcc,
				    reference_flip(frame->width_px, frame->height_px, n, x, y)));
}

static void take(struct seen *seen, const struct xenav_frame *frame)
{
	seen->number = colour_at(frame, 0, 0);
	if (seen->n_frames++ == 0)
		seen->first = seen->number;
}

static void flip_frame(void *data, struct xenav_connector *c, const struct xenav_frame *frame)
{
	struct seen *seen = data;

	take(seen, frame);
	/* The number itself has lost bits in a format of 16. */
	if (frame->fourcc != RG16)
		check_flip(frame, seen->number);
	xenav_frame_done(c);
}

static void any_frame(void *data, struct xenav_connector *c, const struct xenav_frame *frame)
{
	take(data, frame);
	xenav_frame_done(c);
}

static void blank(void *data, struct xenav_connector *)
{
	((struct seen *)data)->n_blanks++;
}

static bool has_20_frames(struct user *user)
{
	return ((struct seen *)(void *)user)->n_frames >= 20;
}

TEST_ALONE(every_flip_is_a_whole_frame_that_is_what_its_number_says)
{
	const struct xenav_listener listener = {.frame = flip_frame};
	const char *const args[] = {"--script=flip", "--size=640x480", NULL};
	struct seen seen = {0};

	user_start(&seen.user, args, &listener);
	assert_int_equal(xenav_connector_claim(user_connector(&seen.user, "flip")), 0);
	user_run(&seen.user, has_20_frames);
	assert_true(seen.number >= seen.first + 19);
	user_stop(&seen.user);
}

/* The first frame that has its square where no bit of its number is lost. */
static void first_16_bit_frame(void *data, struct xenav_connector *c,
			       const struct xenav_frame *frame)
{
	struct seen *seen = data;

	assert_int_equal(frame->fourcc, RG16);
	if (seen->n_frames++ == 0)
		for (uint32_t n = 0; n < 200 && !seen->number; n++)
			if (colour_at(frame, 1 + 8 * n % 241, 4 * n % 161) == 0xf8fcf8 &&
			    colour_at(frame, 8 * n % 241 + 79, 4 * n % 161 + 79) == 0xf8fcf8)
				seen->number = 1;
	xenav_frame_done(c);
}

TEST_ALONE(frames_come_in_other_formats)
{
	const struct xenav_listener listener = {.frame = first_16_bit_frame};
	const char *const args[] = {"--script=flip", "--size=320x240", "--fourcc=RG16", NULL};
	struct seen seen = {0};

	user_start(&seen.user, args, &listener);
	assert_int_equal(xenav_connector_claim(user_connector(&seen.user, "flip")), 0);
	user_run(&seen.user, has_20_frames);
	assert_int_equal(seen.number, 1);
	user_stop(&seen.user);
}

static bool has_another_number(struct user *user)
{
	struct seen *seen = (struct seen *)(void *)user;

	if (seen->n_frames > 0 && seen->number == seen->first)
		xenav_frame_again(user->connectors[0]);
	return seen->n_frames > 0 && seen->number != seen->first;
}

/* What is drawn while nobody asks again is seen by nobody: the frames are those that were asked
 * for. */
TEST_ALONE(a_guest_that_draws_is_seen_by_asking_again)
{
	const struct xenav_listener listener = {.frame = any_frame};
	const char *const args[] = {"--script=draw", "--size=320x240", "--every=100", NULL};
	struct seen seen = {0};

	user_start(&seen.user, args, &listener);
	assert_int_equal(xenav_connector_claim(user_connector(&seen.user, "draw")), 0);
	user_run(&seen.user, has_another_number);
	user_stop(&seen.user);
}

static bool has_the_still_frame(struct user *user)
{
	struct seen *seen = (struct seen *)(void *)user;

	return seen->number == *(const uint32_t *)user->data;
}

static bool has_a_later_frame(struct user *user)
{
	return ((struct seen *)(void *)user)->number > *(const uint32_t *)user->data;
}

/* A watcher: it asks again for nothing, and sees the frame that stays. */
TEST_ALONE(a_guest_stands_still_and_flips_on)
{
	const struct xenav_listener listener = {.frame = any_frame};
	const char *const args[] = {"--script=flip", "--size=320x240", NULL};
	struct seen seen = {0};
	uint32_t still;

	user_start(&seen.user, args, &listener);
	seen.user.data = &still;
	assert_int_equal(xenav_connector_watch(user_connector(&seen.user, "flip")), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(kill(seen.user.demo.pid, SIGRTMIN), 0);
		still = (uint32_t)demo_value(
			demo_await(&seen.user.demo, "unique_id=flip event=still"), "number");
		user_run(&seen.user, has_the_still_frame);
		assert_int_equal(kill(seen.user.demo.pid, SIGRTMIN), 0);
		user_run(&seen.user, has_a_later_frame);
	}
	user_stop(&seen.user);
}

static bool has_been_blank_twice(struct user *user)
{
	const struct seen *seen = (struct seen *)(void *)user;

	return seen->n_blanks >= 2 && seen->n_frames >= 2;
}

TEST_ALONE(a_screen_goes_off_and_on)
{
	const struct xenav_listener listener = {.frame = any_frame, .blank = blank};
	const char *const args[] = {"--script=blank", "--size=320x240", "--every=50", NULL};
	struct seen seen = {0};

	user_start(&seen.user, args, &listener);
	assert_int_equal(xenav_connector_claim(user_connector(&seen.user, "blank")), 0);
	user_run(&seen.user, has_been_blank_twice);
	demo_await(&seen.user.demo, "blank domain=1 unique_id=blank event=hidden");
	demo_await(&seen.user.demo, "event=shown");
	user_stop(&seen.user);
}
