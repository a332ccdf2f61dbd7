/* SPDX-License-Identifier: MIT */
/*
 * The real-time thread's side of a recorder: where it writes, and which position follows.  Time
 * comes in as an argument.
 */
#ifndef XENAV_CLIENT_WRITER_H
#define XENAV_CLIENT_WRITER_H

#include "client/follower.h"

/* What the thread of the connection is told after each write. */
union captured {
	struct {
		uint64_t generation;
		uint64_t change;          /* of the orders that were followed */
		uint64_t when_ns;         /* of the write */
		uint64_t end_frames;      /* the frames before it are written */
		uint64_t position_frames; /* at when_ns */
		/* See struct xenav_sound_stats. */
		uint64_t frames;
		uint64_t late_frames;
		uint64_t skipped_frames;
		uint64_t delay_frames;
	};
	uint64_t words[MAILBOX_WORDS];
};

/* Zeros are one that has written nothing. */
struct writer {
	struct follower follower;
	uint64_t lag_frames; /* of positions behind the hardware */
	union captured captured;
};

/* @return the number of frames that the guest gets. */
uint32_t writer_write(struct writer *w, struct opening *o, const void *src, uint32_t frames,
		      uint32_t delay_frames, uint64_t now_ns);

/* @return the position at a time that follows, at most end_frames. */
uint64_t captured_position(const union captured *captured, uint32_t rate_hz, uint64_t now_ns);

#endif
