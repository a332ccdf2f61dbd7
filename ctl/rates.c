/* SPDX-License-Identifier: MIT */
/* See rates.h. */
#include <config.h>

#include "rates.h"

/* A smaller number has begun anew, and an earlier time is of another object. */
static double rate(uint64_t before, uint64_t now, uint64_t before_ns, uint64_t now_ns)
{
	if (now_ns <= before_ns || now < before)
		return 0;
	return (double)(now - before) * 1e9 / (double)(now_ns - before_ns);
}

#define FIND(list, n, id)                                                                          \
	for (size_t i = 0; i < (n); i++)                                                           \
		if ((list)[i].h.object == (id))                                                    \
			return &(list)[i];                                                         \
	return NULL;

static const struct xenav_msg_status_stream *stream_of(const struct status *s, uint32_t id)
{
	FIND(s->streams, s->n_streams, id)
}

static const struct xenav_msg_status_connector *connector_of(const struct status *s, uint32_t id)
{
	FIND(s->connectors, s->n_connectors, id)
}

struct stream_rates rates_of_stream(const struct status *before,
				    const struct xenav_msg_status_stream *now)
{
	const struct xenav_msg_status_stream *old = stream_of(before, now->h.object);

	if (!old)
		return (struct stream_rates){0};
	return (struct stream_rates){
		.frames = rate(old->frames, now->frames, old->when_ns, now->when_ns),
		.late_reports =
			rate(old->late_reports, now->late_reports, old->when_ns, now->when_ns),
		.underruns = rate(old->underruns, now->underruns, old->when_ns, now->when_ns),
	};
}

struct connector_rates rates_of_connector(const struct status *before,
					  const struct xenav_msg_status_connector *now)
{
	const struct xenav_msg_status_connector *old = connector_of(before, now->h.object);
	struct connector_rates rates = {0};

	if (!old)
		return rates;
	rates.flips = rate(old->flips, now->flips, old->when_ns, now->when_ns);
	rates.events = rate(old->events, now->events, old->when_ns, now->when_ns);
	for (unsigned i = 0; i < 3; i++)
		rates.frames[i] = rate(old->frames[i], now->frames[i], old->when_ns, now->when_ns);
	rates.copied_bytes = rate(old->copied_bytes, now->copied_bytes, old->when_ns, now->when_ns);
	return rates;
}

static double requests(const struct status *before, const struct status *now, uint32_t domid)
{
	double sum = 0;

	for (size_t i = 0; i < now->n_streams; i++) {
		const struct xenav_msg_status_stream *m = &now->streams[i];
		const struct xenav_msg_status_stream *old = stream_of(before, m->h.object);

		if (m->domid == domid && old)
			sum += rate(old->requests, m->requests, old->when_ns, m->when_ns);
	}
	for (size_t i = 0; i < now->n_connectors; i++) {
		const struct xenav_msg_status_connector *m = &now->connectors[i];
		const struct xenav_msg_status_connector *old = connector_of(before, m->h.object);

		if (m->domid == domid && old)
			sum += rate(old->requests, m->requests, old->when_ns, m->when_ns);
	}
	return sum;
}

struct guest_rates rates_of_guest(const struct status *before, const struct status *now,
				  const struct xenav_msg_status_guest *guest)
{
	const struct xenav_msg_status_guest *old = status_guest(before, guest->domid);
	struct guest_rates rates = {.requests = requests(before, now, guest->domid)};

	if (!old)
		return rates;
	if (guest->tokens_per_sec > 0)
		rates.budget = rate(old->tokens, guest->tokens, old->when_ns, guest->when_ns) /
			       guest->tokens_per_sec;
	rates.waits = rate(old->waits, guest->waits, old->when_ns, guest->when_ns);
	return rates;
}
