/* SPDX-License-Identifier: MIT */
/*
 * A consumer that sees a connector: the driver, for which the guest waits, or a watcher.  It gets
 * the picture when it is ready for a frame.
 *
 * A consumer that may have the guest's memory itself is lent a buffer when it is first shown, and
 * told where the frames are in it from then on.  The event of a flip waits until the consumer has
 * shown the frame; by then the buffer shown before is no longer seen, and the guest may draw into
 * it.
 *
 * Other consumers get copies, and so do those to whom a buffer could not be lent.  At most one
 * frame is out that the consumer has not shown; so the slot being written is that of an earlier
 * frame, which is no longer in use.
 *
 * A watcher completes no flips, and its copies hold none back, so the guest may draw into a picture
 * that is being copied.  One copy of a connector at a time is on the worker, also when its viewer
 * has ended meanwhile; so the driver's copy waits for that of one watcher at most.
 */
#ifndef XENAVD_VIEWER_H
#define XENAVD_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#include "display/picture.h"
#include "xenav-proto.h"

/* Ways to count frames by: the bit numbers of XENAV_WAY_*. */
#define VIEWER_WAYS 3

struct connector_listener;
struct display_context;
struct flips;
struct viewer;

/* Shared by the viewers of one connector. */
struct viewer_env {
	const struct display_context *context;
	unsigned index; /* of the connector */
	const struct picture *picture;
	struct flips *flips; /* wait for the driver */

	/* The worker is free for the next copy; the last was for a viewer in this mode. */
	void (*copied)(struct viewer_env *env, enum xenav_mode mode);
	bool copying; /* a copy is on the worker, also for a viewer that has ended */

	uint64_t n_frames[VIEWER_WAYS]; /* given, by way */
	uint64_t copied_bytes;
};

/* @return 0 or -ENOMEM. */
int viewer_create(struct viewer **out, struct viewer_env *env, enum xenav_mode mode,
		  const struct connector_listener *listener, uint32_t ways, void *data);

/* Tell the consumer nothing any more; the viewer is freed when no copy needs it. */
void viewer_end(struct viewer *viewer);

/* Is its listener called with data? */
bool viewer_is(const struct viewer *viewer, const void *data);

/* See connector_ready(). */
void viewer_ready(struct viewer *viewer, bool again);

/* See connector_done(). */
void viewer_done(struct viewer *viewer, uint64_t serial);

/* Start on a frame if the consumer waits for one and there is a picture for it. */
void viewer_show(struct viewer *viewer);

/* Tell the consumer once that nothing is shown. */
void viewer_blank(struct viewer *viewer);

/* The consumer has released a buffer. @return 0 or -EINVAL. */
int viewer_freed(struct viewer *viewer, uint32_t index);

/* Does the consumer have that buffer as it is, or with NULL any? */
bool viewer_has(const struct viewer *viewer, const struct gbuf *gbuf);

/* Ask the consumer to release that buffer, or with NULL all. */
void viewer_take_back(struct viewer *viewer, const struct gbuf *gbuf);

/* If the consumer still has the buffer, treat it as returned and call listener->late(). */
void viewer_give_up(struct viewer *viewer, const struct gbuf *gbuf);

#endif
