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

#include "client/mailbox.h"
#include "client/map.h"

struct xenav_stream;

/* Between two reports: a guest that looks at its card expects it to be where time is. */
#define HANDOVER_REPORT_NS 2500000

/* Between two looks at a ring that the other thread has not left. */
#define HANDOVER_BURY_NS 10000000

/* The state of a stream, in one piece. */
union orders {
	struct {
		uint64_t state;       /* XENAV_STREAM_* */
		uint64_t change;      /* counts changes of all but edge_frames */
		uint64_t stops;       /* counts STOPPED: frames before it are void */
		uint64_t base_frames; /* position at the change.. */
		uint64_t clock_ns;    /* ..or, if not 0, of xenavd's own clock at that time */
		uint64_t edge_frames; /* the guest has written or, for capture, read up to here */
	};
	uint64_t words[MAILBOX_WORDS];
};

struct opening {
	struct opening *next; /* while retired */
	struct xenav_map *map;
	uint32_t generation;
	struct xenav_pcm pcm;
	struct mailbox orders;
};

/* Of a player or recorder.  The real-time thread uses the functions at the end, and no other. */
struct handover {
	struct xenav_stream *stream; /* NULL when it is gone */
	bool held;
	uint64_t moves; /* times that xenavd's own clock has taken over */
	struct opening *_Atomic current;
	struct opening *_Atomic used;
	struct opening *retired;
};

/* Attach to the stream.  @return 0 or -ENOMEM. */
int handover_attach(struct handover *h, struct xenav_stream *s);

/* Forget the stream; what the real-time thread may be using stays until handover_end(). */
void handover_detach(struct handover *h);

/* Detach and free everything: the other thread is gone. */
void handover_end(struct handover *h);

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

/* What the real-time thread remembers of the orders. */
struct follower {
	uint32_t generation;
	uint32_t most_frames; /* in one call for this opening */
	union orders orders;
	uint64_t change; /* of the orders that are followed; 0: of none yet */
	uint64_t stops;
};

/* Look at the orders, before frames are moved.  @return whether the stream is started. */
bool follower_attend(struct follower *f, struct opening *o, uint32_t frames);

/* Follow the orders.  @return whether the stream begins anew, with its base. */
bool follower_follow(struct follower *f);

/* Where xenavd's own clock is, or else the base. */
uint64_t follower_clock(const struct follower *f, const struct opening *o, uint64_t now_ns);

#endif
