/* SPDX-License-Identifier: MIT */
/*
 * See xenbus.h.  The frontends' reactions to our states:
 *
 * - 2 (InitWait) makes a frontend publish its rings and show 3; a connected one starts over.  It
 *   is written once: the sound frontend starts over for every write that it sees.
 * - A frontend that closes waits for 5 at shutdown, and for 2 when its module is unloaded.
 * - After 6 or 2 the sound frontend closes its streams over the rings, so the rings are served
 *   until it has done that.  The same goes for one whose module is unloaded.
 * - A display frontend in 7 does not notice our 2, and needs another one when it is back in 1.
 * - A keyboard frontend publishes as soon as it is loaded, in 3, shows 4 when it sees our 2 or 4,
 *   and closes for good when it sees our 6: a driver that is loaded again has to find 2.  A kernel
 *   that is started by kexec waits for 6 all the same, after our 5.
 * - Linux 7.3 may drop a keyboard while its driver publishes it: xenbus reads the 1 just before the
 *   driver writes 3, and takes the old value for a reset by the toolstack.  The grant and the port
 *   are gone, perhaps after we have connected; 3 stays, and nobody hears of our states.  The guest
 *   makes the device anew when it sees the frontend in 1.
 */
#include <config.h>

#include "base/clock.h"
#include "device/xenbus-pace.h"
#include "device/xenbus.h"
#include "xen/store.h"

#define OFFER_SEEN_NS           (100 * NS_PER_MS)
#define CLOSING_WAIT_NS         (300 * NS_PER_MS)
#define CLOSING_AGAIN_NS        (2 * NS_PER_SEC)
#define CLOSING_AGAIN_MAX_SHIFT 4
#define NUDGE_WAIT_NS           (200 * NS_PER_MS)
#define LINGER_IDLE_NS          (1 * NS_PER_SEC)
#define LINGER_MAX_NS           (10 * NS_PER_SEC)
#define QUIT_MAX_NS             (5 * NS_PER_SEC)
/* Linux needs one, and a second one when it publishes anew during the first. */
#define STARTS_PER_OFFER 5
/* A kernel that boots is slow to look for 6, and has no driver before it has seen it. */
#define CLOSED_SEEN_NS (2 * NS_PER_SEC)
/* A keyboard's driver that has not answered our 6 by then is gone. */
#define UNHEARD_NS (500 * NS_PER_MS)
/* The same for our 4; a guest that was paused for as long takes no harm. */
#define UNANSWERED_NS (10 * NS_PER_SEC)
/* The same for rings that came behind our 4: their frontend may have seen that before. */
#define OLD_4_SEEN_NS (2 * NS_PER_SEC)

static void write_state(struct xenbus *xb, struct xenbus_step *step, int state)
{
	step->write = state;
	xb->wrote = state;
}

static void stop_engine(const struct xenbus_facts *f, struct xenbus_step *step)
{
	if (f->engine == ENGINE_STARTING || f->engine == ENGINE_RUNNING)
		step->engine = ENGINE_STOP;
}

static void offer(struct xenbus *xb, const struct xenbus_facts *f, struct xenbus_step *step)
{
	const uint64_t due_ns = xenbus_offer_due(xb, f->now_ns);

	if (due_ns != 0) {
		step->again_ns = due_ns;
		step->backing_off = !xb->told;
		xb->told = true;
		return;
	}
	xenbus_offered(xb, f->now_ns);
	xb->first_offer = f->be == XB_INITIALISING;
	xb->nudge_at_ns = 0;
	xb->was_reconfiguring = false;
	xb->starts = 0;
	write_state(xb, step, XB_INIT_WAIT);
}

/* The toolstack removes the device: it waits for our 6, then removes the directories. */
static void decide_leaving(struct xenbus *xb, const struct xenbus_facts *f,
			   struct xenbus_step *step)
{
	uint64_t elapsed;
	bool fe_done = f->present && f->fe != XB_CONNECTED && f->fe != XB_INITIALISED;

	if (f->present && f->be != XB_CLOSED)
		write_state(xb, step, XB_CLOSED);
	if (f->engine == ENGINE_NONE) {
		/* The directories of a dead domain may stay for ever; the toolstack waits for 6
		 * only. */
		step->forget = !f->present || (!f->domain_alive && f->be == XB_CLOSED);
		return;
	}
	if (xb->leaving_since_ns == 0)
		xb->leaving_since_ns = f->now_ns;
	elapsed = f->now_ns - xb->leaving_since_ns;
	if (!f->domain_alive || fe_done || (!f->requests_due && elapsed >= LINGER_IDLE_NS) ||
	    elapsed >= LINGER_MAX_NS)
		stop_engine(f, step);
	else
		step->again_ns = f->now_ns + LINGER_IDLE_NS / 4;
}

/* An early frontend is in Connected because of our offer, not because we serve it. */
static int published_state(const struct xenbus_facts *f)
{
	return f->early && f->fe == XB_CONNECTED && f->be == XB_INIT_WAIT ? XB_INITIALISED : f->fe;
}

/* The daemon stops: the frontend starts over and waits in 3 for the next daemon; an early one stays
 * connected. */
static void decide_quitting(struct xenbus *xb, const struct xenbus_facts *f,
			    struct xenbus_step *step)
{
	if (f->engine == ENGINE_NONE)
		return;
	if (xb->leaving_since_ns == 0)
		xb->leaving_since_ns = f->now_ns;
	/* Stop also when no state can be written. */
	if (f->early || f->now_ns - xb->leaving_since_ns >= QUIT_MAX_NS)
		stop_engine(f, step);
	else if (f->be == XB_CONNECTED)
		write_state(xb, step, XB_INIT_WAIT);
	else if (f->fe != XB_CONNECTED)
		stop_engine(f, step);
	step->again_ns = f->now_ns + NS_PER_SEC / 4;
}

/* @return whether the frontend is still given time to leave 1 by itself. */
static bool is_awaited(struct xenbus *xb, const struct xenbus_facts *f, struct xenbus_step *step)
{
	if (xb->nudge_at_ns == 0)
		xb->nudge_at_ns = f->now_ns + NUDGE_WAIT_NS;
	if (f->now_ns >= xb->nudge_at_ns)
		return false;
	step->again_ns = xb->nudge_at_ns;
	return true;
}

static void decide_initialising(struct xenbus *xb, const struct xenbus_facts *f,
				struct xenbus_step *step)
{
	/* One that comes from 3 in spite of our 4 has heard a second time of our 2, and publishes
	 * anew: another 2 would make it do that once more. */
	const bool from_3 = f->be == XB_CONNECTED && xb->wrote == XB_CONNECTED && !xb->answered;
	/* An earlier daemon's offer may not have been noticed. */
	const bool unnoticed =
		f->be == XB_INIT_WAIT && (xb->was_reconfiguring || xb->wrote == XB_UNKNOWN);

	if (f->engine != ENGINE_NONE)
		stop_engine(f, step);
	else if (f->be == XB_INIT_WAIT && !unnoticed)
		return;
	else if (!(from_3 || unnoticed) || !is_awaited(xb, f, step))
		offer(xb, f, step);
}

/* A keyboard's driver answers our 6 by its own, and our 4. */
static bool is_unheard(const struct xenbus *xb, const struct xenbus_facts *f)
{
	return f->early && (xb->lost || (f->be == XB_CLOSED && xb->closed_ns != 0 &&
					 f->now_ns - xb->closed_ns >= UNHEARD_NS));
}

static void await_answer(struct xenbus *xb, const struct xenbus_facts *f, struct xenbus_step *step)
{
	if (xb->unanswered_ns == 0)
		xb->unanswered_ns = f->now_ns;
	step->again_ns = xb->unanswered_ns + (f->early ? UNANSWERED_NS : OLD_4_SEEN_NS);
	if (f->now_ns < step->again_ns)
		return;
	step->again_ns = 0;
	xb->lost = true;
	stop_engine(f, step);
}

/* A frontend whose rings were refused is about to publish others, or it is broken. */
static void start_engine(struct xenbus *xb, const struct xenbus_facts *f, struct xenbus_step *step)
{
	if (f->now_ns < f->start_ns) {
		step->again_ns = f->start_ns;
		return;
	}
	xb->starts++;
	xb->behind_4 = f->be == XB_CONNECTED;
	step->engine = ENGINE_START;
}

/* Are there rings to be served behind a 4 that stays?  The frontend may have replaced those that we
 * had connected just before it saw our 4: it is served without being told, like an early one. */
static bool may_start_in_4(const struct xenbus *xb, const struct xenbus_facts *f)
{
	return f->be == XB_CONNECTED && f->has_config && xb->starts < STARTS_PER_OFFER &&
	       (f->early ? f->fe == XB_CONNECTED : f->replaced);
}

/* A sound frontend goes to 1 when it sees our 6; if it found 2 instead, it would hear twice of
 * that. A display frontend that has got no further than 3 stays there. */
static bool is_closed_unseen(const struct xenbus *xb, const struct xenbus_facts *f)
{
	return f->be == XB_CLOSED && !f->early && f->now_ns < xb->closed_ns + NUDGE_WAIT_NS;
}

static void decide_initialised(struct xenbus *xb, const struct xenbus_facts *f,
			       struct xenbus_step *step)
{
	xb->was_reconfiguring = false;
	if (f->be != XB_INIT_WAIT) {
		if (f->engine == ENGINE_NONE && may_start_in_4(xb, f))
			start_engine(xb, f, step);
		else if (f->engine == ENGINE_NONE && is_closed_unseen(xb, f))
			step->again_ns = xb->closed_ns + NUDGE_WAIT_NS;
		else if (f->engine == ENGINE_NONE)
			offer(xb, f, step);
		else if (f->engine == ENGINE_RUNNING && (f->early ? !xb->renewed : xb->behind_4))
			await_answer(xb, f, step);
		step->renew = step->write && is_unheard(xb, f);
		xb->renewed |= step->renew;
	} else if (f->engine == ENGINE_NONE && xb->starts >= STARTS_PER_OFFER) {
		/* The frontend comes and goes while we connect: the next offer has to wait like any
		 * other. */
		write_state(xb, step, XB_CLOSED);
	} else if (f->engine == ENGINE_NONE) {
		start_engine(xb, f, step);
	} else if (f->engine == ENGINE_RUNNING && xb->outlived) {
		stop_engine(f, step); /* the rings it serves are gone */
	} else if (f->engine == ENGINE_RUNNING) {
		/* libxl waits for 2 when it has made the device, and has to see it before it
		 * becomes 4; nothing tells that it has.  Nobody waits for later offers. */
		uint64_t seen_ns = xb->last_offer_ns + OFFER_SEEN_NS;

		if (xb->first_offer && f->now_ns < seen_ns)
			step->again_ns = seen_ns;
		else
			write_state(xb, step, XB_CONNECTED);
	}
}

static void decide_connected(struct xenbus *xb, const struct xenbus_facts *f,
			     struct xenbus_step *step)
{
	/* A frontend that we left or gave up starts over by itself when it sees 2 or 6. */
	if (f->engine != ENGINE_NONE || f->be == XB_INIT_WAIT)
		return;
	/* One that the journal knows goes on without being told. */
	if (f->resumable && f->be == XB_CONNECTED) {
		step->engine = ENGINE_RESUME;
		return;
	}
	/* An early one is served again without being told: an earlier daemon has ended, or the
	 * guest was resumed.  What it has published is read again after an offer. */
	if (may_start_in_4(xb, f)) {
		start_engine(xb, f, step);
		return;
	}
	if (f->be == XB_CLOSED && xb->wrote == XB_CLOSED)
		return;
	offer(xb, f, step);
}

/*
 * A driver that is unbound from a device in use goes on until it sees our 2, and waits for answers.
 * The sound frontend then closes its streams over the rings; a guest may crash when a CLOSE is not
 * answered.
 */
static bool served_while_closing(const struct xenbus *xb, const struct xenbus_facts *f)
{
	return f->engine == ENGINE_RUNNING && f->engine_open &&
	       (xb->closing_since_ns == 0 || f->now_ns - xb->closing_since_ns < LINGER_MAX_NS);
}

static void decide_closing(struct xenbus *xb, const struct xenbus_facts *f,
			   struct xenbus_step *step)
{
	uint64_t elapsed_ns = f->now_ns - xb->closing_since_ns;
	uint64_t again_ns = xb->last_offer_ns + (CLOSING_AGAIN_NS << xb->closing_again);

	if (served_while_closing(xb, f)) {
		xb->outlived = true;
		again_ns = f->now_ns + LINGER_IDLE_NS / 4; /* no further try */
	} else if (f->engine != ENGINE_NONE) {
		stop_engine(f, step);
		return;
	}
	/* A frontend that fails as it tries again may be in 5 each time we look: have it try once
	 * more, but less and less often. */
	if (xb->closing_since_ns == 0 || (f->be != XB_CLOSING && f->now_ns >= again_ns)) {
		if (xb->closing_since_ns != 0 && xb->closing_again < CLOSING_AGAIN_MAX_SHIFT)
			xb->closing_again++;
		xb->closing_since_ns = f->now_ns;
		if (f->be != XB_CLOSING)
			write_state(xb, step, XB_CLOSING);
		step->again_ns = f->now_ns + CLOSING_WAIT_NS;
	} else if (f->be == XB_CLOSING) {
		/* Its module is being unloaded and waits for 2. */
		if (elapsed_ns >= CLOSING_WAIT_NS)
			offer(xb, f, step);
		else
			step->again_ns = xb->closing_since_ns + CLOSING_WAIT_NS;
	} else {
		step->again_ns = again_ns;
	}
}

static void decide_closed_early(struct xenbus *xb, const struct xenbus_facts *f,
				struct xenbus_step *step)
{
	if (f->be == XB_CLOSING) {
		xb->reopen_at_ns = f->now_ns + CLOSED_SEEN_NS;
		write_state(xb, step, XB_CLOSED);
	} else if (f->be == XB_CLOSED && f->now_ns < xb->reopen_at_ns) {
		step->again_ns = xb->reopen_at_ns;
	} else if (f->be != XB_INIT_WAIT) {
		offer(xb, f, step);
	}
}

static void decide_closed(struct xenbus *xb, const struct xenbus_facts *f, struct xenbus_step *step)
{
	if (f->fe == XB_CLOSED)
		xenbus_excuse(xb);
	if (f->engine != ENGINE_NONE)
		stop_engine(f, step);
	else if (f->early)
		decide_closed_early(xb, f, step);
	else if (f->be != XB_CLOSED)
		write_state(xb, step, XB_CLOSED);
}

static void decide_online(struct xenbus *xb, const struct xenbus_facts *f, struct xenbus_step *step)
{
	switch (published_state(f)) {
	case XB_INITIALISING:
		decide_initialising(xb, f, step);
		break;
	case XB_INITIALISED:
		decide_initialised(xb, f, step);
		break;
	case XB_CONNECTED:
		decide_connected(xb, f, step);
		break;
	case XB_CLOSING:
		decide_closing(xb, f, step);
		break;
	case XB_UNKNOWN:
	case XB_CLOSED:
		decide_closed(xb, f, step);
		break;
	case XB_RECONFIGURING:
		xb->was_reconfiguring = true;
		stop_engine(f, step);
		break;
	default: /* a state without meaning here */
		break;
	}
}

/* The reaction to the frontend's state; a write that has to wait is decided anew when it is due. */
static struct xenbus_step decide_limited(struct xenbus *xb, const struct xenbus_facts *f)
{
	const struct xenbus before = *xb;
	struct xenbus_step step = {0};
	uint64_t again_ns;

	if (!f->failed)
		decide_online(xb, f, &step);
	else if (f->engine != ENGINE_NONE)
		stop_engine(f, &step);
	else
		write_state(xb, &step, XB_CLOSED);
	if (!step.write || xenbus_may_write(xb, f->now_ns, &again_ns)) {
		if (step.write == XB_CLOSED)
			xb->closed_ns = f->now_ns;
		return step;
	}
	*xb = before;
	step.write = XB_UNKNOWN;
	step.renew = false;
	step.again_ns = again_ns;
	step.backing_off = !xb->held_up;
	xb->held_up = true;
	return step;
}

struct xenbus_step xenbus_decide(struct xenbus *xb, const struct xenbus_facts *f)
{
	struct xenbus_step step = {0};
	bool removed = f->be == XB_CLOSING && xb->wrote != XB_CLOSING;

	/* The toolstack has made the device anew: we never write 1. */
	if (f->present && f->be == XB_INITIALISING && xb->wrote != XB_UNKNOWN)
		*xb = (struct xenbus){0};
	if (f->fe != XB_CLOSING) {
		xb->closing_since_ns = 0;
		xb->closing_again = 0;
	}
	if (f->engine == ENGINE_NONE)
		xb->outlived = false;
	if (f->fe != XB_INITIALISING)
		xb->nudge_at_ns = 0;
	xb->answered = f->be == XB_CONNECTED && (xb->answered || f->fe == XB_CONNECTED);
	if (f->fe != XB_INITIALISED)
		xb->renewed = false;
	if (f->fe != XB_INITIALISED || f->be != XB_CONNECTED) {
		xb->unanswered_ns = 0;
		xb->lost = false;
	}
	if (!f->present || !f->domain_alive || !f->online || removed) {
		decide_leaving(xb, f, &step);
		return step;
	}
	if (f->quitting) {
		decide_quitting(xb, f, &step);
		return step;
	}
	xb->leaving_since_ns = 0;
	return decide_limited(xb, f);
}
