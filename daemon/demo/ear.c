/* SPDX-License-Identifier: MIT */
/* See ear.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "demo/ear.h"
#include "wire/formats.h"

/* So many frames tell a place of the tune from all others. */
#define CLUE_FRAMES 64

int ear_init(struct ear *ear, const struct tune *tune)
{
	const uint32_t length = tune_length_frames(tune);
	const uint32_t bytes = tune_frame_bytes(tune);

	memset(ear, 0, sizeof *ear);
	ear->tune = *tune;
	ear->table = calloc(length, bytes);
	ear->silence = calloc(1, bytes);
	if (!ear->table || !ear->silence) {
		ear_finish(ear);
		return -ENOMEM;
	}
	tune_fill(tune, 0, ear->table, length);
	format_silence(tune->format, ear->silence, bytes);
	return 0;
}

void ear_finish(struct ear *ear)
{
	free(ear->table);
	free(ear->silence);
	ear->table = ear->silence = NULL;
}

void ear_clear(struct ear *ear)
{
	ear->n_silent = ear->n_tune = ear->n_other = 0;
}

static bool is_at(const struct ear *ear, uint32_t at, const uint8_t *samples, uint32_t frames)
{
	const uint32_t length = tune_length_frames(&ear->tune);
	const uint32_t bytes = tune_frame_bytes(&ear->tune);

	for (uint32_t i = 0; i < frames; i++)
		if (memcmp(ear->table + (size_t)((at + i) % length) * bytes,
			   samples + (size_t)i * bytes, bytes) != 0)
			return false;
	return true;
}

/* Find the place of the tune that begins with these frames. @return whether there is one. */
static bool find(struct ear *ear, const uint8_t *samples)
{
	const uint32_t length = tune_length_frames(&ear->tune);

	for (uint32_t at = 0; at < length; at++) {
		if (!is_at(ear, at, samples, CLUE_FRAMES))
			continue;
		ear->follows = true;
		ear->next = at;
		return true;
	}
	return false;
}

void ear_hear(struct ear *ear, const uint8_t *samples, uint32_t frames)
{
	const uint32_t bytes = tune_frame_bytes(&ear->tune);
	bool searched = false; /* once in a call, because it takes long */

	for (uint32_t i = 0; i < frames; i++) {
		const uint8_t *sample = samples + (size_t)i * bytes;
		const bool silent = memcmp(sample, ear->silence, bytes) == 0;

		if (!ear->follows && !silent && !searched && frames - i >= CLUE_FRAMES)
			searched = !find(ear, sample);
		if (ear->follows && is_at(ear, ear->next, sample, 1)) {
			ear->next = (ear->next + 1) % tune_length_frames(&ear->tune);
			ear->n_tune++;
			continue;
		}
		ear->follows = false;
		ear->n_silent += silent;
		ear->n_other += !silent;
	}
}
