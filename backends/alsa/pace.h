/* SPDX-License-Identifier: MIT */
/*
 * A clock for PCMs that have none, such as alsa-lib's null and file plugins, which take samples as
 * fast as they come.
 */
#ifndef XENAV_ALSA_PACE_H
#define XENAV_ALSA_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	uint32_t rate_hz;
	bool needed;           /* the PCM has no clock: this one drives */
	uint64_t start_ns;     /* of the present run */
	uint64_t moved_frames; /* written or read in it */
};

/* A PCM with this rate begins to run, with so many frames queued. */
void pace_start(struct pace *p, uint32_t rate_hz, uint32_t queued_frames, uint64_t now_ns);

/* More frames were written or read. */
void pace_moved(struct pace *p, uint32_t frames);

/*
 * Playback: does the PCM, with fill_frames not fetched yet, play in real time?  Once it has been
 * found not to, this clock is needed until pace_forget().
 *
 * @return what is to be taken as not yet fetched.
 */
uint32_t pace_playback(struct pace *p, uint32_t fill_frames, uint64_t now_ns);

/* Capture: the same of frames that can be read. @return how many may be read by now. */
uint32_t pace_capture(struct pace *p, uint32_t avail_frames, uint64_t now_ns);

/* Another PCM follows. */
void pace_forget(struct pace *p);

#endif
