/* SPDX-License-Identifier: MIT */
/* See headline.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>

#include "consumer/headline.h"
#include "consumer/objects.h"
#include "service/notify.h"

#define EVERY_MS 500

struct headline {
	struct headline_source source;
	struct event *timer;
};

/* @return the number of guests that the objects belong to. */
static unsigned count_guests(const struct objects *objects)
{
	uint64_t seen[(UINT16_MAX + 1) / 64] = {0};
	unsigned n = 0;

	for (size_t i = 0; i < objects->n; i++) {
		const uint16_t domid = objects->sorted[i]->guest->domid;
		const uint64_t bit = 1ull << (domid % 64);

		n += !(seen[domid / 64] & bit);
		seen[domid / 64] |= bit;
	}
	return n;
}

static const char *ending(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void on_timer(evutil_socket_t, short, void *arg)
{
	const struct headline *h = arg;
	const struct objects *objects = h->source.objects;
	unsigned n[OBJECT_INPUT + 1] = {0};
	const unsigned consumers = h->source.count_consumers(h->source.data);
	const unsigned guests = count_guests(objects);

	for (size_t i = 0; i < objects->n; i++)
		n[objects->sorted[i]->ops->kind]++;
	notify_say("STATUS=%u guest%s: %u stream%s, %u connector%s, %u input device%s; "
		   "%u consumer%s",
		   guests, ending(guests), n[OBJECT_STREAM], ending(n[OBJECT_STREAM]),
		   n[OBJECT_CONNECTOR], ending(n[OBJECT_CONNECTOR]), n[OBJECT_INPUT],
		   ending(n[OBJECT_INPUT]), consumers, ending(consumers));
}

int headline_create(struct headline **out, struct event_base *base,
		    const struct headline_source *source)
{
	struct headline *h;

	*out = NULL;
	if (!notify_works())
		return 0;
	h = calloc(1, sizeof *h);
	if (!h)
		return -ENOMEM;
	h->source = *source;
	h->timer = evtimer_new(base, on_timer, h);
	if (!h->timer) {
		free(h);
		return -ENOMEM;
	}
	*out = h;
	return 0;
}

void headline_changed(struct headline *h)
{
	/* A timer that runs is not started again: what happens all the time is told all the same.
	 */
	if (h && !evtimer_pending(h->timer, NULL))
		evtimer_add(h->timer, &(struct timeval){.tv_usec = EVERY_MS * 1000});
}

void headline_destroy(struct headline *h)
{
	if (!h)
		return;
	event_free(h->timer);
	free(h);
}
