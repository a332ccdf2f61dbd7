/* SPDX-License-Identifier: MIT */
/* The ring of an open stream: the frame at position p stands at p % buffer_frames. */
#ifndef XENAV_CLIENT_RING_H
#define XENAV_CLIENT_RING_H

#include "client/map.h"

struct ring {
	struct xenav_map *map;
	struct xenav_map *heard; /* playback: samples copied out of the ring */
	uint32_t buffer_frames;
	uint32_t frame_bytes;
};

/* Map a ring in place of the one before.  @return 0, -EPROTO, or another -errno. */
int ring_map(struct ring *r, struct xenav *x, int fd, const struct xenav_pcm *pcm, bool playback);

/* Unmap the ring, if it is mapped. */
void ring_drop(struct ring *r, struct xenav *x);

/* Playback: copy out the frames from `at`, below `end`, up to the end of the ring.  @return their
 * number; the first *lost of them were overwritten, ring_samples() has the others. */
uint32_t ring_take(struct ring *r, uint64_t at, uint64_t end, uint32_t *lost);

/* The samples of the last ring_take(), from the frame of that index on. */
const void *ring_samples(const struct ring *r, uint32_t index);

/* Capture: put frames, at most a whole ring, at a position. */
void ring_put(struct ring *r, uint64_t at, const void *samples, uint32_t frames);

/* Capture: put silence at the frames from `at` to end, of a format. */
void ring_silence(struct ring *r, uint8_t format, uint64_t at, uint64_t end);

/* Capture: how many frames may be put in while ahead_frames are not read by the guest. */
uint32_t ring_space(const struct xenav_pcm *pcm, uint64_t ahead_frames);

#endif
