/* SPDX-License-Identifier: MIT */
/*
 * See retell.h.
 *
 * After a claim the daemon tells what is written and not yet played.  A program that had the claim
 * before knows a part of it: `heard` is where it is, and each sample comes once.
 */
#include <config.h>

#include <string.h>

#include "client/retell.h"
#include "client/send.h"

static struct xenav_stream *stream_of(struct xenav_object *o)
{
	return (struct xenav_stream *)o;
}

bool retell_is_same(const struct xenav_object *o, const union xenav_msg *msg, bool by_name)
{
	const struct xenav_stream *s = (const struct xenav_stream *)o;
	const struct xenav_msg_stream_added *m = &msg->stream_added;

	return m->domid == s->info.domid && m->devid == s->info.devid && m->pcm == s->info.pcm &&
	       m->stream == s->info.stream && m->direction == s->info.direction &&
	       strcmp(m->unique_id, s->unique_id) == 0 &&
	       (!by_name || strcmp(m->domain_name, s->domain_name) == 0);
}

void retell_begin(struct xenav_object *o)
{
	struct xenav_stream *s = stream_of(o);

	s->retelling = true;
	s->retold = false;
	if (s->limits.size > 0)
		send_post(o, OUT_LIMITS);
}

/* What is written ahead for a guest that captures stands in the old ring alone.  A recorder's
 * thread may be writing there now: then its next frames replace it. */
int retell_ring(struct xenav_stream *s, const struct xenav_pcm *pcm, int fd)
{
	const bool capture = s->info.direction == XENAV_CAPTURE;
	struct xenav_map *old = s->ring.map;
	int rc;

	s->retold = true;
	if (!capture || s->handover)
		return ring_map(&s->ring, s->o.x, fd, pcm, !capture);
	old->refs++;
	rc = ring_map(&s->ring, s->o.x, fd, pcm, false);
	if (rc == 0)
		memcpy(s->ring.map->addr, old->addr, old->size);
	map_release(old);
	return rc;
}

static void lose(struct xenav_stream *s, uint64_t to, bool is_known)
{
	const uint64_t from = s->heard;
	const uint64_t frames = to - from;

	s->heard = to;
	TELL(s->o.x, stream_lost, s, from, is_known && frames <= UINT32_MAX ? (uint32_t)frames : 0);
}

void retell_state(struct xenav_stream *s, const struct xenav_msg_stream_state *m)
{
	if (s->info.direction == XENAV_CAPTURE) {
		/* Its thread begins anew, at the position of now. */
		if (s->handover)
			s->orders.stops++;
		if (s->handover || m->position_frames > s->written)
			s->written = s->read = m->position_frames;
		else if (s->written > m->position_frames)
			send_post(&s->o, OUT_FILLED);
		return;
	}
	/* A stop in the meantime voids what was written before; it is not known what was played. */
	if (m->state == XENAV_STREAM_STOPPED) {
		if (s->state != m->state || s->position != m->position_frames)
			s->heard = m->position_frames;
	} else if (m->position_frames > s->heard) {
		lose(s, m->position_frames, m->stood_frames <= s->heard);
	}
}

uint64_t retell_data(struct xenav_stream *s, uint64_t at, uint64_t end)
{
	if (at > s->heard)
		lose(s, at, true);
	else if (s->heard > at)
		at = s->heard < end ? s->heard : end;
	return at;
}
