/* SPDX-License-Identifier: MIT */
/*
 * Streams: what a guest opens and plays, and how far that has been heard.
 *
 * The ring is a detail of the protocol that ends here: a program sees positions, and contiguous
 * samples.  What is taken out of a playback ring is in playback.c, what is written into a capture
 * ring in capture.c, volume and mute in volume.c.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

struct xenav_stream *stream_of(struct xenav_object *o)
{
	return (struct xenav_stream *)((char *)o - offsetof(struct xenav_stream, o));
}

void stream_reset(struct xenav_stream *s)
{
	s->open = false;
	map_drop(s->o.x, &s->ring);
	map_drop(s->o.x, &s->heard);
	volume_reset(s);
	send_cancel(&s->o, OUT_FILLED | OUT_POSITION);
}

void stream_close(struct xenav_stream *s)
{
	if (!s->open)
		return;
	/* The callback may still look at the format, but no longer report. */
	s->state = XENAV_STREAM_STOPPED;
	TELL(s->o.x, stream_closed, s);
	stream_reset(s);
}

int stream_on_added(struct xenav *x, const struct xenav_msg_stream_added *m)
{
	struct xenav_stream *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return -ENOMEM;
	rc = object_add(x, &s->o, m->h.object, OBJECT_STREAM);
	if (rc < 0) {
		free(s);
		return rc;
	}
	OBJECT_STRING(s->domain_name, m->domain_name);
	OBJECT_STRING(s->unique_id, m->unique_id);
	OBJECT_STRING(s->pcm_name, m->pcm_name);
	s->info = (struct xenav_stream_info){
		.domid = m->domid,
		.devid = m->devid,
		.pcm = m->pcm,
		.stream = m->stream,
		.direction = m->direction,
		.domain_name = s->domain_name,
		.unique_id = s->unique_id,
		.pcm_name = s->pcm_name,
	};
	client_log(x, XENAV_LOG_DEBUG, "Object %u is stream %u/%u of domain %u",
		   (unsigned int)m->h.object, (unsigned int)m->pcm, (unsigned int)m->stream,
		   (unsigned int)m->domid);
	TELL(x, stream_added, s);
	return 0;
}

/* A ring of whole frames, with the samples as large as the format says. */
static bool opened_ok(const struct xenav_msg_stream_opened *m)
{
	const unsigned int sample = xenav_format_bytes(m->format);

	return m->rate_hz > 0 && m->channels > 0 && m->frame_bytes > 0 && m->buffer_bytes > 0 &&
	       m->buffer_bytes % m->frame_bytes == 0 &&
	       (sample == 0 || m->frame_bytes == sample * m->channels);
}

static struct xenav_pcm pcm_of(const struct xenav_msg_stream_opened *m)
{
	return (struct xenav_pcm){
		.rate_hz = m->rate_hz,
		.format = m->format,
		.channels = m->channels,
		.frame_bytes = m->frame_bytes,
		.buffer_frames = m->buffer_bytes / m->frame_bytes,
		.period_frames = m->period_bytes / m->frame_bytes,
	};
}

static int map_ring(struct xenav_stream *s, const struct xenav_msg_stream_opened *m, int fd)
{
	uint32_t map_bytes = m->buffer_bytes;
	struct xenav_map *ring = NULL;
	int rc;

	if (s->info.direction == XENAV_PLAYBACK)
		map_bytes = playback_map_bytes(m->buffer_bytes);
	rc = map_new(&ring, fd, map_bytes, s->info.direction == XENAV_CAPTURE);
	if (rc < 0)
		return rc;
	map_drop(s->o.x, &s->ring);
	s->ring = ring;
	return 0;
}

/* The opening that we know is told anew, because not everything could be told in time. */
static int resume(struct xenav_stream *s, const struct xenav_msg_stream_opened *m, int fd)
{
	const struct xenav_pcm pcm = pcm_of(m);

	if (pcm.rate_hz != s->pcm.rate_hz || pcm.format != s->pcm.format ||
	    pcm.channels != s->pcm.channels || pcm.frame_bytes != s->pcm.frame_bytes ||
	    pcm.buffer_frames != s->pcm.buffer_frames || pcm.period_frames != s->pcm.period_frames)
		return -EPROTO;
	return map_ring(s, m, fd);
}

static int open_stream(struct xenav_stream *s, const struct xenav_msg_stream_opened *m, int fd)
{
	int rc;

	rc = map_ring(s, m, fd);
	if (rc < 0)
		return rc;
	s->generation = m->generation;
	s->pcm = pcm_of(m);
	s->state = XENAV_STREAM_STOPPED;
	s->position = s->written = s->read = 0;
	rc = s->info.direction == XENAV_PLAYBACK ? playback_open(s) : 0;
	if (rc < 0)
		return rc;
	s->open = true;
	TELL(s->o.x, stream_opened, s, &s->pcm);
	return 0;
}

int stream_on_opened(struct xenav *x, const struct xenav_msg_stream_opened *m, int fd)
{
	struct xenav_object *o;
	struct xenav_stream *s;
	int rc;

	rc = object_target(x, m->h.object, OBJECT_STREAM, &o);
	if (rc < 0 || !o)
		return rc;
	s = stream_of(o);
	if (!opened_ok(m))
		return -EPROTO;
	if (s->open && s->generation == m->generation) {
		rc = resume(s, m, fd);
		if (rc == 0)
			TELL(x, stream_lost, s, s->position, 0);
		return rc;
	}
	/* That the guest has closed it could not be told in time either. */
	if (s->open)
		TELL(x, stream_lost, s, s->position, 0);
	stream_close(s);
	if (x->closing || !o->claimed)
		return 0;
	return open_stream(s, m, fd);
}

int stream_target(struct xenav *x, uint32_t id, uint32_t generation, struct xenav_stream **out)
{
	struct xenav_object *o;
	int rc;

	*out = NULL;
	rc = object_target(x, id, OBJECT_STREAM, &o);
	if (rc < 0 || !o)
		return rc;
	if (!stream_of(o)->open || stream_of(o)->generation != generation)
		return -EPROTO;
	*out = stream_of(o);
	return 0;
}

int stream_on_state(struct xenav *x, const struct xenav_msg_stream_state *m)
{
	struct xenav_stream *s;
	int rc;

	rc = stream_target(x, m->h.object, m->generation, &s);
	if (rc < 0 || !s)
		return rc;
	/* A report that was not sent yet belongs to the state before. */
	send_cancel(&s->o, OUT_FILLED | OUT_POSITION);
	capture_on_state(s, m->state, m->position_frames);
	s->state = m->state;
	s->position = m->position_frames;
	s->stood = m->stood_frames;
	TELL(x, stream_state, s, (int)m->state, m->position_frames);
	return 0;
}

int stream_on_data(struct xenav *x, const struct xenav_msg_stream_data *m)
{
	struct xenav_stream *s;
	uint64_t end;
	int rc;

	rc = stream_target(x, m->h.object, m->generation, &s);
	if (rc < 0 || !s)
		return rc;
	if (m->frames > s->pcm.buffer_frames ||
	    __builtin_add_overflow(m->position_frames, (uint64_t)m->frames, &end))
		return -EPROTO;
	if (s->info.direction == XENAV_CAPTURE)
		capture_on_read(s, end);
	else
		playback_deliver(s, m->position_frames, end);
	return 0;
}

int stream_on_closed(struct xenav *x, const struct xenav_msg_stream_closed *m)
{
	struct xenav_stream *s;
	int rc;

	rc = stream_target(x, m->h.object, m->generation, &s);
	if (rc < 0 || !s)
		return rc;
	stream_close(s);
	return 0;
}

const struct xenav_stream_info *xenav_stream_get_info(const struct xenav_stream *s)
{
	return &s->info;
}

const struct xenav_pcm *xenav_stream_get_pcm(const struct xenav_stream *s)
{
	return s->open ? &s->pcm : NULL;
}

void xenav_stream_set_data(struct xenav_stream *s, void *data)
{
	s->o.data = data;
}

void *xenav_stream_get_data(const struct xenav_stream *s)
{
	return s->o.data;
}

int xenav_stream_claim(struct xenav_stream *s)
{
	if (s->info.direction == XENAV_CAPTURE)
		return -EOPNOTSUPP;
	return object_claim(&s->o, false);
}

int xenav_stream_feed(struct xenav_stream *s)
{
	if (s->info.direction != XENAV_CAPTURE)
		return -EOPNOTSUPP;
	return object_claim(&s->o, false);
}

int xenav_stream_watch(struct xenav_stream *s)
{
	if (s->info.direction == XENAV_CAPTURE)
		return -EOPNOTSUPP;
	return object_claim(&s->o, true);
}

int xenav_stream_release(struct xenav_stream *s)
{
	return object_release(&s->o);
}

int xenav_stream_position(struct xenav_stream *s, uint64_t position_frames, uint64_t when_ns)
{
	int rc;

	rc = client_check(s->o.x);
	if (rc < 0)
		return rc;
	if (s->o.watches)
		return -EPERM;
	if (!s->open || s->state != XENAV_STREAM_STARTED || position_frames < s->position)
		return -EINVAL;
	if (s->info.direction == XENAV_CAPTURE && position_frames > s->written)
		return -EINVAL;
	s->position = position_frames;
	s->when_ns = when_ns;
	send_post(&s->o, OUT_POSITION);
	return 0;
}

uint64_t xenav_stream_get_stood(const struct xenav_stream *s)
{
	return s->stood;
}

/* As long as the structure of the first release, and nowhere empty by itself. */
static bool limits_ok(const struct xenav_limits *l)
{
	if (l->size < offsetof(struct xenav_limits, period_max_frames) + sizeof(uint32_t))
		return false;
	return (!l->rate_max_hz || l->rate_min_hz <= l->rate_max_hz) &&
	       (!l->channels_max || l->channels_min <= l->channels_max) &&
	       (!l->buffer_max_frames || l->buffer_min_frames <= l->buffer_max_frames) &&
	       (!l->period_max_frames || l->period_min_frames <= l->period_max_frames);
}

int xenav_stream_set_limits(struct xenav_stream *s, const struct xenav_limits *limits)
{
	static const struct xenav_limits none = {.size = sizeof none};
	int rc;

	rc = client_check(s->o.x);
	if (rc < 0)
		return rc;
	if (!limits)
		limits = &none;
	if (!s->o.wanted || !limits_ok(limits))
		return -EINVAL;
	if (s->o.watches)
		return -EPERM;
	memcpy(&s->limits, limits, sizeof s->limits);
	send_post(&s->o, OUT_LIMITS);
	return 0;
}

void stream_on_limits_failed(struct xenav_stream *s, int error)
{
	/* Else they were those of a claim that we do not have any more. */
	if (s->o.claimed)
		TELL(s->o.x, stream_limits_failed, s, error);
}
