/* SPDX-License-Identifier: MIT */
/* xenav-pipewire and a real PipeWire server: what guests play is what the sink gets. */
#include <config.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

#define NODE(domid) "xenav.guest" #domid ".0.0.0"

#define TUNE_FRAMES 48000u

static struct rig_guest rg, other;

/* -------- a tune -------- */

/* In one channel of two; the other is silent. */
static void make_tune(int16_t *samples, unsigned channel)
{
	memset(samples, 0, TUNE_FRAMES * 2 * sizeof *samples);
	for (unsigned i = 0; i < TUNE_FRAMES; i++)
		samples[2 * i + channel] = pw_rig_tune(i);
}

static const char *play(struct rig_guest *guest, unsigned channel)
{
	struct pcm *pcm = PLAY(guest);
	int16_t *samples = calloc(TUNE_FRAMES, 2 * sizeof *samples);
	const char *problem = NULL;

	make_tune(samples, channel);
	if (pcm_prepare(pcm) < 0 || pcm_write(pcm, samples, TUNE_FRAMES) < 0)
		problem = "a write failed";
	else if (pcm_drain(pcm) < 0)
		problem = "the stream does not drain";
	free(samples);
	return problem;
}

TEST(what_a_guest_plays_is_heard_sample_by_sample)
{
	struct desk_node node;
	struct ear *ear;
	size_t heard = 0;

	rig_start(&rg, 120);
	RUN("--domain=120");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	ear = pw_rig_listen(&rg.guest);
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE(120));
	assert_true(desk_look(desk, NODE(120), &node));
	assert_string_equal(node.media_class, "Stream/Output/Audio");
	assert_string_equal(node.description, "guest120: General (play)");
	assert_string_equal(node.latency, "1024/48000");
	for (unsigned i = 0; i < ATTEMPTS && heard < TUNE_FRAMES; i++) {
		assert_fine(play(&rg, 0));
		pw_rig_hear_out(&rg.guest);
		heard = pw_rig_heard(ear, 0, TUNE_FRAMES, 0);
		ear_close(ear);
		ear = pw_rig_listen(&rg.guest);
	}
	assert_int_equal(heard, TUNE_FRAMES);
	ear_close(ear);
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

static void *play_other(void *)
{
	return (void *)(uintptr_t)play(&other, 1);
}

TEST(two_guests_are_mixed)
{
	size_t left = 0, right = 0;
	struct ear *ear;
	pthread_t thread;
	void *problem;

	rig_start(&rg, 121);
	rig_start(&other, 122);
	RUN("--quiet");
	ear = pw_rig_listen(&rg.guest);
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE(121));
	pw_rig_open(&other, PLAY(&other), &pw_rig_params, NODE(122));
	for (unsigned i = 0; i < ATTEMPTS && (left < TUNE_FRAMES || right < TUNE_FRAMES); i++) {
		assert_int_equal(pthread_create(&thread, NULL, play_other, NULL), 0);
		assert_fine(play(&rg, 0));
		pthread_join(thread, &problem);
		assert_fine((const char *)problem);
		pw_rig_hear_out(&rg.guest);
		left = pw_rig_heard(ear, 0, TUNE_FRAMES, 0);
		right = pw_rig_heard(ear, 1, TUNE_FRAMES, 0);
		ear_close(ear);
		ear = pw_rig_listen(&rg.guest);
	}
	assert_int_equal(left, TUNE_FRAMES);
	assert_int_equal(right, TUNE_FRAMES);
	ear_close(ear);
	pw_rig_shut(PLAY(&rg));
	pw_rig_shut(PLAY(&other));
	rig_stop(&other);
	rig_stop(&rg);
}

int main(void)
{
	return pw_rig_main();
}
