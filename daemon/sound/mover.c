/* SPDX-License-Identifier: MIT */
/* See mover.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "buffer/gbuf.h"
#include "sound/format.h"
#include "sound/mover.h"
#include "xen/worker.h"

/* Of one step on the worker, for each ring. */
#define STEP_BYTES 65536u

struct mover {
	struct job job;
	struct gbuf *buffer; /* held */
	struct move move;
	bool wanted;               /* written by the loop */
	struct copy rings[PLACES]; /* dropped since the move began */
	unsigned n_rings;
	void (*done)(const struct move *move, void *data); /* NULL: nobody waits */
	void *data;
};

/* -------- moving -------- */

static void write_rings(const struct move *move, uint32_t bytes)
{
	for (unsigned i = 0; i < move->n_rings; i++)
		memcpy(move->rings[i] + move->moved_bytes, move->guest + move->moved_bytes, bytes);
}

/* @return whether the bytes were there. */
static bool read_ring(const struct move *move, uint32_t bytes)
{
	return outmem_read(&move->ring, move->offset_bytes + move->moved_bytes,
			   move->guest + move->moved_bytes, bytes) == 0;
}

/* Silence replaces samples that were not captured. */
static void read_step(struct move *move, uint32_t bytes)
{
	uint32_t captured = 0;

	if (move->captured_bytes > move->moved_bytes)
		captured = move->captured_bytes - move->moved_bytes;
	if (captured > bytes)
		captured = bytes;
	if (captured > 0 && !read_ring(move, captured)) {
		move->captured_bytes = move->moved_bytes;
		captured = 0;
	}
	format_silence(move->pcm_format, move->guest + move->moved_bytes + captured,
		       bytes - captured);
}

/* @return whether more is to be moved. */
static bool move_step(struct move *move, uint32_t bytes)
{
	if (bytes > move->bytes - move->moved_bytes)
		bytes = move->bytes - move->moved_bytes;
	if (move->n_rings > 0)
		write_rings(move, bytes);
	else
		read_step(move, bytes);
	move->moved_bytes += bytes;
	return move->moved_bytes < move->bytes;
}

void move_all(struct move *move)
{
	move_step(move, move->bytes);
}

/* -------- on the worker -------- */

static void run_step(struct job *job)
{
	struct mover *mover = CONTAINER(job, struct mover, job);

	job->more = __atomic_load_n(&mover->wanted, __ATOMIC_RELAXED) &&
		    move_step(&mover->move, STEP_BYTES);
}

static void on_moved(struct job *job)
{
	struct mover *mover = CONTAINER(job, struct mover, job);

	for (unsigned i = 0; i < mover->n_rings; i++)
		copy_destroy(&mover->rings[i]);
	gbuf_let_go(mover->buffer);
	if (mover->done)
		mover->done(&mover->move, mover->data);
	free(mover);
}

struct mover *mover_start(struct worker *worker, struct gbuf *buffer, const struct move *move,
			  void (*done)(const struct move *move, void *data), void *data)
{
	struct mover *mover = malloc(sizeof *mover);

	if (!mover)
		return NULL;
	*mover = (struct mover){
		.job = {.run = run_step, .done = on_moved},
		.buffer = buffer,
		.move = *move,
		.wanted = true,
		.done = done,
		.data = data,
	};
	gbuf_hold(buffer);
	worker_submit_copy(worker, &mover->job);
	return mover;
}

/* -------- what ends meanwhile -------- */

static void stop(struct mover *mover)
{
	__atomic_store_n(&mover->wanted, false, __ATOMIC_RELAXED);
}

static bool needs(const struct mover *mover, const struct copy *ring)
{
	const uint8_t *data = ring->mem.data;
	const struct move *move = &mover->move;

	if (!data)
		return false;
	for (unsigned i = 0; i < move->n_rings; i++)
		if (move->rings[i] == data + move->offset_bytes)
			return true;
	return move->n_rings == 0 && move->ring.data == data;
}

bool mover_take_ring(struct mover *mover, struct copy *ring)
{
	if (!mover || !needs(mover, ring))
		return false;
	mover->rings[mover->n_rings++] = *ring;
	*ring = (struct copy)COPY_INIT;
	if (mover->n_rings == mover->move.n_rings)
		stop(mover);
	return true;
}

void mover_abandon(struct mover *mover)
{
	if (!mover)
		return;
	mover->done = NULL;
	stop(mover);
}
