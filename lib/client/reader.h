/* SPDX-License-Identifier: MIT */
/*
 * The real-time thread's side of a player: what it reads, and which position follows.  Time comes
 * in as an argument.
 */
#ifndef XENAV_CLIENT_READER_H
#define XENAV_CLIENT_READER_H

#include "client/follower.h"

/* What the thread of the connection is told after each read. */
union played {
	struct {
		uint64_t generation;
		uint64_t change;      /* of the orders that were followed */
		uint64_t when_ns;     /* of the read */
		uint64_t end_frames;  /* the position when all that is read so far is played */
		uint64_t left_frames; /* until then, at when_ns */
		/* See struct xenav_sound_stats. */
		uint64_t frames;
		uint64_t late_frames;
		uint64_t skipped_frames;
		uint64_t delay_frames;
	};
	uint64_t words[MAILBOX_WORDS];
};

/* Zeros are one that has read nothing. */
struct reader {
	struct follower follower;
	uint64_t at_frames;  /* the next frame of the guest to be read */
	uint64_t gap_frames; /* of silence since the last frame of the guest */
	bool waits;          /* a watcher, for more than one read */
	union played played;
};

/* Fill dst.  @return the number of the guest's frames. */
uint32_t reader_read(struct reader *r, struct opening *o, void *dst, uint32_t frames,
		     uint32_t delay_frames, uint64_t now_ns);

/* @return the position at a time that follows; *left_frames, at least 1: how far it goes on without
 * another read. */
uint64_t played_position(const union played *played, uint32_t rate_hz, uint64_t now_ns,
			 uint64_t *left_frames);

#endif
