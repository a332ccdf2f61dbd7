/* SPDX-License-Identifier: MIT */
/*
 * The ring of a capture stream, seen from the side that fills it.
 *
 * written runs ahead of read.  A guest that sees its whole buffer filled calls that an overrun, so
 * a source that can wait stops before; but it has to go beyond one period, since the Linux
 * frontend wakes its program only after more than a period has come in.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "client/internal.h"

void capture_on_state(struct xenav_stream *s, uint32_t state, uint64_t position_frames)
{
	/* What was written ahead of a stop is void, and what is behind us cannot be written. */
	if (state == XENAV_STREAM_STOPPED || position_frames > s->written)
		s->written = s->read = position_frames;
}

/* How far written may be ahead of read: at least into the second period, never a whole buffer. */
static uint32_t limit_frames(const struct xenav_pcm *pcm)
{
	const uint32_t buffer = pcm->buffer_frames;
	uint32_t period = pcm->period_frames ? pcm->period_frames : buffer / 4;
	uint32_t less_one_period, halfway;

	if (period == 0)
		period = 1;
	if (period >= buffer)
		return buffer > 1 ? buffer - 1 : 1;
	less_one_period = buffer - period;
	halfway = period + (buffer - period) / 2;
	return less_one_period > halfway ? less_one_period : halfway;
}

uint32_t xenav_stream_space(const struct xenav_stream *s)
{
	uint64_t ahead;
	uint32_t limit;

	if (!s->open || s->info.direction != XENAV_CAPTURE)
		return 0;
	ahead = s->written - s->read;
	limit = limit_frames(&s->pcm);
	return ahead < limit ? limit - (uint32_t)ahead : 0;
}

uint64_t xenav_stream_get_written(const struct xenav_stream *s)
{
	return s->written;
}

void capture_on_read(struct xenav_stream *s, uint64_t end_frames)
{
	if (end_frames > s->read)
		s->read = end_frames;
	/* A guest may read what was never written; there is no use in writing it later. */
	if (s->read > s->written)
		s->written = s->read;
	TELL(s->o.x, stream_space, s, s->read, xenav_stream_space(s));
}

static int check(const struct xenav_stream *s)
{
	const int rc = client_check(s->o.x);

	if (rc < 0)
		return rc;
	return s->open && s->info.direction == XENAV_CAPTURE ? 0 : -EINVAL;
}

/* Copy into the ring; no more than fits into it. */
static void append(struct xenav_stream *s, const char *samples, uint32_t frames)
{
	const uint32_t frame_bytes = s->pcm.frame_bytes;

	while (frames > 0) {
		const uint32_t first = (uint32_t)(s->written % s->pcm.buffer_frames);
		uint32_t n = s->pcm.buffer_frames - first;

		if (n > frames)
			n = frames;
		memcpy((char *)s->ring->addr + (size_t)first * frame_bytes, samples,
		       (size_t)n * frame_bytes);
		samples += (size_t)n * frame_bytes;
		s->written += n;
		frames -= n;
	}
	send_post(&s->o, OUT_FILLED);
}

int xenav_stream_write(struct xenav_stream *s, const void *samples, uint32_t frames)
{
	int rc;

	rc = check(s);
	if (rc < 0)
		return rc;
	if (frames > xenav_stream_space(s))
		frames = xenav_stream_space(s);
	if (frames > INT_MAX)
		frames = INT_MAX;
	append(s, samples, frames);
	return (int)frames;
}

int xenav_stream_write_live(struct xenav_stream *s, const void *samples, uint32_t frames)
{
	int rc;

	rc = check(s);
	if (rc < 0)
		return rc;
	/* Of more than a whole ring only the end would remain. */
	if (frames > s->pcm.buffer_frames) {
		const uint32_t skip = frames - s->pcm.buffer_frames;

		samples = (const char *)samples + (size_t)skip * s->pcm.frame_bytes;
		s->written += skip;
		frames -= skip;
	}
	append(s, samples, frames);
	return 0;
}
