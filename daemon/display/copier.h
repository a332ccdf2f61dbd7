/* SPDX-License-Identifier: MIT */
/*
 * The copies of frames for one viewer.  Two slots of shared memory take turns, so that a consumer
 * reads from one while the other is written.  Small frames are copied at once; large ones step by
 * step on the worker, behind the jobs that guests wait for.
 */
#ifndef XENAVD_COPIER_H
#define XENAVD_COPIER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer/copy.h"
#include "display/listener.h"
#include "display/picture.h"
#include "xen/worker.h"

struct guest_info;

struct copier {
	struct worker *worker;
	void (*done)(struct copier *copier);
	bool dropped; /* no result is used any more */
	struct slot {
		struct copy copy;
		bool announced; /* the consumer has it */
	} slots[2];

	/* The copy that is under way, when the worker has it, or the last. */
	struct job job;
	struct slot *slot;
	struct picture picture; /* as it was when the copy began */
	bool fitting;           /* the slot is made anew */
	bool begun;             /* making the slot has begun */
	uint32_t n_rows;
	int rc;
};

/* The worker's copies end with a call of done. */
void copier_init(struct copier *copier, struct worker *worker, void (*done)(struct copier *copier));

/*
 * Copy the picture, whose buffer has to be mapped, into the slot of that index, on the accounts of
 * guest and user.  The buffer is not unmapped meanwhile.
 *
 * @return 0 when the copy is made; 1 when done will be called, with rc set; or -errno, as
 * copy_reserve() and copy_make().
 */
int copier_start(struct copier *copier, unsigned slot, const struct picture *picture,
		 const struct guest_info *guest, uid_t uid);

/* Describe the last copy. */
struct connector_frame copier_frame(const struct copier *copier, uint64_t serial);

/* Describe its buffer if the consumer does not know it yet. @return whether that is so. */
bool copier_announce(struct copier *copier, struct connector_buffer *buffer);

/* Cancel the copy under way; no other follows. @return true when it has ended and done is not
 * called. */
bool copier_drop(struct copier *copier);

/* No copy is under way, and none will be: give the memory back, then call gone. */
void copier_finish(struct copier *copier, void (*gone)(struct copier *copier));

#endif
