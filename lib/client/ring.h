/* SPDX-License-Identifier: MIT */
/* The ring of an open stream: the frame at position p stands at p % buffer_frames. */
#ifndef XENAV_CLIENT_RING_H
#define XENAV_CLIENT_RING_H

#include "client/map.h"

struct ring {
	struct xenav_map *map;
	struct xenav_map *heard; /* playback: samples taken out of the ring */
	uint32_t buffer_frames;
	uint32_t frame_bytes;
};

/* Map a ring in place of the one before.  Returns 0, -EPROTO, or another -errno. */
int ring_map(struct ring *r, struct xenav *x, int fd, const struct xenav_pcm *pcm, bool playback);

/* Unmap all, if something is mapped. */
void ring_drop(struct ring *r, struct xenav *x);

/* Playback: take out the frames from at on, before end, up to the end of the ring.  Returns how
 * many; the first *lost of them were overwritten, the others are in ring_samples(). */
uint32_t ring_take(struct ring *r, uint64_t at, uint64_t end, uint32_t *lost);

/* What ring_take() took, from the frame of that index on. */
const void *ring_samples(const struct ring *r, uint32_t index);

/* Capture: put frames at that position, no more than the ring has. */
void ring_put(struct ring *r, uint64_t at, const void *samples, uint32_t frames);

/* Capture: how many frames may be put in when so many are there that the guest has not read. */
uint32_t ring_space(const struct xenav_pcm *pcm, uint64_t ahead_frames);

#endif
