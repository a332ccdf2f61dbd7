/* SPDX-License-Identifier: MIT */
/*
 * The rings through which consumers get and give samples.  Those of one user share one ring, so
 * every byte the guest plays is copied once for each user, and never when there is no listener.
 * Users share nothing: a ring is charged for as long as a consumer keeps it, and its user has to be
 * able to end that.
 */
#ifndef XENAVD_RINGS_H
#define XENAVD_RINGS_H

#include <stdint.h>
#include <sys/types.h>

#include "buffer/copy.h"

struct move;
struct stream;

/* The ring of a user, from the first rings_join() of an opening. */
struct user_ring {
	uid_t uid;
	struct copy copy; /* without data: free */
};

/* To be called before anything else. */
void rings_init(struct stream *stream);

/* Make the user's ring unless there is one. @return its descriptor or -errno, for copy_strerror().
 */
int rings_join(struct stream *stream, uid_t uid);

/* The last consumer of the user has left. */
void rings_leave(struct stream *stream, uid_t uid);

/* The stream is closed. */
void rings_drop(struct stream *stream);

/*
 * Playback: get all rings ready for this part of the guest's buffer, which is copied to the same
 * place in each.
 *
 * @param edge_frames the end of what the guest is writing
 */
void rings_write(struct stream *stream, uint64_t edge_frames, struct move *move);

/* Capture: read from a user's ring, or only silence when there is none. */
void rings_read(struct stream *stream, uid_t uid, struct move *move);

#endif
