/* SPDX-License-Identifier: MIT */
/* Page flips, with a consumer that has copies, one that has the guest's memory, and none; and the
 * display buffers themselves.  See lockstep.h. */
#include <config.h>

#include <string.h>

#include "calls.h"
#include "lockstep.h"
#include "xen/displif.h"
#include "xenav-proto.h"
#include "xenav.h"

#define DOMID     70
#define WIDTH_PX  640u
#define HEIGHT_PX 480u
#define FB        50u

static struct rig_guest rg;
static struct dbuf dbufs[2];
static struct xenav *x;
static unsigned n_frames;
static bool claimed;
static uint32_t wanted_ways;
static uint32_t way;

/* -------- the consumer -------- */

static void on_added(void *, struct xenav_connector *con)
{
	if (xenav_connector_get_info(con)->connector != 0)
		return;
	xenav_connector_set_ways(con, wanted_ways);
	xenav_connector_claim(con);
}

static void on_claimed(void *, struct xenav_connector *con)
{
	claimed = true;
	/* No event waits for its refresh. */
	xenav_connector_set_refresh(con, XENAV_REFRESH_MIN_NS);
}

static void on_frame(void *, struct xenav_connector *con, const struct xenav_frame *frame)
{
	n_frames++;
	way = frame->way;
	xenav_frame_done(con);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connector_added = on_added,
	.connector_claimed = on_claimed,
	.frame = on_frame,
};

static bool has_frame(void *)
{
	return xenav_dispatch(x) < 0 || (claimed && n_frames > 0);
}

static const char *begin_consumer(uint32_t ways)
{
	wanted_ways = ways;
	claimed = false;
	n_frames = 0;
	if (xenav_open(&x, lab.socket, "bench", &listener, NULL) < 0)
		return "no consumer can connect";
	guest_run_until(&rg.guest, has_frame, NULL, WAIT_MS);
	return n_frames > 0 ? NULL : "the consumer sees no frame";
}

/* -------- the guest -------- */

static const char *begin_guest(void)
{
	memset(dbufs, 0, sizeof dbufs);
	return lock_begin_display(&rg, DOMID);
}

static const char *begin_alone(void)
{
	const char *problem = begin_guest();

	for (unsigned i = 0; i < 2 && !problem; i++)
		if (dbuf_create(&rg.display, &dbufs[i], 900 + i, WIDTH_PX, HEIGHT_PX, 32) < 0 ||
		    fb_attach(&rg.display, &dbufs[i], FB + i, RIG_XR24) < 0)
			problem = "a guest has no framebuffer";
	if (!problem && crtc_config(CRTC(&rg, 0), FB, &dbufs[0]) < 0)
		problem = "SET_CONFIG fails";
	return problem;
}

static const char *begin_copy(void)
{
	const char *problem = begin_alone();

	return problem ? problem : begin_consumer(XENAV_WAY_COPY);
}

static const char *begin_direct(void)
{
	const char *problem = begin_alone();

	return problem ? problem : begin_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
}

static const char *end(void)
{
	if (x)
		xenav_close(x);
	x = NULL;
	return rig_destroy(&rg);
}

static const char *begin_flip(unsigned i)
{
	struct crtc *crtc = CRTC(&rg, 0);
	struct xendispl_req req;
	uint8_t image[SLOT_BYTES];

	memset(&req, 0, sizeof req);
	req.operation = XENDISPL_OP_PG_FLIP;
	req.op.pg_flip.fb_cookie = FB + (i + 1) % 2;
	memcpy(image, &req, sizeof image);
	crtc->flipping = true;
	return channel_request(&crtc->channel, image) == 0 ? NULL : "PG_FLIP fails";
}

/* The daemon has the flip shown, the consumer says that it is done, the guest hears of it. */
static const char *flip_shown(unsigned i, uint32_t by)
{
	const unsigned before = n_frames;
	const char *problem = begin_flip(i);

	if (!problem)
		problem = lock_quiet();
	/* The daemon sees all at once that the consumer says. */
	calls_hold(true);
	if (!problem && xenav_dispatch(x) < 0)
		problem = "the consumer is disconnected";
	calls_hold(false);
	if (!problem)
		problem = lock_quiet();
	guest_run(&rg.guest, 0);
	if (!problem && (n_frames != before + 1 || CRTC(&rg, 0)->flipping))
		problem = "a flip is not shown";
	return problem || way == by ? problem : "a flip is shown in another way";
}

static const char *flip_copied(unsigned i)
{
	return flip_shown(i, XENAV_WAY_COPY);
}

static const char *flip_direct(unsigned i)
{
	return flip_shown(i, XENAV_WAY_DIRECT);
}

static bool is_flipped(void *)
{
	return !CRTC(&rg, 0)->flipping;
}

static const char *flip_alone(unsigned i)
{
	const char *problem = begin_flip(i);

	if (!problem && !guest_run_until(&rg.guest, is_flipped, NULL, WAIT_MS))
		problem = "a flip has no event";
	return problem;
}

/* 2025 pages; the machine's own work for them is done before and afterwards. */
static const char *create_buffer(unsigned)
{
	struct dbuf dbuf;

	if (dbuf_create(&rg.display, &dbuf, 999, 1920, 1080, 32) < 0)
		return "DBUF_CREATE fails";
	return dbuf_destroy(&rg.display, &dbuf) == 0 ? NULL : "DBUF_DESTROY fails";
}

#define COUNTED (LOCK_BIT(LOCK_CALLS) | LOCK_BIT(LOCK_ALLOCS))

const struct lockstep flip_steps[] = {
	{"flip", "a page flip that nobody watches", true, false, 30, 1, COUNTED, begin_alone,
	 flip_alone, end, 5},
	{"flip-copied", "a page flip by copy, 640x480", false, false, 50, 1,
	 COUNTED | LOCK_BIT(LOCK_COPIED), begin_copy, flip_copied, end, 5},
	{"flip-direct", "a page flip shown directly", false, true, 50, 1,
	 COUNTED | LOCK_BIT(LOCK_COPIED), begin_direct, flip_direct, end, 5},
	{"buffer", "DBUF_CREATE and DBUF_DESTROY of 2025 pages", true, false, 10, 1,
	 LOCK_BIT(LOCK_ALLOCS) | LOCK_BIT(LOCK_HYPERCALLS), begin_guest, create_buffer, end, 5},
	{0},
};
