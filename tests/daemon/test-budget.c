/* SPDX-License-Identifier: MIT */
/*
 * A guest pays for the work of xenavd from one budget of its domain: the tests count the answers in
 * the time that they took.
 */
#include <config.h>

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "rig.h"
#include "xen/sndif.h"

/* daemon/xen/evtchn.c, in tokens. */
#define TOKENS_PER_SEC 16000
#define TOKENS_MAX     256
#define SHARE          64 /* requests that may have been begun */

#define COST_OF_A_REQUEST 1
#define COST_OF_A_JOB     5 /* a request that is answered by the worker */

#define FLOOD_MS 500

static struct rig_guest rg;
static uint16_t next_domid = 40;

static void fill_request(uint8_t image[SLOT_BYTES], uint8_t op, uint32_t length)
{
	struct xensnd_req req = {.operation = op};

	req.op.rw.length = length;
	memcpy(image, &req, SLOT_BYTES);
}

/* Embedded guests have cards like this one, with eight PCM devices. */
static void start_with_open_stream(void)
{
	rig_sound = rig_many_streams(8, 2, "p");
	rig_start(&rg, next_domid++);
	rig_sound = rig_sound_nodes;
	assert_int_equal(rg.sound.n_pcms, 16);
	pcm_open(PLAY(&rg));
	assert_int_equal(pcm_hw_params(PLAY(&rg), &rig_params), 0);
	assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
}

static void stop(void)
{
	assert_fine(rig_destroy(&rg));
}

/* Ask on so many rings as fast as there are answers; no more of them than was paid for. */
static void assert_paid_for(const uint8_t image[SLOT_BYTES], unsigned n_rings, uint32_t cost)
{
	const uint64_t start = now_ns();
	uint64_t answered = 0;
	uint64_t elapsed;

	do {
		for (unsigned i = 0; i < n_rings; i++)
			answered += channel_flood(&rg.sound.pcms[i].channel, image);
		usleep(200);
		elapsed = now_ns() - start;
	} while (elapsed < FLOOD_MS * NS_PER_MS);
	assert_true(answered > 0);
	assert_true(answered * cost <= TOKENS_MAX + SHARE + elapsed * TOKENS_PER_SEC / NS_PER_SEC);
}

TEST(requests_that_go_to_the_worker_are_paid_for)
{
	uint8_t image[SLOT_BYTES];

	start_with_open_stream();
	fill_request(image, XENSND_OP_GET_VOLUME, 64);
	assert_paid_for(image, 1, COST_OF_A_JOB);
	stop();
}

TEST(the_rings_of_a_guest_have_one_budget)
{
	uint8_t image[SLOT_BYTES];

	start_with_open_stream();
	/* Nothing can be played so; but it is a request. */
	fill_request(image, XENSND_OP_HW_PARAM_QUERY, 0);
	assert_paid_for(image, rg.sound.n_pcms, COST_OF_A_REQUEST);
	stop();
}
