/* SPDX-License-Identifier: MIT */
/* See flips.h.  One timer, armed only while a flip is pending, an event is early or the event page
 * is full. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "display/flips.h"
#include "xen/displif.h"

#define REFRESH_NS (NS_PER_SEC / FLIPS_REFRESH_HZ)
#define HOLD_NS    (FLIPS_HOLD_MS * NS_PER_MS)

/* A guest that reads its events says so; this is for one that does not. */
#define RETRY_NS (100 * NS_PER_MS)

_Static_assert(sizeof(struct xendispl_evt) == RING_SLOT_BYTES, "an event fills a slot");

static uint64_t next_refresh(const struct flips *flips, uint64_t now)
{
	return (now / flips->period_ns + 1) * flips->period_ns;
}

static bool is_due(uint64_t at)
{
	return now_ns() >= at;
}

static void arm(struct flips *flips)
{
	uint64_t at = UINT64_MAX;

	if (flips->pending)
		at = flips->due_ns;
	if (flips->page_full && flips->retry_ns < at)
		at = flips->retry_ns;
	if (flips->n_owed > 0 && !flips->held && !flips->page_full && flips->free_ns < at)
		at = flips->free_ns;
	if (at == UINT64_MAX)
		deadline_clear(&flips->timer);
	else
		deadline_set(&flips->timer, at);
}

static int send_event(struct flips *flips, uint64_t fb_cookie)
{
	uint8_t image[RING_SLOT_BYTES];
	struct xendispl_evt event;

	memset(&event, 0, sizeof event);
	event.type = XENDISPL_EVT_PG_FLIP;
	event.op.pg_flip.fb_cookie = fb_cookie;
	memcpy(image, &event, sizeof image);
	return channel_event(flips->ch, image);
}

/* Send the events that are due, and arm the timer. */
static void pump(struct flips *flips)
{
	flips->page_full = false;
	while (flips->n_owed > 0 && !flips->held && (flips->ended || is_due(flips->free_ns))) {
		int rc = send_event(flips, flips->owed[flips->first_owed]);

		if (rc == -EAGAIN) {
			flips->page_full = true;
			flips->retry_ns = now_ns() + RETRY_NS;
			break;
		}
		/* A frontend that broke its page has no use for events, and may have ended us. */
		if (rc < 0) {
			flips->n_owed = 0;
			break;
		}
		flips->first_owed = (flips->first_owed + 1) % FLIPS_MAX_OWED;
		flips->n_owed--;
		flips->n_events++;
		flips->free_ns = next_refresh(flips, now_ns());
	}
	arm(flips);
}

/* Complete the pending flip; flips_have_room() has reserved its place. */
static void owe(struct flips *flips)
{
	unsigned at = (flips->first_owed + flips->n_owed) % FLIPS_MAX_OWED;

	if (!flips->pending)
		return;
	flips->owed[at] = flips->pending_cookie;
	flips->n_owed++;
	flips->pending = false;
}

static void on_timer(void *arg)
{
	struct flips *flips = arg;

	if (flips->pending && is_due(flips->due_ns))
		owe(flips);
	pump(flips);
}

void flips_init(struct flips *flips, struct deadlines *deadlines, struct channel *ch)
{
	memset(flips, 0, sizeof *flips);
	flips->ch = ch;
	flips->period_ns = REFRESH_NS;
	deadline_init(&flips->timer, deadlines, on_timer, flips);
}

void flips_finish(struct flips *flips)
{
	deadline_clear(&flips->timer);
	flips->pending = false;
	flips->page_full = false;
	flips->n_owed = 0;
}

bool flips_have_room(const struct flips *flips)
{
	return flips->n_owed + (flips->pending ? 1 : 0) < FLIPS_MAX_OWED;
}

/* When a flip that no consumer shows is complete. */
static uint64_t unseen_ns(const struct flips *flips, uint64_t now)
{
	uint64_t refresh = next_refresh(flips, now);

	return flips->free_ns > refresh ? flips->free_ns : refresh;
}

void flips_add(struct flips *flips, uint64_t fb_cookie, uint64_t version, bool claimed)
{
	uint64_t now = now_ns();

	owe(flips);
	flips->pending = true;
	flips->pending_cookie = fb_cookie;
	flips->pending_version = version;
	flips->due_ns = claimed ? now + HOLD_NS : unseen_ns(flips, now);
	flips->n_flips++;
	pump(flips);
}

void flips_shown(struct flips *flips, uint64_t version)
{
	if (!flips->pending || flips->pending_version > version)
		return;
	owe(flips);
	pump(flips);
}

void flips_complete(struct flips *flips)
{
	owe(flips);
	pump(flips);
}

void flips_unclaimed(struct flips *flips)
{
	uint64_t at = unseen_ns(flips, now_ns());

	if (flips->pending && flips->due_ns > at) {
		flips->due_ns = at;
		arm(flips);
	}
}

void flips_refresh(struct flips *flips, uint64_t period_ns)
{
	uint64_t at;

	flips->period_ns = period_ns ? period_ns : REFRESH_NS;
	at = next_refresh(flips, now_ns());
	if (flips->free_ns > at)
		flips->free_ns = at;
	arm(flips);
}

void flips_hold(struct flips *flips, bool held)
{
	flips->held = held && !flips->ended;
	if (!held)
		pump(flips);
}

void flips_end(struct flips *flips)
{
	if (flips->ended)
		return;
	flips->ended = true;
	flips->held = false;
	owe(flips);
	pump(flips);
	flips->n_owed = 0;
	flips->page_full = false;
	arm(flips);
}

unsigned flips_list(const struct flips *flips, uint64_t fb_cookies[FLIPS_MAX_OWED])
{
	unsigned n = 0;

	while (n < flips->n_owed) {
		fb_cookies[n] = flips->owed[(flips->first_owed + n) % FLIPS_MAX_OWED];
		n++;
	}
	if (flips->pending)
		fb_cookies[n++] = flips->pending_cookie;
	return n;
}

void flips_recall(struct flips *flips, const uint64_t *fb_cookies, unsigned n)
{
	memcpy(flips->owed, fb_cookies, n * sizeof *fb_cookies);
	flips->first_owed = 0;
	flips->n_owed = n;
	flips->free_ns = next_refresh(flips, now_ns());
}

void flips_room(struct flips *flips)
{
	pump(flips);
}
