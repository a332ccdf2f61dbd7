/* SPDX-License-Identifier: MIT */
/* See copier.h. */
#include <config.h>

#include <errno.h>
#include <stddef.h>

#include "base/container.h"
#include "buffer/gbuf.h"
#include "display/copier.h"
#include "xenav-proto.h"

/* The most to copy at once on the loop, and in one step on the worker. */
#define STEP_BYTES (256u * 1024)

void copier_init(struct copier *copier, struct worker *worker, void (*done)(struct copier *copier))
{
	*copier = (struct copier){
		.worker = worker,
		.done = done,
		.slots = {{.copy = COPY_INIT}, {.copy = COPY_INIT}},
	};
}

/* Make the slot as large as the frame and not a page larger, as soon as the copy is made. */
static int fit_slot(struct copier *copier, const struct guest_info *guest, uid_t uid)
{
	const size_t size_bytes = copier->picture.region.size_bytes;

	copier->fitting = !copy_fits(&copier->slot->copy, size_bytes);
	copier->begun = false;
	if (!copier->fitting)
		return 0;
	copier->slot->announced = false;
	return copy_reserve(&copier->slot->copy, guest, uid, size_bytes);
}

static void settle_slot(struct copier *copier)
{
	if (copier->fitting)
		copy_settle(&copier->slot->copy);
	copier->fitting = false;
}

/* @return 1 while there is more to be made. */
static int make_step(struct copier *copier)
{
	struct copy *copy = &copier->slot->copy;
	int rc;

	if (copier->begun)
		return copy->mem.data ? 0 : copy_extend(copy, STEP_BYTES, false);
	rc = copy_begin(copy, copier->picture.region.size_bytes);
	copier->begun = rc == 0;
	return rc < 0 ? rc : 1;
}

/* @return 1 while there is more to be copied. */
static int copy_step(struct copier *copier)
{
	const struct region *region = &copier->picture.region;
	uint32_t n_rows = STEP_BYTES / (uint32_t)region->stride_bytes;
	const void *src;

	if (n_rows == 0)
		n_rows = 1;
	if (n_rows > region->height_px - copier->n_rows)
		n_rows = region->height_px - copier->n_rows;
	src = gbuf_begin_read(copier->picture.gbuf);
	region_copy(region, copier->slot->copy.mem.data, src, copier->n_rows, n_rows);
	gbuf_end_read(copier->picture.gbuf);
	copier->n_rows += n_rows;
	return copier->n_rows < region->height_px;
}

/* On the worker, or on the loop for a small frame. */
static void run_step(struct job *job)
{
	struct copier *copier = CONTAINER(job, struct copier, job);
	int rc = copier->fitting ? make_step(copier) : 0;

	if (rc == 0)
		rc = copy_step(copier);
	copier->rc = rc < 0 ? rc : 0;
	job->more = rc > 0;
}

static void on_copied(struct job *job)
{
	struct copier *copier = CONTAINER(job, struct copier, job);

	/* A slot that is half made goes in copier_finish(). */
	if (!copier->dropped)
		settle_slot(copier);
	gbuf_let_go(copier->picture.gbuf);
	copier->done(copier);
}

int copier_start(struct copier *copier, unsigned slot, const struct picture *picture,
		 const struct guest_info *guest, uid_t uid)
{
	int rc;

	copier->slot = &copier->slots[slot];
	copier->picture = *picture;
	copier->n_rows = 0;
	copier->rc = 0;
	rc = fit_slot(copier, guest, uid);
	if (rc < 0)
		return rc;
	if (picture->region.size_bytes <= STEP_BYTES) {
		do
			run_step(&copier->job);
		while (copier->job.more);
		settle_slot(copier);
		return copier->rc;
	}
	copier->job.run = run_step;
	copier->job.done = on_copied;
	gbuf_hold(picture->gbuf);
	worker_submit_copy(copier->worker, &copier->job);
	return 1;
}

struct connector_frame copier_frame(const struct copier *copier, uint64_t serial)
{
	const struct region *region = &copier->picture.region;

	return (struct connector_frame){
		.serial = serial,
		.buffer = (uint32_t)(copier->slot - copier->slots),
		.width_px = region->width_px,
		.height_px = region->height_px,
		.stride_bytes = (uint32_t)region->stride_bytes,
		.fourcc = region->fourcc,
	};
}

bool copier_announce(struct copier *copier, struct connector_buffer *buffer)
{
	struct slot *slot = copier->slot;

	if (slot->announced)
		return false;
	slot->announced = true;
	*buffer = (struct connector_buffer){
		.index = (uint32_t)(slot - copier->slots),
		.size_bytes = (uint32_t)slot->copy.mem.size_bytes,
		.way = XENAV_WAY_COPY,
		.fd = slot->copy.mem.fd,
	};
	return true;
}

bool copier_drop(struct copier *copier)
{
	copier->dropped = true;
	if (!worker_drop(copier->worker, &copier->job))
		return false;
	gbuf_let_go(copier->picture.gbuf);
	return true;
}

/* -------- the end -------- */

/* On the worker, or on the loop when there is little to unmap. */
static void run_bury(struct job *job)
{
	struct copier *copier = CONTAINER(job, struct copier, job);

	copy_destroy(&copier->slots[0].copy);
	copy_destroy(&copier->slots[1].copy);
}

static void on_buried(struct job *job)
{
	struct copier *copier = CONTAINER(job, struct copier, job);

	copier->done(copier);
}

void copier_finish(struct copier *copier, void (*gone)(struct copier *copier))
{
	const struct outmem *first = &copier->slots[0].copy.mem;
	const struct outmem *second = &copier->slots[1].copy.mem;

	copy_leave(&copier->slots[0].copy);
	copy_leave(&copier->slots[1].copy);
	copier->done = gone;
	if (first->size_bytes + second->size_bytes > STEP_BYTES) {
		copier->job.run = run_bury;
		copier->job.done = on_buried;
		worker_submit_copy(copier->worker, &copier->job);
		return;
	}
	run_bury(&copier->job);
	gone(copier);
}
