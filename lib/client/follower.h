/* SPDX-License-Identifier: MIT */
/*
 * How the real-time thread follows a stream: it looks at the orders of an opening before it moves
 * frames.
 */
#ifndef XENAV_CLIENT_FOLLOWER_H
#define XENAV_CLIENT_FOLLOWER_H

#include "client/mailbox.h"
#include "client/map.h"

/* The state of a stream, in one piece. */
union orders {
	struct {
		uint64_t state;       /* XENAV_STREAM_* */
		uint64_t change;      /* counts changes of all but edge_frames */
		uint64_t stops;       /* counts STOPPED: frames before it are void */
		uint64_t base_frames; /* position at the change.. */
		uint64_t clock_ns;    /* ..or, if not 0, of xenavd's own clock at that time */
		uint64_t edge_frames; /* the guest has written or, for capture, read up to here */
		uint64_t watched;     /* another program drives the stream, or none */
	};
	uint64_t words[MAILBOX_WORDS];
};

/* An opening of the stream, and its ring. */
struct opening {
	struct opening *next; /* while retired */
	struct xenav_map *map;
	uint32_t generation;
	struct xenav_pcm pcm;
	struct mailbox orders;
};

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
