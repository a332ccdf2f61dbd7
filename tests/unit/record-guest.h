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
	int16_t *sound; /* samples to play */
	size_t frames;
};

/* Open this stream; to be freed with guest_free(). */
void guest_open(struct run *t, struct guest *g, uint32_t id, uint32_t generation);
void guest_free(struct guest *g);

/* Write frames; the ring must have room. */
void guest_write(struct run *t, struct guest *g, uint32_t frames);

/* Play the whole sound, as an ALSA program does. */
void guest_play(struct run *t, struct guest *g);

/* Expect the file to have exactly the first frames of the sound. */
void guest_expect_wav(struct run *t, const char *name, const struct guest *g, size_t frames);

#endif
