/* SPDX-License-Identifier: MIT */
/* Requests that the daemon answers at once, see lockstep.h: one, a full ring, a request on each of
 * many rings. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "calls.h"
#include "lockstep.h"
#include "xen/displif.h"
#include "xen/sndif.h"

#define DOMID 70
#define RINGS 16

static struct rig_guest rg;

static const char *begin_plain(void)
{
	return rig_bring_up(&rg, DOMID);
}

static const char *begin_display(void)
{
	return lock_begin_display(&rg, DOMID);
}

static const char *begin_many(void)
{
	const char *problem;

	rig_sound = rig_many_streams(RINGS / 2, 2, "p");
	problem = begin_plain();
	rig_sound = rig_sound_nodes;
	return problem;
}

static const char *end(void)
{
	return rig_destroy(&rg);
}

/* Of a framebuffer that does not exist. */
static void fill_detach(uint8_t image[SLOT_BYTES])
{
	struct xendispl_req req;

	memset(&req, 0, sizeof req);
	req.operation = XENDISPL_OP_FB_DETACH;
	req.op.fb_detach.fb_cookie = 4711;
	memcpy(image, &req, sizeof req);
}

static void fill_query(uint8_t image[SLOT_BYTES])
{
	struct xensnd_req req;

	memset(&req, 0, sizeof req);
	req.operation = XENSND_OP_HW_PARAM_QUERY;
	req.op.hw_param.formats = UINT64_MAX;
	req.op.hw_param.rates.max = UINT32_MAX;
	req.op.hw_param.channels.max = UINT32_MAX;
	req.op.hw_param.buffer.max = UINT32_MAX;
	req.op.hw_param.period.max = UINT32_MAX;
	memcpy(image, &req, sizeof req);
}

/* Whatever the answer is. */
static const char *ask_display(unsigned)
{
	uint8_t image[SLOT_BYTES];

	fill_detach(image);
	return channel_request(&CRTC(&rg, 0)->channel, image) != -ETIMEDOUT
		       ? NULL
		       : "FB_DETACH is not answered";
}

static const char *ask_sound(unsigned)
{
	uint8_t image[SLOT_BYTES];

	fill_query(image);
	return channel_request(&PLAY(&rg)->channel, image) == 0 ? NULL : "HW_PARAM_QUERY fails";
}

/* The daemon sees a ring that was filled in one go. */
static const char *fill_ring(unsigned)
{
	struct channel *ch = &CRTC(&rg, 0)->channel;
	uint8_t image[SLOT_BYTES];
	const char *problem;

	fill_detach(image);
	channel_flood(ch, image);
	calls_hold(false);
	problem = lock_quiet();
	if (problem)
		return problem;
	ch->rsp_cons = ch->req_prod;
	__atomic_store_n(channel_word(ch, WORD_RSP_EVENT), ch->rsp_cons + 1, __ATOMIC_SEQ_CST);
	return *channel_word(ch, WORD_RSP_PROD) == ch->req_prod ? NULL : "requests have no answer";
}

static const char *fill_ring_held(unsigned i)
{
	calls_hold(true);
	return fill_ring(i);
}

/* A request on each ring, all of them there when the daemon looks. */
static const char *ask_all(unsigned)
{
	uint8_t image[SLOT_BYTES];

	fill_query(image);
	calls_hold(true);
	for (unsigned k = 0; k < RINGS; k++) {
		struct channel *ch = &rg.sound.pcms[k].channel;

		memcpy(channel_slot(ch, ch->req_prod++), image, SLOT_BYTES);
		__atomic_store_n(channel_word(ch, WORD_REQ_PROD), ch->req_prod, __ATOMIC_SEQ_CST);
		channel_kick(ch);
	}
	calls_hold(false);
	for (unsigned k = 0; k < RINGS; k++) {
		struct channel *ch = &rg.sound.pcms[k].channel;
		const char *problem = k == 0 ? lock_quiet() : NULL;

		if (problem)
			return problem;
		if (*channel_word(ch, WORD_RSP_PROD) != ch->req_prod)
			return "a ring has no answer";
		ch->rsp_cons = ch->req_prod;
		__atomic_store_n(channel_word(ch, WORD_RSP_EVENT), ch->rsp_cons + 1,
				 __ATOMIC_SEQ_CST);
	}
	return NULL;
}

#define COUNTED (LOCK_BIT(LOCK_CALLS) | LOCK_BIT(LOCK_ALLOCS))

const struct lockstep request_steps[] = {
	{"display-request", "a request of a display", true, false, 100, 1, COUNTED, begin_display,
	 ask_display, end, 5},
	{"sound-request", "a request of a stream", false, false, 100, 1, COUNTED, begin_plain,
	 ask_sound, end, 5},
	{"request-in-32", "a request of a ring that was full", true, false, 50, RING_SLOTS, COUNTED,
	 begin_display, fill_ring_held, end, 5},
	{"request-on-16", "a request, one on each of 16 rings", false, false, 50, RINGS, COUNTED,
	 begin_many, ask_all, end, 5},
	{0},
};
