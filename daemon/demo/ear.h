/* SPDX-License-Identifier: MIT */
/*
 * What a guest hears: it counts silence, frames of the tune that follow each other, and others.
 * Pure.
 */
#ifndef XENAVD_DEMO_EAR_H
#define XENAVD_DEMO_EAR_H

#include <stdbool.h>
#include <stdint.h>

#include "demo/tune.h"

/* So many frames tell a place of the tune from all others. */
#define EAR_CLUE_FRAMES 64

struct ear {
	struct tune tune;
	uint8_t *table;   /* all frames of the tune */
	uint8_t *silence; /* one frame */
	uint8_t *kept;    /* frames that are too few to be found */
	uint32_t n_kept;
	bool searched; /* in this call: it takes long */
	bool follows;
	uint32_t next; /* frame of the tune, if it follows */
	uint64_t n_silent;
	uint64_t n_tune;
	uint64_t n_other;
};

/* @return 0 or -ENOMEM. */
int ear_init(struct ear *ear, const struct tune *tune);

/* Idempotent. */
void ear_finish(struct ear *ear);

/* Begin with an opening. */
void ear_begin(struct ear *ear);

/* Hear frames that follow those of the last call.  Up to EAR_CLUE_FRAMES - 1 of them may be counted
 * by the next call only. */
void ear_hear(struct ear *ear, const uint8_t *samples, uint32_t frames);

/* Begin to count anew. */
void ear_clear(struct ear *ear);

#endif
