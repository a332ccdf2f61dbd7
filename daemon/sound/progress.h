/* SPDX-License-Identifier: MIT */
/*
 * The progress of a stream: its position, which moves in real time between START and STOP, and the
 * edge up to which the guest has written (or read), both in frames.  Positions count from OPEN to
 * CLOSE and never go back.
 *
 * The claiming consumer moves the position.  The daemon's own clock does when there is no consumer,
 * or when the consumer reports nothing new for half a buffer: Linux gives up on a stream that does
 * not move for 1.1 buffers, or moves so little that no period ends.  So whatever consumers do,
 * between START and STOP the position moves by seven eighths of time at least, less half a buffer
 * (less a second, if that is less), and by nine eighths at most, and a buffer.  Where the daemon
 * itself stood still, the consumer has half of its time to report that, and the position moves
 * then.
 *
 * Pure: time comes in as an argument.
 */
#ifndef XENAVD_PROGRESS_H
#define XENAVD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sound/drift.h"

struct progress {
	uint32_t rate; /* frames per second */
	uint32_t buffer_frames;
	uint32_t period_frames; /* a report is carried on this far */
	bool capture;
	bool running;
	bool claimed;
	bool refilled; /* since a pause, the guest has written where a restart begins */
	uint64_t position_frames;
	uint64_t edge_frames;
	uint64_t captured_frames; /* the end of the samples in the consumer's ring */
	uint64_t base_frames;     /* the base of the daemon's clock */
	uint64_t base_ns;         /* the time of that base */
	uint64_t reported_frames; /* the consumer's newest report */
	uint64_t reported_ns;     /* its time; 0: the consumer stands still, or has not reported */
	uint32_t carry_frames;    /* a report is carried on so far at most; 0: by a period */
	uint64_t silent_ns;       /* time without a new report */
	uint64_t credit_ns;       /* the time that the consumer may be ahead */
	uint64_t credited_ns;     /* when credit_ns was counted */
	uint64_t due_ns;          /* the time that is due to the guest */
	uint64_t waited_ns;       /* when silent_ns and due_ns were counted */
	uint64_t started_frames;  /* the position of the START */
	uint64_t started_ns;      /* its time */
	bool taken_over;          /* the clock has, from a consumer that has not come back */
	bool takeover_told;
	bool dry; /* playback: everything written has been played, between START and STOP */
	struct drift drift;   /* of the consumer's clock */
	uint64_t n_takeovers; /* by the clock, from a consumer that was late; of all openings */
	uint64_t
		n_underruns; /* how often the guest went on after everything was played; the same */
};

void progress_open(struct progress *p, uint32_t rate, uint32_t buffer_frames);

/*
 * Carry on the consumer's reports to the present time, by a period at most: a report is about the
 * past, and guests ask at any time.  The position is not carried on to the edge (playback) or
 * beyond the captured samples: only the consumer knows what comes then.
 */
void progress_carry_on(struct progress *p, uint32_t period_frames, bool capture);

void progress_start(struct progress *p, uint64_t now_ns);

/* Stand still; the next start goes on from here. */
void progress_pause(struct progress *p);

/*
 * Stop: the position moves to the next multiple of the buffer, because the guest starts at the
 * beginning of its buffer next time; nothing written before that position will be played.
 */
void progress_stop(struct progress *p);

/*
 * Stop from a pause, without losing what the guest has written since: a Linux that was suspended
 * fills its buffer from the beginning before it starts again.
 */
void progress_restart(struct progress *p);

/* A consumer takes control, or (claimed false) leaves. */
void progress_claim(struct progress *p, bool claimed, uint64_t now_ns);

/* Move the position to the present time, by the consumer's reports or the daemon's clock. */
void progress_tick(struct progress *p, uint64_t now_ns);

/*
 * The consumer reports its position at a time, which is now if it is 0 or in the future.  A
 * position behind the present one is ignored; one that is more than a buffer ahead of time is cut,
 * and many reports are cut like one.
 *
 * @return 0, or -ERANGE for a position beyond nine eighths of the time since the START and a
 * buffer, of which nothing is remembered.
 */
int progress_report(struct progress *p, uint64_t frames, uint64_t when_ns, uint64_t now_ns);

/* The reports that follow are carried on so far at most, and by a period; 0: by a period. */
void progress_bound_carry(struct progress *p, uint32_t carry_frames);

/* Has the daemon's own clock taken over from a consumer?  True once, until a report of the consumer
 * is not behind the position. */
bool progress_takes_over(struct progress *p);

/* See drift_ppm(). */
int32_t progress_drift_ppm(const struct progress *p);

/* The frames that are written and not yet played, or captured and not yet read. */
uint32_t progress_fill(const struct progress *p);

/* The consumer's ring is filled up to this position; at most a buffer ahead of the present one
 * counts. */
void progress_filled(struct progress *p, uint64_t frames);

/*
 * The guest has written ahead of the position, or read behind it, at an offset of its buffer: move
 * the edge.
 *
 * @return the position of the first frame.
 */
uint64_t progress_written(struct progress *p, uint32_t offset_frames, uint32_t n_frames);
uint64_t progress_read(struct progress *p, uint32_t offset_frames, uint32_t n_frames);

#endif
