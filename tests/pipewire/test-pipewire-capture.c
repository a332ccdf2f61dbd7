/* SPDX-License-Identifier: MIT */
/* xenav-pipewire and a real PipeWire server: guests that record from a source. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

#define NODE        "xenav.guest133.0.0.1"
#define MICROPHONE  "microphone"
#define READ_FRAMES 48000u

/* Frames that have to be in order. */
#define WHOLE_FRAMES 24000u

static struct rig_guest rg;

static const struct pcm_params mono = {
	.format = XENSND_PCM_FORMAT_S16_LE,
	.channels = 1,
	.frame_bytes = 2,
	.rate_hz = PW_LAB_RATE_HZ,
	.buffer_frames = 16000,
	.period_frames = 480,
};

/* @return how long the longest stretch of the microphone's samples in order is. */
static size_t longest_stretch(const int16_t *samples, size_t frames)
{
	size_t best = 0;

	for (size_t at = 0; at < frames;) {
		size_t n = 0;
		uint64_t from = 0;

		/* The sample says which one of a second it is. */
		while (from < 48017 && mouth_sample(from) != samples[at])
			from++;
		while (at + n < frames && samples[at + n] == mouth_sample(from + n))
			n++;
		best = n > best ? n : best;
		at += n > 0 ? n : 1;
	}
	return best;
}

static size_t record(int16_t *samples)
{
	assert_int_equal(pcm_prepare(CAPTURE(&rg)), 0);
	if (pcm_read(CAPTURE(&rg), samples, READ_FRAMES) < 0)
		return 0;
	/* It goes on by itself, and is prepared again. */
	assert_int_equal(pcm_trigger(CAPTURE(&rg), XENSND_OP_TRIGGER_STOP), 0);
	return longest_stretch(samples, READ_FRAMES);
}

TEST(a_guest_records_the_source)
{
	int16_t *samples = calloc(READ_FRAMES, sizeof *samples);
	struct mouth *mouth;
	size_t whole = 0;

	assert_int_equal(mouth_open(&mouth, desk, MICROPHONE), 0);
	rig_start(&rg, 133);
	RUN("--domain=133", "--capture", "--capture-target=" MICROPHONE, "--quiet");
	guest_run(&rg.guest, 300);
	pw_rig_open(&rg, CAPTURE(&rg), &mono, NODE);
	for (unsigned i = 0; i < ATTEMPTS && whole < WHOLE_FRAMES; i++)
		whole = record(samples);
	if (whole < WHOLE_FRAMES)
		fail_msg("only %zu frames are in order", whole);
	/* A microphone that is open is told even to those who want quiet. */
	pw_rig_wait_said(&rg.guest, "The microphone is OPEN", 1);
	pw_rig_shut(CAPTURE(&rg));
	pw_rig_wait_said(&rg.guest, "The microphone is closed", 1);
	rig_stop(&rg);
	mouth_close(mouth);
	free(samples);
}

TEST(without_the_option_nothing_is_recorded)
{
	rig_start(&rg, 133);
	RUN("--domain=133");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	pcm_open(CAPTURE(&rg));
	assert_int_equal(pcm_hw_params(CAPTURE(&rg), &mono), 0);
	assert_int_equal(pcm_prepare(CAPTURE(&rg)), 0);
	guest_run(&rg.guest, 300);
	assert_int_equal(pw_lab_said(&pw_lab, "claimed"), 1);
	assert_int_equal(pw_lab_said(&pw_lab, "OPEN"), 0);
	assert_int_equal(desk_count(desk, NODE), 0);
	pw_rig_shut(CAPTURE(&rg));
	rig_stop(&rg);
}

int main(void)
{
	return pw_rig_main();
}
