/* SPDX-License-Identifier: MIT */
/*
 * Where a stream stands: its position, which moves in real time between START and STOP, and the
 * edge up to which the guest has written (or read).  Positions count from OPEN to CLOSE and never
 * go back.  The claiming consumer moves the position; the daemon's own clock does when there is
 * none, or when it says nothing new for half a buffer: Linux gives up on a stream that does not
 * move for 1.1 buffers, or moves so little that none of its periods ends.  So whatever consumers
 * do, between START and STOP the position moves by seven eighths of time at least, less half a
 * buffer (less a second, if that is less), and by nine eighths at most, and a buffer.  Pure: time
 * comes in as an argument.
 */
#ifndef XENAVD_PROGRESS_H
#define XENAVD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	uint32_t rate; /* frames per second */
	uint32_t buffer_frames;
	uint32_t period_frames; /* how far the consumer's word is carried on */
	bool capture;
	bool running;
	bool claimed;
	bool refilled; /* since the pause the guest has written where a restart would begin */
	uint64_t position_frames;
	uint64_t edge_frames;
	uint64_t captured_frames; /* how far the consumer has filled its ring */
	uint64_t base_frames;     /* the daemon's clock was there.. */
	uint64_t base_ns;         /* ..at that time */
	uint64_t reported_frames; /* the consumer's newest word.. */
	uint64_t reported_ns;     /* ..is about that time; 0: it stands, or has said nothing yet */
	uint64_t heard_ns;        /* when the consumer last said something new */
	uint64_t credit_ns;       /* how far the consumer may be ahead of time.. */
	uint64_t credited_ns;     /* ..as of then */
	uint64_t due_ns;          /* what the guest is owed.. */
	uint64_t due_at_ns;       /* ..as of then */
};

void progress_open(struct progress *p, uint32_t rate, uint32_t buffer_frames);

/*
 * Carry on what the consumer reports up to the present time, by a period at most: what it says is
 * about the past, and guests ask at any time.  Never to the end of what is there to be played, or
 * beyond what has been captured: how it goes on from there the consumer alone knows.
 */
void progress_carry_on(struct progress *p, uint32_t period_frames, bool capture);

void progress_start(struct progress *p, uint64_t now_ns);

/* Stand still; the next start or resume goes on from here. */
void progress_pause(struct progress *p);

/*
 * Come to a stop: the position moves to the next multiple of the buffer, because the guest starts
 * at the beginning of its buffer next time; nothing written before it will be played.
 */
void progress_stop(struct progress *p);

/*
 * The same from a pause, after which the guest begins anew without a stop: a Linux that was
 * suspended has filled its buffer again from the beginning by then, and that is played.
 */
void progress_restart(struct progress *p);

/* A consumer takes over, or none is there any more. */
void progress_claim(struct progress *p, bool claimed, uint64_t now_ns);

/* Let the daemon's clock, if it is in charge, move the position. */
void progress_tick(struct progress *p, uint64_t now_ns);

/* The consumer's word of where it was at that time, which is now if it is 0 or lies ahead.  What
 * lies before the position is ignored; what runs ahead of time by more than a buffer is cut, over
 * many reports as in one. */
void progress_report(struct progress *p, uint64_t frames, uint64_t when_ns, uint64_t now_ns);

/* The consumer's ring is filled up to there; at most a buffer ahead of the position counts. */
void progress_filled(struct progress *p, uint64_t frames);

/*
 * The guest has written, ahead of the position, or read, behind it, at that offset of its buffer;
 * move the edge.
 *
 * @return the position of the first frame.
 */
uint64_t progress_written(struct progress *p, uint32_t offset_frames, uint32_t n_frames);
uint64_t progress_read(struct progress *p, uint32_t offset_frames, uint32_t n_frames);

#endif
