/* SPDX-License-Identifier: MIT */
/* See handover.h. */
#include <config.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "client/handover.h"
#include "client/stream.h"

/* Openings change when a guest says so, not in every read. */
#define MAX_TRIES 4

static void retire(struct handover *h, struct opening *replacement)
{
	struct opening *old = atomic_exchange(&h->current, replacement);

	if (old) {
		old->next = h->retired;
		h->retired = old;
	}
	handover_bury(h);
}

static void free_opening(struct opening *o)
{
	map_release(o->map);
	free(o);
}

int handover_open(struct handover *h)
{
	const struct xenav_stream *s = h->stream;
	struct opening *o;

	/* Positions of formats without a fixed size count something else than the rate. */
	if (h->held || xenav_format_bytes(s->pcm.format) == 0)
		return 0;
	o = calloc(1, sizeof *o);
	if (!o)
		return -ENOMEM;
	o->map = s->ring.map;
	o->map->refs++;
	o->generation = s->generation;
	o->pcm = s->pcm;
	mailbox_write(&o->orders, s->orders.words);
	retire(h, o);
	return 0;
}

void handover_tell(struct handover *h)
{
	struct opening *o = atomic_load_explicit(&h->current, memory_order_relaxed);

	if (o)
		mailbox_write(&o->orders, h->stream->orders.words);
}

void handover_close(struct handover *h)
{
	retire(h, NULL);
}

bool handover_bury(struct handover *h)
{
	const struct opening *used = atomic_load(&h->used);
	struct opening **at = &h->retired;

	while (*at) {
		struct opening *o = *at;

		if (o == used) {
			at = &o->next;
			continue;
		}
		*at = o->next;
		free_opening(o);
	}
	return h->retired;
}

int64_t handover_flush(struct handover *h, void (*report)(struct handover *h))
{
	const bool remains = handover_bury(h);
	const struct xenav_stream *s = h->stream;

	if (s && s->open && s->state == XENAV_STREAM_STARTED && s->o.mode != XENAV_MODE_WATCH &&
	    !h->held && !base_is_over(s->o.x)) {
		report(h);
		return HANDOVER_REPORT_NS;
	}
	return remains ? HANDOVER_BURY_NS : -1;
}

int handover_hold(struct handover *h, bool held)
{
	if (h->held == held)
		return 0;
	h->held = held;
	if (h->stream && h->stream->open && !held)
		return handover_open(h);
	handover_close(h);
	return 0;
}

int handover_new(struct handover **h, size_t size, struct xenav_stream *s, uint8_t direction)
{
	struct handover *new;
	int rc = 0;

	if (s->info.direction != direction)
		return -EOPNOTSUPP;
	if (s->handover)
		return -EALREADY;
	new = calloc(1, size);
	if (!new)
		return -ENOMEM;
	new->stream = s;
	if (s->open)
		rc = handover_open(new);
	if (rc < 0) {
		free(new);
		return rc;
	}
	s->handover = new;
	*h = new;
	return 0;
}

void handover_detach(struct handover *h)
{
	if (h->stream)
		h->stream->handover = NULL;
	h->stream = NULL;
	handover_close(h);
}

void handover_free(struct handover *h)
{
	if (!h)
		return;
	handover_detach(h);
	atomic_store(&h->used, NULL);
	handover_bury(h);
	free(h);
}

struct opening *handover_enter(struct handover *h)
{
	for (unsigned int i = 0; i < MAX_TRIES; i++) {
		struct opening *o = atomic_load(&h->current);

		atomic_store(&h->used, o);
		if (atomic_load(&h->current) == o)
			return o;
	}
	handover_leave(h);
	return NULL;
}

void handover_leave(struct handover *h)
{
	atomic_store_explicit(&h->used, NULL, memory_order_release);
}
