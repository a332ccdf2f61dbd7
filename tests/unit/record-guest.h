/* SPDX-License-Identifier: MIT */
/*
 * A guest that plays 16-bit stereo at 48000 Hz to xenav-record, through the fake daemon.
 */
#ifndef XENAV_TEST_RECORD_GUEST_H
#define XENAV_TEST_RECORD_GUEST_H

#include "record-rig.h"

#define GUEST_BUFFER_FRAMES 2048

struct guest {
	uint32_t id, generation;
	int16_t *ring; /* stereo */
	uint64_t written;
	int16_t *sound; /* what it plays */
	size_t frames;
};

/* Open this stream; guest_free() is for what it takes. */
void guest_open(struct run *t, struct guest *g, uint32_t id, uint32_t generation);
void guest_free(struct guest *g);

/* Write frames, which must be free. */
void guest_write(struct run *t, struct guest *g, uint32_t frames);

/* Play all of it, as an ALSA program does. */
void guest_play(struct run *t, struct guest *g);

/* That file has the first so many frames of what it plays, and no more. */
void guest_expect_wav(struct run *t, const char *name, const struct guest *g, size_t frames);

#endif
