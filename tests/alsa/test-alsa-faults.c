/* SPDX-License-Identifier: MIT */
/* xenav-alsa with cards that run dry, are unplugged, suspended or busy. */
#include <config.h>

#include <errno.h>

#include "alsa/alsa-process.h"
#include "base/clock.h"
#include "xen/sndif.h"

static struct alsa_lab t;

/* A test that fails leaves the stream to the next one. */
static int end(void **state)
{
	alsa_kill(&t);
	return rig_end(state);
}

#undef TEST
#define TEST(name) TEST_WITH(name, rig_begin, end)

static bool has_run_dry(void *)
{
	return t.alsa.card->xrun == 0;
}

/* After it has played something. */
static void card_runs_dry(void)
{
	card_wait_count(&t, &t.alsa.card->sound_frames, t.alsa.card->sound_frames + 400);
	t.alsa.card->xrun = 1;
	assert_true(guest_run_until(&t.rg.guest, has_run_dry, NULL, WAIT_MS));
}

TEST(underruns_cost_no_frame_and_are_said_once_in_a_burst)
{
	const uint64_t start_ns = now_ns();

	alsa_lab_start(&t, 132);
	alsa_run(&t, "--pcm=card", NULL);
	guest_opens(&t);
	guest_starts(&t);
	for (unsigned int i = 0; i < 6; i++)
		card_runs_dry();
	guest_stops(&t);
	card_expect_heard(&t, t.alsa.card->next - 1);
	alsa_wait_said(&t, "more underruns", 1);
	/* A burst ends after a second without an underrun, which a busy machine may bring. */
	assert_in_range(alsa_said(&t, ": underrun in PCM card"), 1,
			1 + (now_ns() - start_ns) / NS_PER_SEC);
	alsa_lab_stop(&t);
}

TEST(a_device_that_is_unplugged_and_comes_back_is_used_again)
{
	alsa_lab_start(&t, 133);
	alsa_run(&t, "--pcm=card", NULL);
	guest_opens(&t);
	guest_starts(&t);
	card_wait_count(&t, &t.alsa.card->sound_frames, 1);
	t.alsa.card->gone = 1;
	alsa_wait_said(&t, "PCM card is lost: No such device", 1);
	/* The guest goes on. */
	guest_hears(&t, 6000);
	t.alsa.card->gone = 0;
	card_wait_count(&t, &t.alsa.card->sound_frames, t.alsa.card->sound_frames + 4000);
	guest_stops(&t);
	/* What was to be heard meanwhile is lost, and nothing else. */
	assert_int_equal(t.alsa.card->again_frames, 0);
	assert_true(t.alsa.card->lost_frames > 3000);
	assert_true(t.alsa.card->sound_frames + t.alsa.card->lost_frames <= t.next);
	assert_int_equal(alsa_said(&t, "plays pcm=card"), 2);
	alsa_lab_stop(&t);
}

TEST(a_suspended_device_goes_on)
{
	alsa_lab_start(&t, 134);
	alsa_run(&t, "--pcm=card", NULL);
	guest_opens(&t);
	guest_starts(&t);
	card_wait_count(&t, &t.alsa.card->sound_frames, 800);
	t.alsa.card->suspend = 1;
	card_wait_count(&t, &t.alsa.card->sound_frames, t.alsa.card->sound_frames + 8000);
	guest_stops(&t);
	card_expect_whole(&t, t.alsa.card->next - 1);
	assert_int_equal(t.alsa.card->resumes, 1);
	alsa_lab_stop(&t);
}

TEST(a_busy_device_is_tried_again_while_the_guest_hears_xenavds_clock)
{
	alsa_lab_start(&t, 135);
	t.alsa.card->open_error = EBUSY;
	alsa_run(&t, "--pcm=card", NULL);
	alsa_wait_said(&t, "Device or resource busy; another stream or program has it", 1);
	guest_opens(&t);
	guest_starts(&t);
	alsa_wait_said(&t, "Cannot open PCM card: Device or resource busy", 1);
	guest_hears(&t, 8000);
	t.alsa.card->open_error = 0;
	card_wait_count(&t, &t.alsa.card->sound_frames, 4000);
	guest_stops(&t);
	/* In the same words it is said once. */
	assert_int_equal(alsa_said(&t, "Cannot open PCM card"), 1);
	alsa_lab_stop(&t);
}

/* Both wait for the one who has it, too. */
TEST(a_second_stream_on_a_card_for_one_is_told_what_mixes)
{
	static const uint8_t silence[8192 * 4];

	rig_sound = rig_many_streams(1, 2, "p");
	alsa_lab_start(&t, 145);
	alsa_run(&t, "--pcm=card", NULL);
	alsa_wait_said(&t, ": claimed pcm=", 2);
	card_wait_asked(&t, 2);
	t.alsa.card->exclusive = 1;
	for (unsigned int i = 0; i < 2; i++) {
		struct pcm *pcm = &t.rg.sound.pcms[i];

		pcm_open(pcm);
		assert_int_equal(pcm_hw_params(pcm, &counting), 0);
		assert_int_equal(pcm_prepare(pcm), 0);
		assert_int_equal(pcm_write(pcm, silence, 8192), 0);
		alsa_wait_said(&t,
			       i ? "Cannot open PCM card: Device or resource busy; another stream "
				   "or program has it: 'default' or a PCM of type dmix"
				 : "s0: plays pcm=card",
			       1);
	}
	for (unsigned int i = 0; i < 2; i++) {
		if (i)
			alsa_wait_said(&t, "s1: plays pcm=card", 1);
		assert_int_equal(pcm_hw_free(&t.rg.sound.pcms[i]), 0);
		pcm_close(&t.rg.sound.pcms[i]);
	}
	rig_sound = rig_sound_nodes;
	alsa_lab_stop(&t);
}

int main(void)
{
	return alsa_main("playback = claim\n");
}
