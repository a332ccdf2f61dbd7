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

int main(int argc, char **argv)
{
	pw_lab.quantum_frames = argc > 1 ? (unsigned)atoi(argv[1]) : 1024;
	return pw_rig_main();
}
