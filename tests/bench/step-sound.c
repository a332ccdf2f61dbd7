/* SPDX-License-Identifier: MIT */
/* Sound and input: a period that is written, a position that is told, a key.  See lockstep.h. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <string.h>

#include "calls.h"
#include "fake/keyboard.h"
#include "lockstep.h"
#include "xen/sndif.h"
#include "xenav.h"

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
static struct keyboard kb;
static struct xenav *x;
static struct xenav_input *in;
static bool ready;

static const char *begin_guest(void)
{
	const char *problem = rig_create(&rg, DOMID);

	if (!problem)
		problem = rig_attach(&rg);
	if (!problem)
		problem = rig_load(&rg);
	return problem ? problem : rig_connect(&rg);
}

static const char *end(void)
{
	if (x)
		xenav_close(x);
	x = NULL;
	return rig_destroy(&rg);
}

/* -------- sound -------- */

static const char *begin_stream(void)
{
	const char *problem = begin_guest();

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

static void on_input_added(void *, struct xenav_input *added)
{
	in = added;
	xenav_input_feed(in);
}

static void on_input_ready(void *, struct xenav_input *)
{
	ready = true;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.input_added = on_input_added,
	.input_ready = on_input_ready,
};

static bool is_ready(void *)
{
	return xenav_dispatch(x) < 0 || ready;
}

static const char *begin_input(void)
{
	static const struct toolstack_node plain[] = {{0}};
	const char *problem = begin_guest();

	if (problem)
		return problem;
	if (toolstack_add_device(&rg.ts, "vkbd", DOMID, 0, plain) < 0 ||
	    toolstack_wait_connection(&rg.ts, "vkbd", DOMID, 0) < 0 ||
	    keyboard_load(&kb, &rg.guest, 0) < 0 || !front_wait(&kb.front, 4, WAIT_MS) ||
	    toolstack_wait_backend(&rg.ts, "vkbd", DOMID, 0, 4, WAIT_MS) < 0)
		return "the keyboard is not connected";
	if (xenav_open(&x, lab.socket, "bench", &listener, NULL) < 0)
		return "no consumer can connect";
	guest_run_until(&rg.guest, is_ready, NULL, WAIT_MS);
	return ready ? NULL : "the consumer cannot feed the keyboard";
}

static const char *end_input(void)
{
	keyboard_forget(&kb);
	ready = false;
	return end();
}

static bool has_arrived(void *data)
{
	return kb.events != *(const unsigned *)data;
}

static const char *press_key(unsigned i)
{
	unsigned before = kb.events;

	calls_hold(true);
	if (xenav_input_key(in, KEY_A, i % 2 == 0) < 0 || xenav_input_flush(in) < 0)
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
