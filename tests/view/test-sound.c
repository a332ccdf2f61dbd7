/* SPDX-License-Identifier: MIT */
/* What a guest plays is what xenav-view hands to SDL, whose disk driver writes it to a file. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "view-rig.h"
#include "xen/sndif.h"

/* Two buffers and a half. */
#define FRAMES 24000u

static char path[128];
static int16_t tune[2 * FRAMES];

/* No frame of the tune is silent. */
static void make_tune(void)
{
	uint32_t seed = 7;

	for (unsigned int i = 0; i < 2 * FRAMES; i++) {
		seed = seed * 1664525u + 1013904223u;
		tune[i] = (int16_t)(1 + (seed >> 16 & 0x3fff));
		tune[i] = (int16_t)(i % 3 ? tune[i] : -tune[i]);
	}
}

static void start(uint16_t domid, const char *option)
{
	make_tune();
	snprintf(path, sizeof path, "%s/sound", lab.dir);
	unlink(path);
	setenv("SDL_AUDIODRIVER", "disk", 1);
	setenv("SDL_DISKAUDIOFILE", path, 1);
	start_guest(domid, NULL);
	show(XR24);
	START("--unique-id=left", option);
	expect_picture(expect_window("left"));
}

static void finish(void)
{
	stop_all();
	unsetenv("SDL_AUDIODRIVER");
	unsetenv("SDL_DISKAUDIOFILE");
}

static bool is_there(void *)
{
	return access(path, F_OK) == 0;
}

/* Play the samples, of frame_bytes each frame, as a program in the guest does. */
static void play(const struct pcm_params *params, const void *samples, bool is_heard)
{
	struct pcm *pcm = PLAY(&rg);

	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	/* The device is open then. */
	if (is_heard)
		EXPECT(is_there, NULL);
	assert_int_equal(pcm_write(pcm, samples, FRAMES), 0);
	assert_int_equal(pcm_drain(pcm), 0);
	/* SDL has another call to take what is left. */
	guest_run(&rg.guest, 100);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
}

/* @return the frames that are not silent, in the order of the file, which has frames of that size.
 */
static uint8_t *read_sound(size_t frame_bytes, uint8_t silence, size_t *n)
{
	uint8_t *frames = malloc(FRAMES * frame_bytes), frame[16], silent[16];
	FILE *file = fopen(path, "r");

	assert_non_null(frames);
	assert_non_null(file);
	memset(silent, silence, sizeof silent);
	*n = 0;
	while (fread(frame, frame_bytes, 1, file) == 1)
		if (memcmp(frame, silent, frame_bytes) != 0) {
			if (*n < FRAMES)
				memcpy(frames + *n * frame_bytes, frame, frame_bytes);
			++*n;
		}
	fclose(file);
	return frames;
}

/* The file has these frames, silence aside, and no others. */
static void expect_sound(const void *frames, size_t frame_bytes, uint8_t silence)
{
	size_t n, wrong = 0;
	uint8_t *heard = read_sound(frame_bytes, silence, &n);

	while (wrong < FRAMES && wrong < n &&
	       memcmp(heard + wrong * frame_bytes, (const uint8_t *)frames + wrong * frame_bytes,
		      frame_bytes) == 0)
		wrong++;
	free(heard);
	if (n != FRAMES || wrong != FRAMES)
		fail_msg("%zu of %u frames are there, and frame %zu is wrong", n, FRAMES, wrong);
}

TEST(every_sample_is_played_in_order)
{
	start(110, NULL);
	play(&rig_params, tune, true);
	expect_sound(tune, 4, 0);
	finish();
}

TEST(a_second_opening_is_played_through_the_same_device)
{
	int16_t both[2 * FRAMES];
	size_t n;

	start(111, NULL);
	play(&rig_params, tune, true);
	memcpy(both, tune, sizeof both);
	play(&rig_params, both, true);
	free(read_sound(4, 0, &n));
	assert_int_equal(n, 2 * FRAMES);
	finish();
}

TEST(samples_of_24_bits_are_played_as_32)
{
	struct pcm_params params = rig_params;
	static int32_t s24[2 * FRAMES], s32[2 * FRAMES];

	params.format = XENSND_PCM_FORMAT_S24_LE;
	params.frame_bytes = 8;
	params.buffer_frames = 8000;
	params.period_frames = 200;
	start(112, NULL);
	for (unsigned int i = 0; i < 2 * FRAMES; i++) {
		s24[i] = (tune[i] * 256) & 0xffffff;
		s32[i] = tune[i] * 65536;
	}
	play(&params, s24, true);
	expect_sound(s32, 8, 0);
	finish();
}

TEST(the_volume_of_the_guest_is_heard)
{
	struct pcm *pcm = PLAY(&rg);
	static const int32_t half[2] = {-6020, 0};
	unsigned int right = 0;
	int16_t *heard;
	size_t n;

	start(113, NULL);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	EXPECT(is_there, NULL);
	assert_int_equal(pcm_set_volume(pcm, 0, half), 0);
	/* xenav-view hears of it before it hears of the samples, which come later. */
	assert_int_equal(pcm_write(pcm, tune, FRAMES), 0);
	assert_int_equal(pcm_drain(pcm), 0);
	guest_run(&rg.guest, 100);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	heard = (int16_t *)(void *)read_sound(4, 0, &n);
	assert_int_equal(n, FRAMES);
	for (unsigned int i = 0; i < FRAMES; i++) {
		assert_in_range(2 * heard[2 * i] - tune[2 * i] + 9, 0, 18);
		right += heard[2 * i + 1] == tune[2 * i + 1];
	}
	assert_int_equal(right, FRAMES);
	free(heard);
	finish();
}

TEST(without_sound_the_guest_plays_by_the_clock_of_xenavd)
{
	start(114, "--no-sound");
	play(&rig_params, tune, false);
	assert_int_equal(access(path, F_OK), -1);
	finish();
}

TEST(a_machine_without_audio_shows_the_picture)
{
	start_guest(115, NULL);
	show(XR24);
	setenv("SDL_AUDIODRIVER", "nothing", 1);
	START("--unique-id=left");
	expect_picture(expect_window("left"));
	assert_true(view_said("xenav-view: No sound: "));
	make_tune();
	play(&rig_params, tune, false);
	finish();
}
