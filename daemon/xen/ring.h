/* SPDX-License-Identifier: MIT */
/*
 * The two shared pages of sndif and displif: the request ring (32 slots of 64 bytes) and the
 * event page (63 slots of 64 bytes).  Both are hostile memory: every word is read once, our own
 * counters are the only truth, and what we publish are whole 64-byte images.
 */
#ifndef XENAVD_RING_H
#define XENAVD_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_SLOT_BYTES  64
#define RING_SLOTS       32
#define EVENT_PAGE_SLOTS 63

struct ring {
	void *page;
	uint32_t req_cons;
	uint32_t rsp_prod;
};

/* A ring on a page fresh from the frontend. */
void ring_init(struct ring *ring, void *page);

/*
 * Take the next request out.
 *
 * @return 1 with a copy in req, 0 when there is none (and the frontend will signal the next),
 * -EPROTO when the frontend's counter makes no sense: do not touch the ring any more.
 */
int ring_take(struct ring *ring, uint8_t req[RING_SLOT_BYTES]);

/*
 * Publish a response to a request taken.
 *
 * @return whether the frontend wants to be notified.
 */
bool ring_put(struct ring *ring, const uint8_t rsp[RING_SLOT_BYTES]);

struct event_page {
	void *page;
	uint32_t prod;
	uint32_t base;  /* the first event since the last skip */
	uint32_t floor; /* the frontend's counter was not below this at the last skip */
};

/* An event page fresh from the frontend. */
void event_page_init(struct event_page *ep, void *page);

/*
 * Place an event; its id (the first 16 bits) is filled in here, as the frontends count them.
 *
 * @return 0, -EAGAIN when the page is full, -EPROTO when the frontend's counter makes no sense.
 */
int event_page_put(struct event_page *ep, uint8_t event[RING_SLOT_BYTES]);

/*
 * Go on at the next multiple of 65536, where an event has the id 0.  The frontends of sndif need
 * that wherever they may begin to count anew; they count over what is left out, or never see it.
 */
void event_page_skip(struct event_page *ep);

/* Make the frontend pass over what it has not read yet: no event in the page has a known type. */
void event_page_void(struct event_page *ep);

#endif
