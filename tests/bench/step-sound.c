/* SPDX-License-Identifier: MIT */
/* Sound and input: a period that is written, a position that is told, a key.  See lockstep.h. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <string.h>

#include "calls.h"
#include "lockstep.h"
#include "typist.h"
#include "xen/sndif.h"

#define DOMID 70

/* Long, so that a position is told and all is quiet again before the next. */
static const struct pcm_params params = {
	.format = XENSND_PCM_FORMAT_S16_LE,
	.channels = 2,
	.frame_bytes = 4,
	.rate_hz = 48000,
	.buffer_frames = 16000,
	.period_frames = 4000,
};

static struct rig_guest rg;
static struct typist typist;

static const char *end(void)
{
	return rig_destroy(&rg);
}

/* -------- sound -------- */

static const char *begin_stream(void)
{
	const char *problem = rig_bring_up(&rg, DOMID);

	if (problem)
		return problem;
	pcm_open(PLAY(&rg));
	if (pcm_hw_params(PLAY(&rg), &params) < 0 || pcm_prepare(PLAY(&rg)) < 0)
		return "a stream cannot be opened";
	return NULL;
}

static const char *begin_playing(void)
{
	const char *problem = begin_stream();

	if (!problem && pcm_trigger(PLAY(&rg), XENSND_OP_TRIGGER_START) < 0)
		problem = "a stream cannot be started";
	return problem;
}

/* The content does not matter. */
static const char *write_period(unsigned i)
{
	struct xensnd_req req;
	uint8_t image[SLOT_BYTES];

	memset(&req, 0, sizeof req);
	req.operation = XENSND_OP_WRITE;
	req.op.rw.length = 480 * params.frame_bytes;
	req.op.rw.offset = i % 32 * req.op.rw.length;
	memcpy(image, &req, sizeof image);
	return channel_request(&PLAY(&rg)->channel, image) == 0 ? NULL : "WRITE fails";
}

static bool is_told(void *data)
{
	return PLAY(&rg)->positions != *(const unsigned *)data;
}

static const char *await_position(unsigned)
{
	unsigned before;

	/* One that has come meanwhile is none. */
	guest_run(&rg.guest, 0);
	before = PLAY(&rg)->positions;
	return guest_run_until(&rg.guest, is_told, &before, WAIT_MS) ? NULL : "no position comes";
}

/* -------- input -------- */

static const char *begin_input(void)
{
	const char *problem = rig_bring_up(&rg, DOMID);

	return problem ? problem : typist_begin(&typist, &rg);
}

static const char *end_input(void)
{
	typist_end(&typist);
	return end();
}

static bool has_arrived(void *data)
{
	return typist.kb.events != *(const unsigned *)data;
}

static const char *press_key(unsigned i)
{
	unsigned before = typist.kb.events;

	calls_hold(true);
	if (xenav_input_key(typist.in, KEY_A, i % 2 == 0) < 0 || xenav_input_flush(typist.in) < 0)
		return "a key cannot be sent";
	calls_hold(false);
	if (!guest_run_until(&rg.guest, has_arrived, &before, WAIT_MS))
		return "a key does not arrive";
	return NULL;
}

#define COUNTED (LOCK_BIT(LOCK_CALLS) | LOCK_BIT(LOCK_ALLOCS))

const struct lockstep sound_steps[] = {
	{"write", "a WRITE of 10 ms", false, false, 50, 1, COUNTED, begin_stream, write_period, end,
	 5},
	{"position", "a position that is told", false, false, 30, 1, COUNTED, begin_playing,
	 await_position, end, 5},
	{"key", "a key from a consumer to the guest", false, false, 50, 1, COUNTED, begin_input,
	 press_key, end_input, 5},
	{0},
};
