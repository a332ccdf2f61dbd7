/* SPDX-License-Identifier: MIT */
/* xenav-pipewire and a real PipeWire server: what guests play is what the sink gets. */
#include <config.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

#define NODE(domid) "xenav.guest" #domid ".0.0.0"

/* Some cycles of the graph. */
#define TUNE_FRAMES 19200u

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

/* -------- latency -------- */

#define FAR_NODE   "far-away"
#define FAR_MS     200u
#define FAR_FRAMES (long long)(FAR_MS * PW_LAB_RATE_HZ / 1000)

/* A busy machine runs a thread too late by that. */
#define SLACK_FRAMES 2400

/* Half a buffer holds the delay and a cycle of the graph. */
#define LARGE_FRAMES 48000u

/* More than that: a tune, and silence. */
#define FAR_TUNE_FRAMES 96000u

static const struct toolstack_node large_buffer[] = {
	{"sample-rates", "48000", false},
	{"sample-formats", "s16_le", false},
	{"channels-max", "2", false},
	{"buffer-size", "262144", false},
	{"0/0/unique-id", "play", false},
	{"0/0/type", "p", false},
	{0},
};

static bool is_there(void *)
{
	struct desk_node node;

	return desk_look(desk, FAR_NODE, &node);
}

/* @return by how many frames the guest's position is behind those that the sink has got. */
static long long behind(const struct pcm_params *params)
{
	const struct pcm *pcm = PLAY(&rg);
	int16_t *samples = calloc(FAR_TUNE_FRAMES, 2 * sizeof *samples);
	struct ear *ear;
	long long frames;

	make_tune(samples, 0);
	assert_int_equal(ear_open_sink(&ear, desk, FAR_NODE, FAR_MS * 1000000ull), 0);
	assert_true(guest_run_until(&rg.guest, is_there, NULL, WAIT_MS));
	pw_rig_open(&rg, PLAY(&rg), params, FAR_NODE);
	/* Returns in the middle of it. */
	assert_int_equal(pcm_write(PLAY(&rg), samples, FAR_TUNE_FRAMES), 0);
	free(samples);
	frames = (long long)pw_rig_heard_since(ear) - (long long)pcm->hw_total;
	pw_rig_shut(PLAY(&rg));
	ear_close(ear);
	return frames;
}

/* The sink has got a whole cycle of the graph before the first frame of it is played. */
static bool is_far(long long frames)
{
	return frames >= FAR_FRAMES - SLACK_FRAMES &&
	       frames <= FAR_FRAMES + PW_LAB_QUANTUM_FRAMES + SLACK_FRAMES;
}

TEST(what_is_on_its_way_to_the_speakers_is_not_yet_played)
{
	struct pcm_params params = pw_rig_params;
	long long frames = 0;

	params.buffer_frames = LARGE_FRAMES;
	rig_sound = large_buffer;
	rig_start(&rg, 123);
	rig_sound = rig_sound_nodes;
	RUN("--target=" FAR_NODE);
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	for (unsigned i = 0; i < ATTEMPTS && !is_far(frames); i++)
		frames = behind(&params);
	if (!is_far(frames))
		fail_msg("the position is behind by %lld frames", frames);
	rig_stop(&rg);
}

int main(void)
{
	return pw_rig_main();
}
