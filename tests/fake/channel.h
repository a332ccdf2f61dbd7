/* SPDX-License-Identifier: MIT */
/*
 * The frontend's end of a request ring and an event page, as both Linux frontends have them: one
 * request at a time, answers that do not fit it are ignored, events out of step are ignored for
 * ever.  The raw parts are there for guests that mean harm.
 */
#ifndef XENAVD_FRONT_CHANNEL_H
#define XENAVD_FRONT_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define SLOT_BYTES  64u
#define RING_SLOTS  32u
#define EVENT_SLOTS 63u

struct channel {
	struct guest *guest;
	struct guest_pages ring;
	struct guest_pages events;
	uint32_t ring_port;
	uint32_t event_port;
	uint32_t req_prod;
	uint32_t rsp_cons;
	uint16_t next_id;
	/* The request that waits */
	bool waiting;
	bool answered;
	uint16_t id;
	uint8_t op;
	uint8_t answer[SLOT_BYTES];
	/* events */
	uint16_t event_id;
	bool deaf; /* the stream is closed: events stay where they are */
	void (*on_event)(struct channel *ch, const uint8_t event[SLOT_BYTES]);
	void *data;
	uint64_t n_events;
	uint64_t n_dropped; /* events out of step */
};

int channel_create(struct channel *ch, struct guest *guest);

/* @return pages that the backend still had mapped. */
unsigned channel_destroy(struct channel *ch);

/* The four nodes; prefix is "req-" for displif and "" for sndif. */
int channel_publish(struct channel *ch, struct front *front, uint32_t tx, const char *dir,
		    const char *prefix);

/*
 * Send a request and wait for its answer; the id is filled in.  The slot is written as it is in
 * req, whatever was there.
 *
 * @return the status, or -ETIMEDOUT.
 */
int channel_request(struct channel *ch, uint8_t req[SLOT_BYTES]);

/*
 * Ask without waiting: throw away what was answered, then put copies of that request into every
 * slot that is free.  @return how many were answered since the last call.
 */
unsigned channel_flood(struct channel *ch, const uint8_t req[SLOT_BYTES]);

/* Count requests anew, and events too: what is there is taken for read. */
void channel_clear(struct channel *ch, bool events);

/* Take answers and events; called by whoever lets the guest run. */
void channel_run(struct channel *ch);

/* Old bytes of the slot that the next request goes to: Linux does not clear it. */
void channel_peek_slot(const struct channel *ch, uint8_t slot[SLOT_BYTES]);

/* The shared words. */
uint32_t *channel_word(const struct channel *ch, unsigned index); /* req_prod, req_event, .. */
uint32_t *channel_event_word(const struct channel *ch, unsigned index); /* in_cons, in_prod */
uint8_t *channel_slot(const struct channel *ch, uint32_t index);
void channel_kick(struct channel *ch);

enum { WORD_REQ_PROD, WORD_REQ_EVENT, WORD_RSP_PROD, WORD_RSP_EVENT };
enum { WORD_IN_CONS, WORD_IN_PROD };

#endif
