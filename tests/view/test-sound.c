/* SPDX-License-Identifier: MIT */
/* What a guest plays is what xenav-view hands to SDL, whose disk driver writes it to a file. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "view-rig.h"
#include "xen/sndif.h"

/* Half a second, a part of the buffer. */
#define FRAMES 24000u

/* On a busy machine. */
#define ATTEMPTS 12

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

static void open_view(const char *option)
{
	unlink(path);
	START("--unique-id=left", option);
	expect_picture(expect_window("left"));
}

static void start(uint16_t domid, const char *option)
{
	make_tune();
	snprintf(path, sizeof path, "%s/sound", lab.dir);
	setenv("SDL_AUDIODRIVER", "disk", 1);
	setenv("SDL_DISKAUDIOFILE", path, 1);
	start_guest(domid, NULL);
	show(XR24);
	open_view(option);
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

static int play_open(struct pcm *pcm, const void *samples, bool is_heard, const int32_t *volume)
{
	int rc;

	/* The device is open then, and xenav-view hears of the volume before the samples. */
	if (is_heard)
		EXPECT(is_there, NULL);
	if (volume)
		assert_int_equal(pcm_set_volume(pcm, 0, volume), 0);
	rc = pcm_write(pcm, samples, FRAMES);
	if (rc == 0)
		rc = pcm_drain(pcm);
	/* SDL has another call to take what is left. */
	guest_run(&rg.guest, 100);
	return rc;
}

/* Play the samples as a program in the guest does. @return whether it was in time: on a busy
 * machine the guest may run dry. */
static bool play_once(const struct pcm_params *params, const void *samples, bool is_heard,
		      const int32_t *volume)
{
	struct pcm *pcm = PLAY(&rg);
	int rc;

	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	rc = play_open(pcm, samples, is_heard, volume);
	assert_true(rc == 0 || rc == -EPIPE);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	return rc == 0;
}

/* Until it is in time, with a new file each time. */
static void play(const void *samples, bool is_heard, const int32_t *volume, const char *option)
{
	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		if (play_once(&rig_params, samples, is_heard, volume))
			return;
		assert_int_equal(view_stop(), 0);
		open_view(option);
	}
	fail_msg("the guest is never in time");
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

/* Silence aside, the file has these frames in order. @return how many of them. */
static size_t count_in_order(const uint8_t *frames, size_t frame_bytes)
{
	size_t n, at = 0;
	uint8_t *heard = read_sound(frame_bytes, 0, &n);

	assert_in_range(n, 0, FRAMES);
	for (size_t i = 0; i < n; i++, at++) {
		while (at < FRAMES &&
		       memcmp(heard + i * frame_bytes, frames + at * frame_bytes, frame_bytes) != 0)
			at++;
		if (at == FRAMES)
			fail_msg("frame %zu of %zu is none of the tune, or was there before", i, n);
	}
	free(heard);
	return n;
}

/* On a busy machine SDL's thread may be so late that xenavd goes on without it, and frames are left
 * out.  Others are never wrong, and in one of some attempts all are there. */
static void expect_sound(const struct pcm_params *params, const void *samples, const void *frames)
{
	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		const bool is_in_time = play_once(params, samples, true, NULL);

		if (count_in_order(frames, params->frame_bytes) == FRAMES && is_in_time)
			return;
		assert_int_equal(view_stop(), 0);
		open_view(NULL);
	}
	fail_msg("frames of the tune are missing");
}

TEST(every_sample_is_played_in_order)
{
	start(110, NULL);
	expect_sound(&rig_params, tune, tune);
	finish();
}

TEST(a_second_opening_is_played_through_the_same_device)
{
	size_t n, first;

	start(111, NULL);
	play(tune, true, NULL, NULL);
	free(read_sound(4, 0, &first));
	play_once(&rig_params, tune, true, NULL);
	/* Another device would have begun the file anew. */
	free(read_sound(4, 0, &n));
	assert_true(n > first);
	finish();
}

TEST(samples_of_24_bits_are_played_as_32)
{
	struct pcm_params params = rig_params;
	static int32_t s24[2 * FRAMES], s32[2 * FRAMES];

	params.format = XENSND_PCM_FORMAT_S24_LE;
	params.frame_bytes = 8;
	params.buffer_frames = RIG_BUFFER_FRAMES / 2;
	start(112, NULL);
	for (unsigned int i = 0; i < 2 * FRAMES; i++) {
		s24[i] = (tune[i] * 256) & 0xffffff;
		s32[i] = tune[i] * 65536;
	}
	expect_sound(&params, s24, s32);
	finish();
}

TEST(the_volume_of_the_guest_is_heard)
{
	static const int32_t half[2] = {-6020, 0};
	int16_t *heard;
	size_t n;

	start(113, NULL);
	play(tune, true, half, NULL);
	heard = (int16_t *)(void *)read_sound(4, 0, &n);
	assert_in_range(n, 1, FRAMES);
	/* Frames may be missing in between, see above: each is found by its right sample. */
	for (size_t i = 0, at = 0; i < n; i++, at++) {
		while (at < FRAMES && (heard[2 * i + 1] != tune[2 * at + 1] ||
				       abs(2 * heard[2 * i] - tune[2 * at]) > 9))
			at++;
		assert_true(at < FRAMES);
	}
	free(heard);
	finish();
}

TEST(without_sound_the_guest_plays_by_the_clock_of_xenavd)
{
	start(114, "--no-sound");
	play(tune, false, NULL, "--no-sound");
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
	play(tune, false, NULL, NULL);
	finish();
}
