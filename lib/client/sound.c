/* SPDX-License-Identifier: MIT */
/* Streams: the calls of the program. */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "client/clock.h"
#include "client/send.h"
#include "client/stream.h"
#include "wire/formats.h"

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
	return object_claim(&s->o, XENAV_MODE_DRIVE);
}

int xenav_stream_claim_wait(struct xenav_stream *s)
{
	if (s->info.direction == XENAV_CAPTURE)
		return -EOPNOTSUPP;
	return object_claim_wait(&s->o, XENAV_MODE_DRIVE);
}

int xenav_stream_feed(struct xenav_stream *s)
{
	if (s->info.direction != XENAV_CAPTURE)
		return -EOPNOTSUPP;
	return object_claim(&s->o, XENAV_MODE_FEED);
}

int xenav_stream_watch(struct xenav_stream *s)
{
	if (s->info.direction == XENAV_CAPTURE)
		return -EOPNOTSUPP;
	return object_claim(&s->o, XENAV_MODE_WATCH);
}

int xenav_stream_release(struct xenav_stream *s)
{
	return object_release(&s->o);
}

/* Is the position ahead of all clocks since the START?  Positions of formats without a fixed size
 * count something else than the rate. */
static bool is_beyond_time(const struct xenav_stream *s, uint64_t position_frames)
{
	const uint64_t since_ns = clock_now_ns() - s->started_ns;
	const uint64_t ahead = position_frames - s->started;

	return position_frames > s->started && xenav_format_bytes(s->pcm.format) > 0 &&
	       ahead > clock_frames(since_ns + since_ns / 8, s->pcm.rate_hz) + s->pcm.buffer_frames;
}

int stream_position(struct xenav_stream *s, uint64_t position_frames, uint64_t when_ns,
		    uint32_t carry_frames)
{
	if (base_is_over(s->o.x))
		return -ENOTCONN;
	if (s->o.mode == XENAV_MODE_WATCH)
		return -EPERM;
	if (!s->open || s->state != XENAV_STREAM_STARTED || position_frames < s->reported)
		return -EINVAL;
	if (s->info.direction == XENAV_CAPTURE && position_frames > s->written)
		return -EINVAL;
	/* The daemon says where the stream goes on. */
	if (base_is_paused(&s->o))
		return 0;
	if (is_beyond_time(s, position_frames))
		return -ERANGE;
	s->reported = position_frames;
	/* xenavd's own clock has gone beyond it: the guest cannot be told. */
	if (position_frames < s->position)
		return 0;
	s->position = position_frames;
	s->when_ns = when_ns;
	s->carry = carry_frames;
	send_post(&s->o, OUT_POSITION);
	return 0;
}

int xenav_stream_position(struct xenav_stream *s, uint64_t position_frames, uint64_t when_ns)
{
	return stream_position(s, position_frames, when_ns, 0);
}

uint64_t xenav_stream_get_stood(const struct xenav_stream *s)
{
	return s->stood;
}

/* Is it as long as the structure of the first release, of formats that there are, and with no
 * minimum above its maximum? */
static bool limits_ok(const struct xenav_limits *l)
{
	if (l->size < offsetof(struct xenav_limits, period_max_frames) + sizeof(uint32_t))
		return false;
	if (l->formats >> SAMPLE_FORMATS)
		return false;
	return (!l->rate_max_hz || l->rate_min_hz <= l->rate_max_hz) &&
	       (!l->channels_max || l->channels_min <= l->channels_max) &&
	       (!l->buffer_max_frames || l->buffer_min_frames <= l->buffer_max_frames) &&
	       (!l->period_max_frames || l->period_min_frames <= l->period_max_frames);
}

int xenav_stream_set_limits(struct xenav_stream *s, const struct xenav_limits *limits)
{
	static const struct xenav_limits none = {.size = sizeof none};
	if (base_is_over(s->o.x))
		return -ENOTCONN;
	if (!limits)
		limits = &none;
	if (!s->o.wanted || !limits_ok(limits))
		return -EINVAL;
	if (s->o.mode == XENAV_MODE_WATCH)
		return -EPERM;
	s->limits_before = s->limits;
	memcpy(&s->limits, limits, sizeof s->limits);
	send_post(&s->o, OUT_LIMITS);
	return 0;
}

int32_t xenav_stream_get_volume(const struct xenav_stream *s, unsigned int channel)
{
	return channel < UINT8_MAX ? s->volume_mdb[channel] : 0;
}

int xenav_stream_is_muted(const struct xenav_stream *s, unsigned int channel)
{
	return channel < UINT8_MAX && s->muted[channel];
}

static bool captures(const struct xenav_stream *s)
{
	return s->open && s->info.direction == XENAV_CAPTURE;
}

uint32_t xenav_stream_space(const struct xenav_stream *s)
{
	return captures(s) ? ring_space(&s->pcm, s->written - s->read) : 0;
}

uint64_t xenav_stream_get_written(const struct xenav_stream *s)
{
	return s->written;
}

/* Append frames, at most a whole ring. */
static void append(struct xenav_stream *s, const void *samples, uint32_t frames)
{
	ring_put(&s->ring, s->written, samples, frames);
	s->written += frames;
	send_post(&s->o, OUT_FILLED);
}

int xenav_stream_write(struct xenav_stream *s, const void *samples, uint32_t frames)
{
	if (base_is_over(s->o.x))
		return -ENOTCONN;
	if (!captures(s))
		return -EINVAL;
	if (s->handover)
		return -EBUSY;
	if (frames > xenav_stream_space(s))
		frames = xenav_stream_space(s);
	if (frames > INT_MAX)
		frames = INT_MAX;
	append(s, samples, frames);
	return (int)frames;
}

int xenav_stream_write_live(struct xenav_stream *s, const void *samples, uint32_t frames)
{
	if (base_is_over(s->o.x))
		return -ENOTCONN;
	if (!captures(s))
		return -EINVAL;
	if (s->handover)
		return -EBUSY;
	/* Nobody would hear them. */
	if (base_is_paused(&s->o))
		return 0;
	/* Only the last ring of the samples would remain. */
	if (frames > s->pcm.buffer_frames) {
		const uint32_t skip = frames - s->pcm.buffer_frames;

		samples = (const char *)samples + (size_t)skip * s->pcm.frame_bytes;
		s->written += skip;
		frames -= skip;
	}
	append(s, samples, frames);
	return 0;
}
