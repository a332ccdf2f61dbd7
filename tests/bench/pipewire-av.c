/* SPDX-License-Identifier: MIT */
/*
 * A guest plays clicks and flashes together: it flips when its sound card says that a click is
 * played.  The offset between both, as programs of the desktop get them.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

#define SOUND  "xenav.guest142.0.0.0"
#define SCREEN "xenav.guest142.screen.0.0"

#define CLICKS       20u
#define EVERY_FRAMES 24000u
#define EVERY_MS     (1e3 * EVERY_FRAMES / PW_LAB_RATE_HZ)
#define FLASH_FRAMES 6000u
#define CLICK_FRAMES 48u
#define LOUD         10000
#define DARK_FB      1
#define FLASH_FB     2

static struct rig_guest rg;
static struct dbuf dark, flash;
static struct eye *eye;

static void make_fb(struct dbuf *dbuf, uint64_t fb, uint8_t byte)
{
	assert_int_equal(dbuf_create(&rg.display, dbuf, fb + 1000, 800, 600, 32), 0);
	assert_int_equal(fb_attach(&rg.display, dbuf, fb, RIG_XR24), 0);
	memset(dbuf_pixels(dbuf), byte, (size_t)800 * 600 * 4);
}

static bool sees_dark(void *)
{
	return eye_sees(eye, dbuf_pixels(&dark), 800, 600);
}

static bool has_moved(void *positions)
{
	return PLAY(&rg)->positions != *(unsigned *)positions;
}

/* As a player of videos does: the sound card says what time it is. */
static void show_what_is_due(void)
{
	static uint64_t shown;
	const uint64_t played = PLAY(&rg)->hw_total;
	const bool due = played >= EVERY_FRAMES && played % EVERY_FRAMES < FLASH_FRAMES;
	const uint64_t fb = due ? FLASH_FB : DARK_FB;

	if (fb == shown)
		return;
	assert_int_equal(crtc_flip(CRTC(&rg, 0), fb), 0);
	shown = fb;
}

static void write_period(uint64_t frame)
{
	int16_t samples[480 * 2] = {0};

	for (unsigned i = 0; i < 480; i++)
		if (frame + i >= EVERY_FRAMES && (frame + i) % EVERY_FRAMES < CLICK_FRAMES)
			samples[2 * i] = samples[2 * i + 1] = 2 * LOUD;
	assert_int_equal(pcm_write(PLAY(&rg), samples, 480), 0);
}

static void play(void)
{
	struct pcm *pcm = PLAY(&rg);
	unsigned positions = pcm->positions;

	while (pcm->hw_total < (CLICKS + 1) * EVERY_FRAMES - 4800) {
		if (pcm->appl_total - pcm->hw_total + 480 <= pcm->params.buffer_frames) {
			write_period(pcm->appl_total);
			if (!pcm->running && pcm->appl_total >= pcm->params.buffer_frames / 2)
				pcm_trigger(pcm, XENSND_OP_TRIGGER_START);
			continue;
		}
		assert_true(guest_run_until(&rg.guest, has_moved, &positions, 1000));
		positions = pcm->positions;
		show_what_is_due();
	}
}

/* @return how many clicks were heard, and when. */
static unsigned find_clicks(struct ear *ear, uint64_t when_ns[EYE_FLASHES])
{
	const int16_t *samples;
	const size_t heard = ear_heard(ear, &samples);
	unsigned n = 0;

	for (size_t at = 0; at < heard && n < EYE_FLASHES; at++) {
		if (samples[2 * at] < LOUD)
			continue;
		when_ns[n++] = ear_when_ns(ear, at);
		at += EVERY_FRAMES / 2;
	}
	return n;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* @return how many clicks have a flash within half of the time between two of them. */
static unsigned pair(struct ear *ear, double ms[EYE_FLASHES])
{
	uint64_t clicks[EYE_FLASHES], flashes[EYE_FLASHES];
	const unsigned n_clicks = find_clicks(ear, clicks);
	const unsigned n_flashes = eye_flashes(eye, flashes);
	unsigned n = 0;

	for (unsigned i = 0; i < n_clicks; i++)
		for (unsigned j = 0; j < n_flashes; j++) {
			const double later = ((double)flashes[j] - (double)clicks[i]) / 1e6;

			if (later > -EVERY_MS / 2 && later < EVERY_MS / 2) {
				ms[n++] = later;
				break;
			}
		}
	return n;
}

static void print_offsets(struct ear *ear)
{
	double ms[EYE_FLASHES];
	const unsigned n = pair(ear, ms);

	assert_true(n > CLICKS / 2);
	qsort(ms, n, sizeof *ms, compare);
	printf("# %u clicks with %u flashes, which are later by: median %.2f ms, from %.2f to %.2f "
	       "ms\n",
	       CLICKS, n, ms[n / 2], ms[0], ms[n - 1]);
}

TEST(clicks_and_flashes)
{
	struct ear *ear;

	rig_start(&rg, 142);
	RUN("--domain=142", "--video", "--max-fps=60");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	make_fb(&dark, DARK_FB, 0);
	make_fb(&flash, FLASH_FB, 0xff);
	assert_int_equal(crtc_config(CRTC(&rg, 0), DARK_FB, &dark), 0);
	assert_int_equal(eye_open(&eye, desk, SCREEN, false), 0);
	assert_true(guest_run_until(&rg.guest, sees_dark, NULL, WAIT_MS));
	ear = pw_rig_listen(&rg.guest);
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, SOUND);
	play();
	pw_rig_shut(PLAY(&rg));
	print_offsets(ear);
	ear_close(ear);
	eye_close(eye);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	assert_int_equal(fb_detach(&rg.display, DARK_FB), 0);
	assert_int_equal(fb_detach(&rg.display, FLASH_FB), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &dark), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &flash), 0);
	rig_stop(&rg);
}
