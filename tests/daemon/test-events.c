/* SPDX-License-Identifier: MIT */
/*
 * The numbers of sound events, as frontends count them: up to Linux 7.1 for ever, since then anew
 * whenever a stream is cleared, which no request tells.  A guest whose kernel is out of step hears
 * of no position any more, and its programs give up.
 */
#include <config.h>

#include <string.h>

#include "rig.h"
#include "xen/sndif.h"

static struct rig_guest rg;

/* A guest with Linux 6.1 and one with Linux 7.2. */
static const uint16_t kernels[] = {60, 61};
#define FOR_EACH_KERNEL(k) for (const uint16_t *k = kernels; k < kernels + 2; k++)

static const uint8_t samples[(RIG_BUFFER_FRAMES + 2400) * 4];

/* Start with a full buffer, and play on until positions have come. */
static void play(struct pcm *pcm)
{
	const unsigned before = pcm->positions;

	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, samples, RIG_BUFFER_FRAMES + 2400), 0);
	assert_true(pcm->positions > before);
}

static void end(struct pcm *pcm)
{
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	assert_int_equal(pcm->channel.n_dropped, 0);
	rig_stop(&rg);
}

static struct pcm *begin(uint16_t domid)
{
	struct pcm *pcm;

	rig_start(&rg, domid);
	pcm = PLAY(&rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	return pcm;
}

TEST(one_program_after_the_other_hears_of_positions)
{
	FOR_EACH_KERNEL(k)
	{
		rig_start(&rg, *k);
		for (unsigned i = 0; i < 3; i++) {
			const uint64_t before = PLAY(&rg)->channel.n_events;

			assert_fine(rig_play(&rg, 2400));
			assert_true(PLAY(&rg)->channel.n_events > before);
		}
		assert_int_equal(PLAY(&rg)->channel.n_dropped, 0);
		rig_stop(&rg);
	}
}

TEST(what_is_closed_without_a_start_is_opened_again)
{
	FOR_EACH_KERNEL(k)
	{
		struct pcm *pcm = begin(*k);

		/* CLOSE without OPEN, and OPEN without START. */
		assert_int_equal(pcm_hw_free(pcm), 0);
		assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
		assert_int_equal(pcm_prepare(pcm), 0);
		assert_int_equal(pcm_hw_free(pcm), 0);
		assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
		play(pcm);
		/* CLOSE without STOP. */
		pcm->running = false;
		assert_int_equal(pcm_hw_free(pcm), 0);
		assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
		play(pcm);
		end(pcm);
	}
}

TEST(hw_params_after_a_stop_need_no_close)
{
	FOR_EACH_KERNEL(k)
	{
		struct pcm *pcm = begin(*k);

		for (unsigned i = 0; i < 3; i++) {
			play(pcm);
			assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP), 0);
			/* Twice, for what a program tries before it has what it wants. */
			assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
			assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
		}
		play(pcm);
		end(pcm);
	}
}

TEST(hw_params_after_a_suspend_need_no_close)
{
	FOR_EACH_KERNEL(k)
	{
		struct pcm *pcm = begin(*k);

		play(pcm);
		assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_PAUSE), 0);
		assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
		play(pcm);
		end(pcm);
	}
}

TEST(a_stream_that_is_started_again_goes_on_counting)
{
	FOR_EACH_KERNEL(k)
	{
		struct pcm *pcm = begin(*k);

		for (unsigned i = 0; i < 3; i++) {
			play(pcm);
			assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP), 0);
		}
		play(pcm);
		end(pcm);
	}
}
