/* SPDX-License-Identifier: MIT */
/*
 * A sound card for tests: a plugin of alsa-lib whose clock, faults and formats a test controls, and
 * which looks at every frame that it plays.
 *
 * The test and the plugin share a file of this structure.  The plugin may be in another process.
 */
#ifndef XENAV_TEST_ALSA_CARD_H
#define XENAV_TEST_ALSA_CARD_H

#include <stdint.h>

#define CARD_TAPE_BYTES (8u << 20)

struct card {
	/* What the test sets; 0 is a card without faults. */
	int32_t drift_ppm;     /* of its clock: + is fast */
	uint32_t grain_frames; /* steps in which the pointer moves; 0: 1 */
	uint32_t extra_frames; /* delay behind the buffer */
	uint32_t formats;      /* bit n: SND_PCM_FORMAT n; 0: S16, S24, S32 of both orders */
	uint32_t rate_min_hz, rate_max_hz;
	uint32_t channels_max;
	uint32_t period_min_frames;
	int32_t open_error;   /* with which it is not opened, such as EBUSY */
	uint32_t exclusive;   /* only one may have it open */
	uint32_t xrun;        /* set to 1: runs dry, or over */
	uint32_t late_xrun;   /* set to 1: runs dry just before it takes the next frames */
	uint32_t gone;        /* while 1: unplugged */
	uint32_t suspend;     /* set to 1: suspends */
	uint32_t cannot_wake; /* a resume does nothing, as with many drivers */

	/* Its mixer element "PCM": 0..100, in steps of 0.5 dB from -50 dB on. */
	int32_t volume[2];
	int32_t is_on[2];

	/* What the plugin tells. */
	uint32_t opens, closes, starts, xruns, resumes;
	uint64_t played_frames, captured_frames;
	uint32_t rate_hz, channels, format, frame_bytes, period_frames, buffer_frames;
	uint64_t moved_ns;  /* CLOCK_MONOTONIC of the time at which.. */
	uint64_t at_frames; /* ..so many frames were played since the start */

	/* Frames of one sample of 32 bits that count 1, 2, 3.. and are 0 for silence. */
	uint32_t next;           /* the next that is expected; 0: any */
	uint64_t sound_frames;   /* that came as expected */
	uint64_t silent_frames;  /* between the first and the last of them */
	uint64_t pending_frames; /* of silence since the last of them */
	uint64_t lost_frames;    /* left out before one that came */
	uint64_t again_frames;   /* that had come before */

	/* All that is played, as long as there is room. */
	uint64_t tape_bytes;
	uint8_t tape[CARD_TAPE_BYTES];
};

/* Map the file, made anew with create. @return NULL with errno. */
struct card *card_map(const char *path, int create);
void card_unmap(struct card *card);

#endif
