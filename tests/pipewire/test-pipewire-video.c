/* SPDX-License-Identifier: MIT */
/* xenav-pipewire and a real PipeWire server: the pictures of guests. */
#include <config.h>

#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "pipewire/pw-rig.h"

#define NODE  "xenav.guest135.screen.0.0"
#define FB    1
#define OTHER 2

static struct rig_guest rg;
static struct dbuf first, second;
static struct eye *eye;

static void draw(const struct dbuf *dbuf, uint32_t seed)
{
	uint32_t *pixels = dbuf_pixels(dbuf);

	for (uint32_t i = 0; i < dbuf->width_px * dbuf->height_px; i++)
		pixels[i] = (i * 2654435761u ^ seed) & 0xffffff;
}

static bool is_seen(void *dbuf)
{
	const struct dbuf *d = dbuf;

	return eye_sees(eye, dbuf_pixels(d), d->width_px, d->height_px);
}

static void expect(struct dbuf *dbuf)
{
	if (!guest_run_until(&rg.guest, is_seen, dbuf, WAIT_MS))
		fail_msg("the picture is not seen; %u were", eye_seen(eye));
}

static void make(struct dbuf *dbuf, uint64_t fb, uint32_t width_px, uint32_t height_px)
{
	assert_int_equal(dbuf_create(&rg.display, dbuf, fb + 1000, width_px, height_px, 32), 0);
	assert_int_equal(fb_attach(&rg.display, dbuf, fb, RIG_XR24), 0);
}

static void destroy(struct dbuf *dbuf, uint64_t fb)
{
	assert_int_equal(fb_detach(&rg.display, fb), 0);
	assert_int_equal(dbuf_destroy(&rg.display, dbuf), 0);
}

static bool is_there(void *)
{
	struct desk_node node;

	return desk_look(desk, NODE, &node);
}

static void start_with(const char *option)
{
	rig_start(&rg, 135);
	RUN("--domain=135", "--no-sound", "--video", option);
	assert_true(guest_run_until(&rg.guest, is_there, NULL, WAIT_MS));
}

static void start(void)
{
	start_with("--max-fps=60");
}

static void look(void)
{
	assert_int_equal(eye_open(&eye, desk, NODE, false), 0);
	pw_rig_wait_said(&rg.guest, ": watched", 1);
}

TEST(what_the_guest_shows_is_seen_pixel_by_pixel)
{
	struct desk_node node;

	start();
	make(&first, FB, 800, 600);
	make(&second, OTHER, 800, 600);
	draw(&first, 1);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &first), 0);
	look();
	expect(&first);
	assert_true(desk_look(desk, NODE, &node));
	assert_string_equal(node.media_class, "Video/Source");
	for (uint32_t i = 2; i < 6; i++) {
		struct dbuf *next = i % 2 ? &first : &second;

		draw(next, i);
		assert_int_equal(crtc_flip(CRTC(&rg, 0), i % 2 ? FB : OTHER), 0);
		expect(next);
	}
	/* Drawn into what is shown, without a word. */
	draw(&first, 77);
	expect(&first);
	eye_close(eye);
	pw_rig_wait_said(&rg.guest, "no longer watched", 1);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	destroy(&first, FB);
	destroy(&second, OTHER);
	rig_stop(&rg);
}

/* It might be lost on its way. */
TEST(a_picture_that_does_not_change_is_sent_once_a_second)
{
	uint64_t began_ns, took_ns;
	unsigned seen;

	start();
	make(&first, FB, 800, 600);
	draw(&first, 5);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &first), 0);
	look();
	expect(&first);
	guest_run(&rg.guest, 300);
	seen = eye_seen(eye);
	began_ns = monotonic_ns();
	guest_run(&rg.guest, 2500);
	seen = eye_seen(eye) - seen;
	took_ns = monotonic_ns() - began_ns;
	assert_in_range(seen, 1, took_ns / NS_PER_S + 2);
	eye_close(eye);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	destroy(&first, FB);
	rig_stop(&rg);
}

static long long copied(void)
{
	return lab_status(&lab, "connector domain=135 device=0 connector=0", "copied_frames");
}

static bool nobody_watches(void *)
{
	return lab_status(&lab, "connector domain=135 device=0 connector=0", "watchers") == 0;
}

TEST(nothing_is_copied_while_nobody_looks)
{
	start();
	make(&first, FB, 800, 600);
	draw(&first, 11);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &first), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(crtc_flip(CRTC(&rg, 0), FB), 0);
	assert_int_equal(copied(), 0);
	look();
	expect(&first);
	assert_true(copied() > 0);
	assert_int_equal(lab_status(&lab, "connector domain=135 device=0 connector=0", "driven"),
			 0);
	eye_close(eye);
	pw_rig_wait_said(&rg.guest, "no longer watched", 1);
	assert_true(guest_run_until(&rg.guest, nobody_watches, NULL, WAIT_MS));
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	destroy(&first, FB);
	rig_stop(&rg);
}

/* The guest flips 60 times a second, however few of that are sent. */
TEST(no_more_pictures_are_sent_than_were_asked_for)
{
	uint64_t began_ns, took_ns;
	unsigned seen;

	start_with("--max-fps=10");
	make(&first, FB, 800, 600);
	make(&second, OTHER, 800, 600);
	draw(&first, 21);
	draw(&second, 22);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &first), 0);
	look();
	expect(&first);
	seen = eye_seen(eye);
	began_ns = monotonic_ns();
	/* A second and a half, longer only where the graph is late. */
	for (unsigned i = 0; i < 90 || (i < 900 && eye_seen(eye) == seen); i++)
		assert_int_equal(crtc_flip(CRTC(&rg, 0), i % 2 ? FB : OTHER), 0);
	seen = eye_seen(eye) - seen;
	took_ns = monotonic_ns() - began_ns;
	assert_true(seen > 0);
	assert_in_range(seen, 1, 10 * took_ns / NS_PER_S + 2);
	eye_close(eye);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	destroy(&first, FB);
	destroy(&second, OTHER);
	rig_stop(&rg);
}

TEST(pixels_are_opaque_for_those_who_want_to_know)
{
	start();
	make(&first, FB, 800, 600);
	draw(&first, 31);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &first), 0);
	assert_int_equal(eye_open(&eye, desk, NODE, true), 0);
	expect(&first);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	memset(dbuf_pixels(&first), 0, 800 * 600 * 4);
	/* What is blank is black. */
	expect(&first);
	eye_close(eye);
	destroy(&first, FB);
	rig_stop(&rg);
}

TEST(a_picture_of_another_size_is_seen)
{
	start();
	make(&first, FB, 800, 600);
	draw(&first, 9);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &first), 0);
	look();
	expect(&first);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	make(&second, OTHER, 640, 480);
	draw(&second, 10);
	assert_int_equal(crtc_config(CRTC(&rg, 0), OTHER, &second), 0);
	expect(&second);
	eye_close(eye);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	destroy(&first, FB);
	destroy(&second, OTHER);
	rig_stop(&rg);
}

TEST(a_guest_that_goes_takes_its_screens_along)
{
	start();
	make(&first, FB, 800, 600);
	draw(&first, 3);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &first), 0);
	look();
	expect(&first);
	assert_int_equal(desk_count(desk, "xenav.guest135.screen."), 2);
	assert_fine(rig_destroy(&rg));
	for (unsigned ms = 0; ms < WAIT_MS && desk_count(desk, "xenav.guest135.") > 0; ms += 10)
		usleep(10000);
	assert_int_equal(desk_count(desk, "xenav.guest135."), 0);
	eye_close(eye);
}

int main(void)
{
	return pw_rig_main();
}
