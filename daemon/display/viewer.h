/* SPDX-License-Identifier: MIT */
/*
 * A consumer that sees a connector: the driver, for which the guest waits, or a watcher.  It gets
 * what the guest shows when it is ready for a frame.
 *
 * A consumer that may have the guest's memory itself is lent a buffer when it is first shown, and
 * told where the frames are in it from then on.  The event of a flip waits until the consumer has
 * shown the frame, and by then it has also released the buffer shown before: the guest draws into
 * nothing that is still seen.
 *
 * All others get copies, and also those for whom a buffer could not be lent.  At most one frame is
 * out that the consumer has not shown; so the slot being written is that of the frame before, which
 * the consumer has released.
 *
 * A watcher completes no flips, and its copies hold none back, so the guest may draw into what is
 * being copied.  Of one connector one copy at a time is on the worker, also when its viewer has
 * ended meanwhile; so the copy for the driver comes behind one of a watcher at most.
 */
#ifndef XENAVD_VIEWER_H
#define XENAVD_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#include "display/picture.h"
#include "xenav-proto.h"

/* The ways to count: the bit numbers of XENAV_WAY_*. */
#define VIEWER_WAYS 3

struct connector_listener;
struct display_context;
struct flips;
struct viewer;

/* What the viewers of one connector share. */
struct viewer_env {
	const struct display_context *context;
	unsigned index; /* of the connector */
	const struct picture *picture;
	struct flips *flips; /* that wait for the driver */

	/* The worker is free for the next copy; the last was for a viewer in this mode. */
	void (*copied)(struct viewer_env *env, enum xenav_mode mode);
	bool copying; /* on the worker, also for a viewer that has ended */

	uint64_t n_frames[VIEWER_WAYS]; /* given, by way */
	uint64_t copied_bytes;
};

/* @return 0 or -ENOMEM. */
int viewer_create(struct viewer **out, struct viewer_env *env, enum xenav_mode mode,
		  const struct connector_listener *listener, uint32_t ways, void *data);

/* Tell it nothing any more; what it owns goes when no copy needs it. */
void viewer_end(struct viewer *viewer);

/* Is it the one whose listener is called with data? */
bool viewer_is(const struct viewer *viewer, const void *data);

/* The consumer can take a frame: the newest if it has not seen it, with again in any case. */
void viewer_ready(struct viewer *viewer, bool again);

/* The consumer has shown the frame of that serial; others are ignored. */
void viewer_done(struct viewer *viewer, uint64_t serial);

/* Start on a frame if the consumer waits for one and there is one. */
void viewer_show(struct viewer *viewer);

/* Tell that nothing is shown, unless that is known. */
void viewer_blank(struct viewer *viewer);

/* The consumer has released a buffer. @return 0 or -EINVAL. */
int viewer_freed(struct viewer *viewer, uint32_t index);

/* Does the consumer have that buffer as it is, or with NULL any? */
bool viewer_has(const struct viewer *viewer, const struct gbuf *gbuf);

/* Ask the consumer to release that buffer, or with NULL all. */
void viewer_take_back(struct viewer *viewer, const struct gbuf *gbuf);

/* The consumer did not release the buffer in time: treat it as returned, and say so. */
void viewer_give_up(struct viewer *viewer, const struct gbuf *gbuf);

#endif
