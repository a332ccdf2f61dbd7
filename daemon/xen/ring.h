/* SPDX-License-Identifier: MIT */
/*
 * The two shared pages of sndif and displif: the request ring (32 slots of 64 bytes) and the
 * event page (63 slots of 64 bytes).  Both are hostile memory: every word is read once, only our
 * own counters are trusted, and every response or event is written as a whole 64-byte image.
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
	uint32_t rsp_told; /* the responses of which the frontend knows, or wants to know later */
};

/* Begin with a page that the frontend has just shared. */
void ring_init(struct ring *ring, void *page);

/*
 * Go on with a page that an earlier process has served: it has answered all requests before
 * rsp_prod, and last is its last answer, which it may not have published any more.
 *
 * @return 0, or -EPROTO when the page says otherwise.
 */
int ring_attach(struct ring *ring, void *page, uint32_t rsp_prod,
		const uint8_t last[RING_SLOT_BYTES]);

/*
 * Take the next request.
 *
 * @return 1 with a copy in req; 0 when there is none, and the frontend will signal the next;
 * -EPROTO when the frontend's counter is invalid: do not touch the ring any more.
 */
int ring_take(struct ring *ring, uint8_t req[RING_SLOT_BYTES]);

/* Does another request wait?  Then the frontend need not signal it. */
bool ring_has_more(const struct ring *ring);

/* Publish a response to a request. */
void ring_put(struct ring *ring, const uint8_t rsp[RING_SLOT_BYTES]);

/* @return whether the frontend wants to be notified of the responses since the last call. */
bool ring_notifies(struct ring *ring);

struct event_page {
	void *page;
	uint32_t prod;
	uint32_t base;  /* the first event since the last skip */
	uint32_t floor; /* a lower bound of the frontend's counter, from the last skip */
};

/* Begin with a page that the frontend has just shared. */
void event_page_init(struct event_page *ep, void *page);

/*
 * Go on with a page that an earlier process has served, which had these counters; publishes.
 *
 * @return 0, or -EPROTO when the frontend's counter does not fit.
 */
int event_page_attach(struct event_page *ep, void *page, const struct event_page *kept);

/* Show the frontend what was placed or left out; each is to be published before the next. */
void event_page_publish(struct event_page *ep);

/*
 * Place an event with its id in the first 16 bits: the low bits of the counter, as frontends count.
 *
 * @return 0, -EAGAIN when the page is full, -EPROTO when the frontend's counter is invalid.
 */
int event_page_put(struct event_page *ep, uint8_t event[RING_SLOT_BYTES]);

/*
 * Continue at the next multiple of 65536, where an event has the id 0.  Frontends of sndif need
 * this wherever they may count anew; they pass over the slots left out, or never see them.
 */
void event_page_skip(struct event_page *ep);

/* Give all events in the page an unknown type: the frontend ignores those it has not read yet. */
void event_page_void(struct event_page *ep);

#endif
