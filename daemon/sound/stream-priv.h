/* SPDX-License-Identifier: MIT */
/* A stream from the inside, for the files of the sound engine. */
#ifndef XENAVD_STREAM_PRIV_H
#define XENAVD_STREAM_PRIV_H

#include "buffer/gbuf.h"
#include "config/policy.h"
#include "report/status.h"
#include "sound/audience.h"
#include "sound/card.h"
#include "sound/progress.h"
#include "sound/published.h"
#include "sound/rings.h"
#include "sound/silence.h"
#include "sound/stream.h"
#include "sound/volume.h"
#include "xen/channel.h"
#include "xen/sndif.h"
#include "xenav-proto.h"

struct event;
struct journal_slot;
struct mover;

/* For lines of the log about a stream. */
#define STREAM_NAMED(stream) LOG_STREAM((stream)->published.pcm, (stream)->published.stream)

/* The READ or WRITE that is being served. */
struct transfer {
	uint64_t position_frames; /* of the first frame */
	struct mover *mover;      /* moves it on the worker; NULL: none does */
};

struct stream {
	const struct sound_env *env;
	const struct guest_info *guest;
	uint16_t devid;
	struct log_source *log;
	struct published_stream published;
	struct channel channel;
	struct event *timer;
	struct status_source status;
	struct journal_slot *kept; /* NULL: the stream is not kept */
	struct journal_slot *kept_volume[VOLUME_CHUNKS];
	unsigned index; /* of its records */
	bool announced;
	bool dead; /* being torn down: results of the worker are dropped */

	/* The opening; buffer is NULL when the stream is closed. */
	struct gbuf *buffer;
	uint32_t generation; /* of this opening, or the last one; not 0 while open */
	struct xensnd_open_req open;
	uint32_t frame_bytes;
	uint32_t state; /* XENAV_STREAM_* */
	struct progress progress;
	struct volume volume;  /* outlives the opening */
	uint64_t stood_frames; /* the position when the state last changed */
	uint64_t told_frames;  /* the position the guest knows */
	uint64_t n_openings;
	uint64_t n_frames; /* written or read, in all openings */

	struct hearer audience[PLACES];
	struct user_ring rings[PLACES];
	struct xensnd_query_hw_param bounds; /* of the consumer that drives */

	/* The request that waits for the worker or is being transferred. */
	uint8_t request[RING_SLOT_BYTES];
	struct transfer transfer;
	struct silence silence; /* of the guest's buffer (capture) */
};

/* -------- stream.c -------- */

/* Answer the request that is being served. */
void stream_respond(struct stream *stream, const struct xensnd_req *req, int status);

/* @return 0 or -ENOMEM. */
int stream_init(struct stream *stream, const struct published_stream *published);

/* Add the stream to the status, until stream_kill(). */
void stream_add_status(struct stream *stream);

/*
 * Stop everything and dismiss the audience; the buffer is unmapped on the worker.
 *
 * @param unmapped called then; may be NULL
 * @return whether there is a buffer to unmap.
 */
bool stream_kill(struct stream *stream, void (*unmapped)(void *data), void *data);

/* The guest has opened the stream; the buffer is the stream's now. */
void stream_opened(struct stream *stream, struct gbuf *buffer, const struct xensnd_open_req *req);

/* Set up the counters of an opening, which has no buffer yet. */
void stream_prepare(struct stream *stream, const struct xensnd_open_req *req);

/* Go on with an opening that was recalled, from its position at this moment. */
void stream_go_on(struct stream *stream, struct gbuf *buffer);

/*
 * The guest closes the stream.
 *
 * @return the buffer, for the caller to unmap; NULL when it was not open.
 */
struct gbuf *stream_closed(struct stream *stream);

/* XENSND_OP_TRIGGER_*. @return 0 or -EINVAL. */
int stream_trigger(struct stream *stream, uint8_t type);

/* SET_VOLUME, MUTE or UNMUTE. @param values volume_bytes() of them, in our own memory */
void stream_set_volume(struct stream *stream, uint8_t op, const uint8_t *values);

/* -------- transfer.c -------- */

/* Serve a READ or WRITE that is checked. */
void transfer_start(struct stream *stream, const struct xensnd_req *req);

/* -------- requests.c -------- */

/* For channel_init(); owner is the stream. */
void stream_request(struct channel *ch, const uint8_t req[RING_SLOT_BYTES], void *owner);

#endif
