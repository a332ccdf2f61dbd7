/* SPDX-License-Identifier: MIT */
/*
 * What the thread of the connection hands over to the one other thread, the real-time thread, that
 * moves the samples of a stream: the opening with its ring, and orders.
 *
 * The real-time thread names the opening that it uses in `used`, and looks again whether it is the
 * present one.  The thread of the connection takes an opening out of `current` first, and then
 * frees it only while `used` does not name it.  So neither thread waits for the other, and no ring
 * is unmapped under a reader.
 */
#ifndef XENAV_CLIENT_HANDOVER_H
#define XENAV_CLIENT_HANDOVER_H

#include <stddef.h>
#include <stdint.h>

#include "client/follower.h"

struct xenav_stream;

/* Between two reports: a guest that looks at its card expects it to be where time is. */
#define HANDOVER_REPORT_NS 2500000

/* Between two looks at a ring that the other thread has not left. */
#define HANDOVER_BURY_NS 10000000

/* Of a player or recorder.  The real-time thread uses the functions at the end, and no other. */
struct handover {
	struct xenav_stream *stream; /* NULL when it is gone */
	bool held;
	uint64_t moves; /* times that xenavd's own clock has taken over */
	struct opening *_Atomic current;
	struct opening *_Atomic used;
	struct opening *retired;
};

/*
 * Make a player or recorder, a structure of that size that begins with its handover, and attach it
 * to the stream.
 *
 * @param direction of the streams that it is for
 * @return 0 and *h; -EOPNOTSUPP for a stream of the other direction, -EALREADY for one that has a
 * player or recorder, -ENOMEM.
 */
int handover_new(struct handover **h, size_t size, struct xenav_stream *s, uint8_t direction);

/* Forget the stream; what the real-time thread may be using stays until handover_free(). */
void handover_detach(struct handover *h);

/* Detach and free everything: the other thread is gone.  NULL does nothing. */
void handover_free(struct handover *h);

/* Hand over no opening, or the present one again.  @return 0 or -ENOMEM. */
int handover_hold(struct handover *h, bool held);

/* Hand over the present opening, with its present ring.  @return 0 or -ENOMEM. */
int handover_open(struct handover *h);

/* The stream's orders have changed. */
void handover_tell(struct handover *h);

/* The stream is closed. */
void handover_close(struct handover *h);

/* Free what the other thread has left.  @return whether something remains. */
bool handover_bury(struct handover *h);

/* Bury, and call report() if the program reports positions now. @return when to call again, as
 * xenav_player_flush() does. */
int64_t handover_flush(struct handover *h, void (*report)(struct handover *h));

/* The real-time thread: the present opening, usable until handover_leave(), or NULL. */
struct opening *handover_enter(struct handover *h);
void handover_leave(struct handover *h);

#endif
