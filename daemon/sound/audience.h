/* SPDX-License-Identifier: MIT */
/*
 * The consumers that are told of a stream: the claim that drives it, and those that watch.
 */
#ifndef XENAVD_AUDIENCE_H
#define XENAVD_AUDIENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/places.h"
#include "xenav-proto.h"

struct stream;
struct stream_listener;

struct hearer {
	const struct stream_listener *listener; /* NULL: a free place */
	void *data;
	uint32_t generation; /* of the opening it was told of; 0: not of the present one */
};

/* To be called before anything else, stream_kill() included. */
void audience_init(struct stream *stream);

/* The guest has opened the stream. */
void audience_opened(struct stream *stream);

/* The stream has another state. */
void audience_state(struct stream *stream);

/* Samples that are written and not yet played are to be played, although the stream was stopped. */
void audience_pending(struct stream *stream);

/* The guest has set the volume. @param chunks bit n: chunk n, of XENAV_VOLUME_CHANNELS channels */
void audience_volume(struct stream *stream, unsigned chunks);

/* The guest has written or read these frames. */
void audience_moved(struct stream *stream, uint64_t position_frames, uint32_t n_frames);

/* The daemon's own clock has taken over from the driver, which is told. */
void audience_takeover(struct stream *stream, uint64_t now_ns);

/* The stream has been closed: tell, and drop the rings. */
void audience_closed(struct stream *stream);

/* Drop the rings and all consumers, without telling them. */
void audience_dismiss(struct stream *stream);

/* @return whether the stream is driven, and then by a consumer of this user. */
bool audience_driver_user(const struct stream *stream, uid_t *uid);

#endif
