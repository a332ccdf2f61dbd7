/* SPDX-License-Identifier: MIT */
/* See pcm.h. */
#include <config.h>

#include "client/pcm.h"

bool pcm_is_ok(const struct xenav_msg_stream_opened *m)
{
	const unsigned int sample = xenav_format_bytes(m->format);

	return m->rate_hz > 0 && m->channels > 0 && m->frame_bytes > 0 && m->buffer_bytes > 0 &&
	       m->buffer_bytes % m->frame_bytes == 0 &&
	       (sample == 0 || m->frame_bytes == sample * m->channels);
}

struct xenav_pcm pcm_of(const struct xenav_msg_stream_opened *m)
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

bool pcm_is_same(const struct xenav_pcm *a, const struct xenav_pcm *b)
{
	return a->rate_hz == b->rate_hz && a->format == b->format && a->channels == b->channels &&
	       a->frame_bytes == b->frame_bytes && a->buffer_frames == b->buffer_frames &&
	       a->period_frames == b->period_frames;
}
