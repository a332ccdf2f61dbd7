/* SPDX-License-Identifier: MIT */
/*
 * The page flips of one connector, from the request to the event that completes it.  There is no
 * vblank in the protocol: the event paces the guest, and lets it draw into the framebuffer shown
 * before.  Every accepted flip gets exactly one event.
 *
 * At most one flip is pending, waiting to be shown.  The event of a complete flip is owed: events
 * go out in order, as soon as nothing of the connector is being copied and the event page has room;
 * but one in each refresh period at most, however fast the consumer is, because a guest renders a
 * frame for every event.
 */
#ifndef XENAVD_FLIPS_H
#define XENAVD_FLIPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "xen/channel.h"

/* Flips that a frontend may have under way; Linux has one. */
#define FLIPS_MAX_OWED 16

/* How long a consumer may keep the guest from drawing on. */
#define FLIPS_HOLD_MS 40

/* The refresh rate of a guest's screens unless a consumer sets one. */
#define FLIPS_REFRESH_HZ 60

struct flips {
	struct channel *ch;
	struct deadline timer;
	bool pending;
	uint64_t pending_cookie;
	uint64_t pending_version; /* of the picture that this flip made */
	uint64_t due_ns;          /* when it is complete without having been shown */
	uint64_t period_ns;       /* of the refresh */
	uint64_t free_ns;         /* no event before: this period has had one */
	uint64_t owed[FLIPS_MAX_OWED];
	unsigned first_owed;
	unsigned n_owed;
	bool held;         /* no events: a framebuffer is being copied */
	bool ended;        /* no flips and no events any more */
	bool page_full;    /* the guest does not read its events */
	uint64_t retry_ns; /* when to try the event page again */
	uint64_t n_flips;  /* for statistics */
	uint64_t n_events;
};

void flips_init(struct flips *flips, struct deadlines *deadlines, struct channel *ch);

/* Forget everything, send nothing any more; idempotent. */
void flips_finish(struct flips *flips);

/* Is there room for one more flip?  Else the guest has to read its events first. */
bool flips_have_room(const struct flips *flips);

/*
 * Add a flip, after flips_have_room(), and complete the one before.  claimed: a consumer will say
 * when it is shown, else it is complete at the next refresh.
 */
void flips_add(struct flips *flips, uint64_t fb_cookie, uint64_t version, bool claimed);

/* The picture of that version has been shown. */
void flips_shown(struct flips *flips, uint64_t version);

/* The pending flip will not be shown any more: complete it now. */
void flips_complete(struct flips *flips);

/* No consumer will show the pending flip: it is complete at the next refresh. */
void flips_unclaimed(struct flips *flips);

/* Set the refresh period; 0: the default. */
void flips_refresh(struct flips *flips, uint64_t period_ns);

/* Start or end holding events back. */
void flips_hold(struct flips *flips, bool held);

/* Complete all flips at once, held back or not, and take no more; idempotent. */
void flips_end(struct flips *flips);

/* The framebuffers of all flips whose events were not sent, in their order. @return their number.
 */
unsigned flips_list(const struct flips *flips, uint64_t fb_cookies[FLIPS_MAX_OWED]);

/* Owe the events of n flips, at most FLIPS_MAX_OWED, of before a restart; flips_room() sends them.
 */
void flips_recall(struct flips *flips, const uint64_t *fb_cookies, unsigned n);

/* The guest has read events. */
void flips_room(struct flips *flips);

#endif
