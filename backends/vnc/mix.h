/* SPDX-License-Identifier: MIT */
/*
 * The mix of a guest's streams, between reading and hearing: frames are put in ahead of the guest's
 * position, and handed out in order when they are nearly due.  Frames are counted from the
 * beginning of the mix, and so is time.
 */
#ifndef XENAV_VNC_MIX_H
#define XENAV_VNC_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "vnc/pcm.h"

/* The most that wait: a tenth of a second at 192 kHz. */
#define MIX_FRAMES 19200u

struct mix {
	/* Takes frames when they are nearly due. */
	void (*heard)(void *data, const int32_t *stereo, uint32_t frames, uint32_t rate_hz);
	/* The mix begins, maybe instead of one that has not ended; or it has ended. */
	void (*plays)(void *data, bool plays);
	void *data;
	uint32_t rate_hz; /* 0: there is no mix */
	uint64_t begin_ns;
	uint64_t put_frames, taken_frames;
	int32_t ring[MIX_FRAMES * PCM_CHANNELS];
};

/* A stream begins while no other one plays.  If a mix of the same rate is not handed out to its
 * end, the stream continues it, but no later than its lead: frames beyond that are dropped.  Else a
 * mix begins at that time, and frames of an earlier one that are not due are dropped. */
void mix_begin(struct mix *mix, uint32_t rate_hz, uint64_t lead_frames, uint64_t now_ns);

/* End the mix, if there is one.  Frames that are not due are dropped. */
void mix_end(struct mix *mix, uint64_t now_ns);

/* Put frames in.  If there is no room for them, the oldest ones are handed out before they are
 * due. */
void mix_put(struct mix *mix, const int32_t *stereo, uint32_t frames);

/* @return whether everything is handed out. */
bool mix_is_empty(const struct mix *mix);

/* Hand out what is due.  After a long time without a call the mix begins anew: the machine was
 * asleep. @return the frames that have passed since the beginning. */
uint64_t mix_run(struct mix *mix, uint64_t now_ns);

#endif
