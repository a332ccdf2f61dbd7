/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a READ or WRITE, on their way between the guest's buffer and the rings of consumers.
 * Few are moved at once; the mover moves many on the worker's second line, in steps.
 *
 * The mover is a job of its own, because the stream, its rings and the guest's buffer may go
 * meanwhile: it holds the buffer, and owns the rings that were dropped, until the loop has heard of
 * the job's end.
 */
#ifndef XENAVD_MOVER_H
#define XENAVD_MOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/places.h"
#include "buffer/copy.h"

struct gbuf;
struct mover;
struct worker;

/* What is moved.  The rings are either of n_rings to write to, or the one to read from. */
struct move {
	uint8_t *guest; /* where it begins in the guest's buffer */
	uint32_t bytes;
	uint32_t moved_bytes;
	uint8_t *rings[PLACES]; /* WRITE: where it begins in each ring */
	unsigned n_rings;
	struct outmem ring;      /* READ: belongs to the stream */
	uint32_t offset_bytes;   /* in that ring */
	uint32_t captured_bytes; /* that many come from the ring, and silence follows */
	uint8_t pcm_format;      /* of the silence */
};

/* Move it all, on the loop. */
void move_all(struct move *move);

/*
 * Move it on the worker.  done is called on the loop, with what was moved.
 *
 * @return NULL without memory.
 */
struct mover *mover_start(struct worker *worker, struct gbuf *buffer, const struct move *move,
			  void (*done)(const struct move *move, void *data), void *data);

/*
 * A ring is dropped: if the mover needs it, the ring's memory is the mover's now, and ends with the
 * move.  A WRITE whose rings are all dropped moves no more.
 *
 * @param mover NULL: nothing is being moved
 * @return whether the mover has taken it.
 */
bool mover_take_ring(struct mover *mover, struct copy *ring);

/* The stream has ended: move no more, and do not call done.  Accepts NULL. */
void mover_abandon(struct mover *mover);

#endif
