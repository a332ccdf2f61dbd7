/* SPDX-License-Identifier: MIT */
/*
 * The copies of frames for one claim.  Two slots of shared memory take turns, so that a consumer
 * reads from one while the other is written.  Small frames are copied at once; large ones step by
 * step on the worker, behind what guests wait for.
 */
#ifndef XENAVD_COPIER_H
#define XENAVD_COPIER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer/copy.h"
#include "display/geometry.h"
#include "xen/worker.h"

struct gbuf;
struct guest_info;

struct copier {
	struct worker *worker;
	void (*done)(struct copier *copier);
	bool dropped; /* nothing of it is used any more */
	struct slot {
		struct copy copy;
		bool announced; /* the consumer has it */
	} slots[2];

	/* The copy that is under way, or the last: the worker's meanwhile. */
	struct job job;
	struct slot *slot;
	struct region region;
	struct gbuf *gbuf;
	bool fitting; /* the slot is made anew */
	bool begun;   /* and that has begun */
	uint32_t n_rows;
	int rc;
};

/* done is called when a copy comes home from the worker. */
void copier_init(struct copier *copier, struct worker *worker, void (*done)(struct copier *copier));

/*
 * Copy that region of the buffer, which has to be mapped, into the slot of that index, on the
 * accounts of guest and user.  The buffer is not unmapped meanwhile.
 *
 * @return 0 when it is done, 1 when done will be called, and rc says how it went; or -errno, as
 * copy_reserve() and copy_make().
 */
int copier_start(struct copier *copier, unsigned slot, struct gbuf *gbuf,
		 const struct region *region, const struct guest_info *guest, uid_t uid);

/* The copy that is under way is of no use, and it is the last.
 * @return true: it has ended, and done is not called. */
bool copier_drop(struct copier *copier);

/* No copy is under way, and none will be: give the memory back, then call gone. */
void copier_finish(struct copier *copier, void (*gone)(struct copier *copier));

#endif
