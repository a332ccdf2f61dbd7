/* SPDX-License-Identifier: MIT */
/* See av.h. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/av.h"
#include "bench/spread.h"
#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

#define CLICKS       20u
#define EVERY_FRAMES 24000u
#define EVERY_MS     (1e3 * EVERY_FRAMES / AV_RATE_HZ)
#define FLASH_FRAMES 6000u
#define CLICK_FRAMES 48u
#define LOUD         10000
#define DARK_FB      1
#define FLASH_FB     2

struct rig_guest av_guest;
static struct dbuf dark, flash;
static uint64_t shown_fb;
static struct spread late, offsets;

/* -------- the guest -------- */

static void make_fb(struct dbuf *dbuf, uint64_t fb, uint8_t byte)
{
	assert_int_equal(dbuf_create(&av_guest.display, dbuf, fb + 1000, AV_WIDTH, AV_HEIGHT, 32),
			 0);
	assert_int_equal(fb_attach(&av_guest.display, dbuf, fb, RIG_XR24), 0);
	memset(dbuf_pixels(dbuf), byte, (size_t)AV_WIDTH * AV_HEIGHT * 4);
}

static void flip_to(uint64_t fb)
{
	assert_int_equal(crtc_flip(CRTC(&av_guest, 0), fb), 0);
	shown_fb = fb;
}

void av_begin(uint16_t domid)
{
	rig_start(&av_guest, domid);
	make_fb(&dark, DARK_FB, 0);
	make_fb(&flash, FLASH_FB, 0xff);
	assert_int_equal(crtc_config(CRTC(&av_guest, 0), DARK_FB, &dark), 0);
	flip_to(DARK_FB);
}

void av_end(void)
{
	assert_int_equal(crtc_disable(CRTC(&av_guest, 0)), 0);
	assert_int_equal(fb_detach(&av_guest.display, DARK_FB), 0);
	assert_int_equal(fb_detach(&av_guest.display, FLASH_FB), 0);
	assert_int_equal(dbuf_destroy(&av_guest.display, &dark), 0);
	assert_int_equal(dbuf_destroy(&av_guest.display, &flash), 0);
	rig_stop(&av_guest);
}

const uint32_t *av_dark(void)
{
	return dbuf_pixels(&dark);
}

/* As a player of videos does: the sound card says what time it is. */
static void show_what_is_due(void)
{
	const uint64_t played = PLAY(&av_guest)->hw_total;
	const bool due = played >= EVERY_FRAMES && played % EVERY_FRAMES < FLASH_FRAMES;
	const uint64_t fb = due ? FLASH_FB : DARK_FB;

	if (fb != shown_fb)
		flip_to(fb);
}

static void write_period(struct pcm *pcm)
{
	int16_t samples[480 * 2] = {0};
	const uint64_t frame = pcm->appl_total;

	for (unsigned i = 0; i < 480; i++)
		if (frame + i >= EVERY_FRAMES && (frame + i) % EVERY_FRAMES < CLICK_FRAMES)
			samples[2 * i] = samples[2 * i + 1] = 2 * LOUD;
	assert_int_equal(pcm_write(pcm, samples, 480), 0);
}

static bool has_moved(void *positions)
{
	return PLAY(&av_guest)->positions != *(unsigned *)positions;
}

/* Positions by the clock of the one that came earliest. */
static void note_position(const struct pcm *pcm)
{
	spread_add(&late, (double)now_ns() / 1e6 - (double)pcm->be_frame * 1e3 / AV_RATE_HZ);
}

static void play(struct pcm *pcm)
{
	unsigned positions = pcm->positions;

	while (pcm->hw_total < (CLICKS + 1) * EVERY_FRAMES - 4800) {
		if (pcm->appl_total - pcm->hw_total + 480 <= pcm->params.buffer_frames) {
			write_period(pcm);
			if (!pcm->running && pcm->appl_total >= pcm->params.buffer_frames / 2)
				pcm_trigger(pcm, XENSND_OP_TRIGGER_START);
			continue;
		}
		assert_true(guest_run_until(&av_guest.guest, has_moved, &positions, 1000));
		positions = pcm->positions;
		note_position(pcm);
		show_what_is_due();
	}
}

void av_play(const char *node_name)
{
	struct pcm *pcm = PLAY(&av_guest);

	if (node_name) {
		pw_rig_open(&av_guest, pcm, &pw_rig_params, node_name);
	} else {
		pcm_open(pcm);
		assert_int_equal(pcm_hw_params(pcm, &pw_rig_params), 0);
		assert_int_equal(pcm_prepare(pcm), 0);
	}
	late.n = 0;
	play(pcm);
	pw_rig_shut(pcm);
}

/* -------- what is heard and seen -------- */

void av_find_clicks(struct av_events *clicks, const int16_t *stereo, size_t frames,
		    uint64_t (*when)(void *data, size_t frame), void *data)
{
	clicks->n = 0;
	for (size_t at = 0; at < frames && clicks->n < AV_EVENTS; at++) {
		if (stereo[2 * at] < LOUD)
			continue;
		clicks->when_ns[clicks->n++] = when(data, at);
		at += EVERY_FRAMES / 2;
	}
}

/* Each click with the flash that is within half of the time between two of them. */
static void pair_up(const struct av_events *clicks, const struct av_events *flashes)
{
	offsets.n = 0;
	for (unsigned i = 0; i < clicks->n; i++)
		for (unsigned j = 0; j < flashes->n; j++) {
			const double later =
				((double)flashes->when_ns[j] - (double)clicks->when_ns[i]) / 1e6;

			if (later > -EVERY_MS / 2 && later < EVERY_MS / 2) {
				spread_add(&offsets, later);
				break;
			}
		}
	spread_sort(&offsets);
}

void av_print_head(void)
{
	printf("# %-38s %24s %8s %22s\n", "", "flash after click, ms", "", "positions late, ms");
	printf("# %-38s %8s %8s %8s %6s %8s %8s\n", "picture, sound", "median", "least", "most",
	       "of 20", "p50", "p99");
}

void av_print(const char *pair, const struct av_events *clicks, const struct av_events *flashes)
{
	const double first_ms = (spread_sort(&late), spread_at(&late, 0));

	pair_up(clicks, flashes);
	printf("# %-38s %8.2f %8.2f %8.2f %6u %8.2f %8.2f\n", pair, spread_at(&offsets, 50),
	       spread_at(&offsets, 0), spread_at(&offsets, 100), offsets.n,
	       spread_at(&late, 50) - first_ms, spread_at(&late, 99) - first_ms);
	assert_true(offsets.n > CLICKS / 2);
}
