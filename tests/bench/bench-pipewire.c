/* SPDX-License-Identifier: MIT */
/* bench-pipewire [FRAMES]: from which frame on a stream is heard that is played as soon as it is
 * open; the graph has cycles of that many frames. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

#define TUNE_FRAMES 24000u
#define STARTS      5

static struct rig_guest rg;

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
