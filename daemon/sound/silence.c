/* SPDX-License-Identifier: MIT */
/* See silence.h. */
#include <config.h>

#include "sound/silence.h"

/* The distance of an offset from the beginning of the run, around the end of the buffer. */
static uint32_t behind(const struct silence *s, uint32_t offset_bytes)
{
	if (offset_bytes >= s->at_bytes)
		return offset_bytes - s->at_bytes;
	return s->buffer_bytes - s->at_bytes + offset_bytes;
}

void silence_init(struct silence *s, uint32_t buffer_bytes)
{
	*s = (struct silence){.buffer_bytes = buffer_bytes};
}

bool silence_covers(const struct silence *s, uint32_t offset_bytes, uint32_t bytes)
{
	const uint32_t from = behind(s, offset_bytes);

	if (s->n_bytes == s->buffer_bytes)
		return true;
	return from < s->n_bytes && bytes <= s->n_bytes - from;
}

void silence_add(struct silence *s, uint32_t offset_bytes, uint32_t bytes)
{
	const uint32_t from = behind(s, offset_bytes);

	if (s->n_bytes == 0 || from > s->n_bytes) {
		s->at_bytes = offset_bytes;
		s->n_bytes = bytes;
	} else if (bytes >= s->buffer_bytes - from) {
		s->n_bytes = s->buffer_bytes;
	} else if (from + bytes > s->n_bytes) {
		s->n_bytes = from + bytes;
	}
}
