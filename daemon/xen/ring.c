/* SPDX-License-Identifier: MIT */
/* See ring.h.  Both protocols have 64-byte slots, so one ring type serves both. */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "xen/barrier.h"
#include "xen/ring.h"

struct slot {
	uint64_t words[RING_SLOT_BYTES / 8];
};

DEFINE_RING_TYPES(slot, struct slot, struct slot);

_Static_assert(__CONST_RING_SIZE(slot, 4096) == RING_SLOTS, "32 slots fit a page");
_Static_assert(sizeof(union slot_sring_entry) == RING_SLOT_BYTES, "slots are 64 bytes");

/* The header is the same for sndif and displif. */
struct event_header {
	uint32_t in_cons;
	uint32_t in_prod;
	uint8_t reserved[56];
};

_Static_assert(sizeof(struct event_header) == RING_SLOT_BYTES, "events start at 64");

static struct slot_sring *shared(const struct ring *ring)
{
	return ring->page;
}

static struct event_header *header(const struct event_page *ep)
{
	return ep->page;
}

static uint32_t read_once(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void copy_in(void *dst, const struct slot *slot)
{
	const volatile uint64_t *words = slot->words;
	uint64_t copy[RING_SLOT_BYTES / 8];

	/* Volatile: the compiler may not fetch a word twice. */
	for (unsigned i = 0; i < RING_SLOT_BYTES / 8; i++)
		copy[i] = words[i];
	memcpy(dst, copy, sizeof copy);
}

void ring_init(struct ring *ring, void *page)
{
	ring->page = page;
	ring->req_cons = 0;
	ring->rsp_prod = 0;
	ring->rsp_told = 0;
}

int ring_attach(struct ring *ring, void *page, uint32_t rsp_prod,
		const uint8_t last[RING_SLOT_BYTES])
{
	uint32_t shown;

	ring->page = page;
	ring->req_cons = rsp_prod;
	ring->rsp_prod = rsp_prod;
	ring->rsp_told = rsp_prod;
	shown = read_once(&shared(ring)->rsp_prod);
	if (shown == rsp_prod)
		return 0;
	if (shown + 1 != rsp_prod)
		return -EPROTO;
	memcpy(&shared(ring)->ring[shown % RING_SLOTS].rsp, last, RING_SLOT_BYTES);
	__atomic_store_n(&shared(ring)->rsp_prod, rsp_prod, __ATOMIC_RELEASE);
	return 0;
}

/* @return the number of waiting requests, or -EPROTO. */
static int waiting(const struct ring *ring)
{
	uint32_t prod = read_once(&shared(ring)->req_prod);

	if (prod - ring->rsp_prod > RING_SLOTS || prod - ring->req_cons > RING_SLOTS)
		return -EPROTO;
	return (int)(prod - ring->req_cons);
}

int ring_take(struct ring *ring, uint8_t req[RING_SLOT_BYTES])
{
	int n = waiting(ring);

	if (n == 0) {
		/* Ask for a signal, then look again: a request may have come in between. */
		__atomic_store_n(&shared(ring)->req_event, ring->req_cons + 1, __ATOMIC_RELAXED);
		xen_mb();
		n = waiting(ring);
	}
	if (n <= 0)
		return n;
	copy_in(req, &shared(ring)->ring[ring->req_cons % RING_SLOTS].req);
	ring->req_cons++;
	return 1;
}

bool ring_has_more(const struct ring *ring)
{
	return waiting(ring) > 0;
}

void ring_put(struct ring *ring, const uint8_t rsp[RING_SLOT_BYTES])
{
	memcpy(&shared(ring)->ring[ring->rsp_prod % RING_SLOTS].rsp, rsp, RING_SLOT_BYTES);
	ring->rsp_prod++;
	__atomic_store_n(&shared(ring)->rsp_prod, ring->rsp_prod, __ATOMIC_RELEASE);
}

bool ring_notifies(struct ring *ring)
{
	const uint32_t told = ring->rsp_told;
	uint32_t event;

	ring->rsp_told = ring->rsp_prod;
	if (told == ring->rsp_prod)
		return false;
	xen_mb();
	event = read_once(&shared(ring)->rsp_event);
	return ring->rsp_prod - event < ring->rsp_prod - told;
}

void event_page_publish(struct event_page *ep)
{
	__atomic_store_n(&header(ep)->in_prod, ep->prod, __ATOMIC_RELEASE);
}

void event_page_init(struct event_page *ep, void *page)
{
	ep->page = page;
	ep->prod = read_once(&header(ep)->in_cons);
	ep->base = ep->prod;
	ep->floor = ep->prod;
	event_page_publish(ep);
}

static uint8_t *event_slot(const struct event_page *ep, uint32_t index)
{
	return (uint8_t *)ep->page + sizeof(struct event_header) +
	       (size_t)(index % EVENT_PAGE_SLOTS) * RING_SLOT_BYTES;
}

/* How many events the frontend has not read, of those since the last skip. */
static int count_unread(const struct event_page *ep)
{
	uint32_t cons = read_once(&header(ep)->in_cons);
	uint32_t used = ep->prod - cons;

	if (cons - ep->floor > ep->prod - ep->floor)
		return -EPROTO;
	/* One that has read nothing since still stands before the base. */
	if (used > ep->prod - ep->base)
		used = ep->prod - ep->base;
	return used > EVENT_PAGE_SLOTS ? -EPROTO : (int)used;
}

int event_page_attach(struct event_page *ep, void *page, const struct event_page *kept)
{
	const struct event_page copy = *kept;

	*ep = copy;
	ep->page = page;
	if (count_unread(ep) < 0)
		return -EPROTO;
	event_page_publish(ep);
	return 0;
}

int event_page_put(struct event_page *ep, uint8_t event[RING_SLOT_BYTES])
{
	int used = count_unread(ep);
	uint16_t id = (uint16_t)ep->prod;

	if (used < 0)
		return used;
	if (used == EVENT_PAGE_SLOTS)
		return -EAGAIN;
	/* Linux counts every slot it consumes, and ignores an event with another id. */
	memcpy(event, &id, sizeof id);
	memcpy(event_slot(ep, ep->prod), event, RING_SLOT_BYTES);
	ep->prod++;
	return 0;
}

/*
 * Events in slots left out do not have the ids that the frontend expects there: a slot comes round
 * every 63 events, and an id every 65536, which is no multiple of 63.
 */
void event_page_skip(struct event_page *ep)
{
	uint32_t cons = read_once(&header(ep)->in_cons);
	uint32_t next = (ep->prod + UINT16_MAX) & ~(uint32_t)UINT16_MAX;

	if (cons - ep->floor <= ep->prod - ep->floor)
		ep->floor = cons;
	/* A frontend that has not read for thousands of skips does not count either. */
	if (next - ep->floor > INT32_MAX)
		return;
	ep->prod = next;
	ep->base = next;
}

void event_page_void(struct event_page *ep)
{
	for (uint32_t i = 0; i < EVENT_PAGE_SLOTS; i++)
		__atomic_store_n(event_slot(ep, i) + 2, (uint8_t)0xff, __ATOMIC_RELAXED);
}
