/* SPDX-License-Identifier: MIT */
/* xenav-alsa between the real xenavd with a scripted guest and a card that is a plugin of alsa-lib.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "alsa/alsa-process.h"
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

/* -------- whole -------- */

TEST(what_a_guest_plays_is_played_whole_and_in_order)
{
	alsa_lab_start(&t, 130);
	alsa_run(&t, "--pcm=card", NULL);
	guest_opens_with(&t, &counting_around);
	assert_int_equal(guest_writes(&t, 20000), 0);
	guest_closes(&t);
	card_wait_played(&t, 20000);
	card_expect_whole(&t, 20000);
	alsa_wait_said(&t, "guest130/play: closed underruns=", 1);
	alsa_lab_stop(&t);
}

/* A busy machine may make pauses of half a second between two pieces, which close the PCM, but not
 * between all of them. */
TEST(pieces_that_follow_one_another_keep_the_pcm_open)
{
	enum { TRIES = 20, FRAMES = 2000 };
	unsigned int n = 0, opens;

	alsa_lab_start(&t, 131);
	alsa_run(&t, "--pcm=card", NULL);
	alsa_wait_said(&t, "claimed", 1);
	do {
		opens = t.alsa.card->opens;
		guest_plays(&t, FRAMES);
		card_wait_played(&t, (uint64_t)++n * FRAMES);
	} while (t.alsa.card->opens > opens && n < TRIES);
	card_expect_heard(&t, (uint64_t)n * FRAMES);
	assert_in_range(n, 2, TRIES - 1);
	alsa_lab_stop(&t);
}

/* -------- what the guest may do -------- */

static bool is_refused(void *)
{
	struct pcm *pcm = PLAY(&t.rg);
	int rc;

	pcm_open(pcm);
	rc = pcm_hw_params(pcm, &counting);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	return rc == -EINVAL;
}

TEST(guests_are_offered_what_the_pcm_can_do_only)
{
	struct pcm *pcm;

	alsa_lab_start(&t, 136);
	t.alsa.card->formats = 1u << 2; /* SND_PCM_FORMAT_S16_LE */
	alsa_run(&t, "--pcm=card", NULL);
	assert_true(guest_run_until(&t.rg.guest, is_refused, NULL, WAIT_MS));
	pcm = PLAY(&t.rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	alsa_lab_stop(&t);
}

TEST(a_pcm_that_was_busy_is_asked_later_what_it_can_do)
{
	alsa_lab_start(&t, 146);
	t.alsa.card->formats = 1u << 2; /* SND_PCM_FORMAT_S16_LE */
	t.alsa.card->open_error = EBUSY;
	alsa_run(&t, "--pcm=card", NULL);
	alsa_wait_said(&t, "Cannot ask PCM card what it can do: Device or resource busy", 1);
	assert_false(is_refused(NULL));
	t.alsa.card->open_error = 0;
	assert_true(guest_run_until(&t.rg.guest, is_refused, NULL, WAIT_MS));
	alsa_lab_stop(&t);
}

TEST(formats_are_converted_if_asked_for)
{
	alsa_lab_start(&t, 137);
	t.alsa.card->formats = 1u << 11; /* SND_PCM_FORMAT_S32_BE */
	alsa_run(&t, "--pcm=card", "--convert", NULL);
	card_wait_asked(&t, 1);
	guest_opens(&t);
	guest_starts(&t);
	card_wait_count(&t, &t.alsa.card->played_frames, 2400);
	guest_stops(&t);
	/* Frame 1 is 0x01000000 there. */
	assert_true(t.alsa.card->lost_frames > 0);
	assert_int_equal(t.alsa.card->format, 11);
	alsa_lab_stop(&t);
}

static uint32_t loudest(const struct card *c)
{
	uint32_t most = 0, sample;

	for (uint64_t i = 0; i + 4 <= c->tape_bytes; i += 4) {
		memcpy(&sample, c->tape + i, sizeof sample);
		if (sample > most)
			most = sample;
	}
	return most;
}

/* The guest plays samples of 4000 until the card has played some, and closes its card. */
static void hear_4000s(void)
{
	static uint32_t samples[80000];
	const uint64_t before = t.alsa.card->played_frames;

	for (unsigned int i = 0; i < sizeof samples / sizeof *samples; i++)
		samples[i] = 4000;
	assert_int_equal(pcm_write(PLAY(&t.rg), samples, sizeof samples / sizeof *samples), 0);
	assert_int_equal(pcm_trigger(PLAY(&t.rg), XENSND_OP_TRIGGER_START), 0);
	card_wait_count(&t, &t.alsa.card->played_frames, before + 2000);
	guest_stops(&t);
}

static bool card_is_closed(void *)
{
	return t.alsa.card->opens == t.alsa.card->closes;
}

TEST(volume_and_mute_are_applied_to_the_samples)
{
	struct pcm *pcm;
	static const int32_t down[] = {-20000};
	static const uint8_t all[] = {1};

	alsa_lab_start(&t, 138);
	alsa_run(&t, "--pcm=card", NULL);
	pcm = PLAY(&t.rg);
	guest_opens(&t);
	assert_int_equal(pcm_set_volume(pcm, 0, down), 0);
	hear_4000s();
	assert_int_equal(loudest(t.alsa.card), 400);
	/* Nothing more comes of that. */
	assert_true(guest_run_until(&t.rg.guest, card_is_closed, NULL, WAIT_MS));
	guest_opens(&t);
	assert_int_equal(pcm_mute(pcm, true, 0, all), 0);
	t.alsa.card->tape_bytes = 0;
	hear_4000s();
	assert_int_equal(loudest(t.alsa.card), 0);
	alsa_lab_stop(&t);
}

static bool mixer_is_set(void *)
{
	/* -20 dB is step 60 of 0.5 dB from -50 dB on. */
	return t.alsa.card->volume[0] == 60 && t.alsa.card->is_on[0] == 0;
}

TEST(a_mixer_element_takes_volume_and_mute)
{
	struct pcm *pcm;
	static const int32_t down[] = {-20000};
	static const uint8_t all[] = {1};

	alsa_lab_start(&t, 139);
	alsa_run(&t, "--pcm=card", "--mixer=PCM@card", NULL);
	pcm = PLAY(&t.rg);
	guest_opens(&t);
	assert_int_equal(pcm_set_volume(pcm, 0, down), 0);
	assert_int_equal(pcm_mute(pcm, true, 0, all), 0);
	assert_true(guest_run_until(&t.rg.guest, mixer_is_set, NULL, WAIT_MS));
	assert_int_equal(guest_writes(&t, 2000), 0);
	guest_closes(&t);
	card_wait_played(&t, 2000);
	card_expect_whole(&t, 2000);
	alsa_lab_stop(&t);
}

TEST(a_mixer_element_that_is_not_there_is_said)
{
	static const int32_t down[] = {-20000};

	alsa_lab_start(&t, 140);
	alsa_run(&t, "--pcm=card", "--mixer=Nothing@card", NULL);
	guest_opens(&t);
	assert_int_equal(pcm_set_volume(PLAY(&t.rg), 0, down), 0);
	alsa_wait_said(&t, "Cannot use mixer element Nothing@card", 1);
	hear_4000s();
	assert_int_equal(loudest(t.alsa.card), 400);
	alsa_lab_stop(&t);
}

/* -------- capture -------- */

TEST(a_guest_records_nothing_without_capture)
{
	alsa_lab_start(&t, 141);
	alsa_run(&t, "--pcm=card", NULL);
	guest_run(&t.rg.guest, 100);
	assert_int_equal(alsa_said(&t, "guest141/capture"), 0);
	alsa_lab_stop(&t);
}

/* Silence stands before the first sample of the microphone, and where a busy machine kept
 * xenav-alsa from feeding in time; the device may have dropped samples then. */
static uint32_t heard_in_order(const uint32_t *samples, uint32_t n, uint32_t *last)
{
	uint32_t heard = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (samples[i] == 0)
			continue;
		if (i > 0 && samples[i - 1] != 0 && t.alsa.card->xruns == 0)
			assert_int_equal(samples[i], *last + 1);
		assert_true(samples[i] > *last);
		*last = samples[i];
		heard++;
	}
	return heard;
}

TEST(a_guest_records_the_microphone_in_order)
{
	enum { AT_A_TIME = 4000 };
	static uint32_t samples[AT_A_TIME];
	uint32_t heard = 0, last = 0;
	struct pcm *pcm;

	alsa_lab_start(&t, 142);
	alsa_run(&t, "--map=play=-", "--capture=mic", NULL);
	alsa_wait_said(&t, "the guest can hear what it records", 1);
	pcm = CAPTURE(&t.rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &counting), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	for (uint32_t i = 0; i < 40 && heard < AT_A_TIME; i++) {
		assert_int_equal(pcm_read(pcm, samples, AT_A_TIME), 0);
		heard += heard_in_order(samples, AT_A_TIME, &last);
	}
	assert_true(heard >= AT_A_TIME);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	alsa_lab_stop(&t);
}

/* -------- ends -------- */

TEST(ends_have_exit_codes)
{
	alsa_lab_start(&t, 143);
	assert_int_equal(alsa_run_to_end(&t, "--latency=0", NULL), 2);
	assert_int_equal(alsa_run_to_end(&t, "--socket=/nowhere", NULL), 1);
	assert_int_equal(alsa_said(&t, "Cannot connect to xenavd at /nowhere"), 1);
	alsa_run(&t, "--pcm=card", NULL);
	guest_opens(&t);
	guest_starts(&t);
	card_wait_count(&t, &t.alsa.card->sound_frames, 1);
	assert_int_equal(alsa_end(&t, SIGTERM), 0);
	/* The guest goes on without it. */
	guest_hears(&t, 4000);
	guest_stops(&t);
	alsa_lab_stop(&t);
}

static bool ended_with_1(void *)
{
	int status;

	if (!alsa_has_ended(&t, &status))
		return false;
	t.pid = 0;
	return status == 1 << 8;
}

TEST(xenavd_may_end_and_come_back)
{
	alsa_lab_start(&t, 144);
	for (unsigned int i = 0; i < 2; i++) {
		alsa_run(&t, "--pcm=card", "--patience=0", i ? "--reconnect" : NULL, NULL);
		assert_int_equal(rig_stop_xenavd(&t.rg), 0);
		if (!i)
			assert_true(guest_run_until(&t.rg.guest, ended_with_1, NULL, WAIT_MS));
		assert_int_equal(lab_start_xenavd(&lab), 0);
		assert_true(front_wait(&t.rg.sound.front, 4, WAIT_MS));
		assert_true(front_wait(&t.rg.display.front, 4, WAIT_MS));
	}
	alsa_wait_said(&t, "claimed", 3);
	guest_plays(&t, 2000);
	card_wait_played(&t, 2000);
	card_expect_whole(&t, 2000);
	alsa_lab_stop(&t);
}

TEST(a_restart_of_xenavd_costs_the_program_nothing)
{
	alsa_lab_start(&t, 145);
	alsa_run(&t, "--pcm=card", NULL);
	alsa_wait_said(&t, "claimed", 1);
	assert_int_equal(rig_stop_xenavd(&t.rg), 0);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(front_wait(&t.rg.sound.front, 4, WAIT_MS));
	assert_true(front_wait(&t.rg.display.front, 4, WAIT_MS));
	/* What a guest plays before that is heard by xenavd's clock. */
	alsa_wait_said(&t, "claimed", 2);
	guest_plays(&t, 2000);
	card_wait_played(&t, 2000);
	card_expect_whole(&t, 2000);
	alsa_lab_stop(&t);
}

int main(void)
{
	return alsa_main("playback = claim\ncapture = claim\n");
}
