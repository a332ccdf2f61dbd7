/* SPDX-License-Identifier: MIT */
/*
 * How late a guest hears of the position of a PipeWire device: the time of each position that the
 * guest gets, less the time at which it was due by the one that came earliest.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

#define NODE          "xenav.guest140.0.0.0"
#define SECONDS       20u
#define MAX_POSITIONS 100000

static struct rig_guest rg;
static double late_ms[MAX_POSITIONS];
static unsigned n_positions;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool has_moved(void *positions)
{
	return PLAY(&rg)->positions != *(unsigned *)positions;
}

static void note(const struct pcm *pcm)
{
	if (n_positions < MAX_POSITIONS)
		late_ms[n_positions++] = now_ms() - (double)pcm->be_frame * 1e3 / PW_LAB_RATE_HZ;
}

static void play(void)
{
	static const int16_t silence[480 * 2];
	struct pcm *pcm = PLAY(&rg);
	unsigned positions = pcm->positions;

	for (uint32_t frames = 0; frames < SECONDS * PW_LAB_RATE_HZ;) {
		const uint64_t filled = pcm->appl_total - pcm->hw_total;

		if (filled + 480 <= pcm->params.buffer_frames) {
			assert_int_equal(pcm_write(pcm, silence, 480), 0);
			frames += 480;
			if (!pcm->running && filled > pcm->params.buffer_frames / 2)
				pcm_trigger(pcm, XENSND_OP_TRIGGER_START);
			continue;
		}
		assert_true(guest_run_until(&rg.guest, has_moved, &positions, 1000));
		positions = pcm->positions;
		note(pcm);
	}
	assert_int_equal(pcm_drain(pcm), 0);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

TEST(positions_of_a_pipewire_device)
{
	rig_start(&rg, 140);
	RUN("--quiet");
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	play();
	qsort(late_ms, n_positions, sizeof *late_ms, compare);
	assert_true(n_positions > 100);
	printf("# cycle of %u frames, %u positions, later than the earliest by: p50 %.3f ms, "
	       "p99 %.3f ms, most %.3f ms\n",
	       pw_lab.quantum_frames, n_positions, late_ms[n_positions / 2] - late_ms[0],
	       late_ms[n_positions * 99 / 100] - late_ms[0], late_ms[n_positions - 1] - late_ms[0]);
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

/* -------- the beginning of a stream -------- */

#define TUNE_FRAMES 24000u
#define STARTS      5

/* @return the first frame of the tune that was heard. */
static unsigned first_heard(struct ear *ear)
{
	const int16_t *samples;
	const size_t heard = ear_heard(ear, &samples);

	for (size_t at = 0; at + 2 <= heard; at++)
		for (unsigned i = 0; samples[2 * at] != 0 && i < TUNE_FRAMES; i++) {
			unsigned n = 0;

			while (n < 64 && at + n < heard && i + n < TUNE_FRAMES &&
			       samples[2 * (at + n)] == pw_rig_tune(i + n))
				n++;
			if (n == 64)
				return i;
		}
	return TUNE_FRAMES;
}

static unsigned start(void)
{
	static int16_t samples[TUNE_FRAMES * 2];
	struct ear *ear = pw_rig_listen(&rg.guest);
	unsigned first;

	for (unsigned i = 0; i < TUNE_FRAMES; i++)
		samples[2 * i] = samples[2 * i + 1] = pw_rig_tune(i);
	pcm_open(PLAY(&rg));
	assert_int_equal(pcm_hw_params(PLAY(&rg), &pw_rig_params), 0);
	assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
	assert_int_equal(pcm_write(PLAY(&rg), samples, TUNE_FRAMES), 0);
	assert_int_equal(pcm_drain(PLAY(&rg)), 0);
	pw_rig_shut(PLAY(&rg));
	pw_rig_hear_out(&rg.guest);
	first = first_heard(ear);
	ear_close(ear);
	return first;
}

TEST(the_beginning_of_a_stream)
{
	rig_start(&rg, 141);
	RUN("--domain=141");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	for (unsigned i = 0; i < STARTS; i++)
		printf("# a stream that is played at once is heard from frame %u on\n", start());
	rig_stop(&rg);
}

int main(int argc, char **argv)
{
	pw_lab.quantum_frames = argc > 1 ? (unsigned)atoi(argv[1]) : 1024;
	return pw_rig_main();
}
