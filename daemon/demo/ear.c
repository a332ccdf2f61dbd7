/* SPDX-License-Identifier: MIT */
/* See ear.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "demo/ear.h"
#include "wire/formats.h"

int ear_init(struct ear *ear, const struct tune *tune)
{
	const uint32_t length = tune_length_frames(tune);
	const uint32_t bytes = tune_frame_bytes(tune);

	memset(ear, 0, sizeof *ear);
	ear->tune = *tune;
	ear->table = calloc(length, bytes);
	ear->silence = calloc(1, bytes);
	ear->kept = calloc(2 * EAR_CLUE_FRAMES, bytes);
	if (!ear->table || !ear->silence || !ear->kept) {
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
	free(ear->kept);
	ear->table = ear->silence = ear->kept = NULL;
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

/* Find the place of the tune that begins with these frames. */
static void find(struct ear *ear, const uint8_t *samples)
{
	const uint32_t length = tune_length_frames(&ear->tune);

	for (uint32_t at = 0; at < length; at++) {
		if (!is_at(ear, at, samples, EAR_CLUE_FRAMES))
			continue;
		ear->follows = true;
		ear->next = at;
		return;
	}
}

/* Hear frames, of which some more are there. @return how many were heard: fewer than count when the
 * next ones are too few to find their place in the tune. */
static uint32_t hear_some(struct ear *ear, const uint8_t *samples, uint32_t count,
			  uint32_t available)
{
	const uint32_t bytes = tune_frame_bytes(&ear->tune);

	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *sample = samples + (size_t)i * bytes;
		const bool silent = memcmp(sample, ear->silence, bytes) == 0;

		if (ear->follows && !is_at(ear, ear->next, sample, 1))
			ear->follows = false;
		if (!ear->follows && !silent && !ear->searched) {
			if (available - i < EAR_CLUE_FRAMES)
				return i;
			ear->searched = true;
			find(ear, sample);
		}
		if (ear->follows)
			ear->next = (ear->next + 1) % tune_length_frames(&ear->tune);
		ear->n_tune += ear->follows;
		ear->n_silent += !ear->follows && silent;
		ear->n_other += !ear->follows && !silent;
	}
	return count;
}

/* Hear what was kept, with the first of the new frames behind it. @return whether that is done. */
static bool hear_kept(struct ear *ear, const uint8_t *samples, uint32_t frames)
{
	const uint32_t bytes = tune_frame_bytes(&ear->tune);
	const uint32_t n = frames < EAR_CLUE_FRAMES ? frames : EAR_CLUE_FRAMES;
	const uint32_t all = ear->n_kept + n;
	uint32_t done;

	memcpy(ear->kept + (size_t)ear->n_kept * bytes, samples, (size_t)n * bytes);
	done = hear_some(ear, ear->kept, ear->n_kept, all);
	if (done == ear->n_kept) {
		ear->n_kept = 0;
		return true;
	}
	memmove(ear->kept, ear->kept + (size_t)done * bytes, (size_t)(all - done) * bytes);
	ear->n_kept = all - done;
	return false;
}

void ear_hear(struct ear *ear, const uint8_t *samples, uint32_t frames)
{
	const uint32_t bytes = tune_frame_bytes(&ear->tune);
	uint32_t done;

	ear->searched = false;
	if (ear->n_kept > 0 && !hear_kept(ear, samples, frames))
		return;
	done = hear_some(ear, samples, frames, frames);
	ear->n_kept = frames - done;
	memcpy(ear->kept, samples + (size_t)done * bytes, (size_t)ear->n_kept * bytes);
}

void ear_begin(struct ear *ear)
{
	ear->follows = false;
	ear->n_kept = 0;
	ear_clear(ear);
}
