/* SPDX-License-Identifier: MIT */
/*
 * What the journal has of a stream, for the files of the sound engine.  The record is written
 * whenever something is about to become visible to the guest: an answer or an event.  A request
 * without an answer is served again after a restart, from the record before it.
 */
#ifndef XENAVD_SOUND_KEEPING_H
#define XENAVD_SOUND_KEEPING_H

#include "journal/journal.h"
#include "sound/stream-priv.h"

/* The record JOURNAL_STREAM; the channel of its key is the place in the card.  It exists for closed
 * streams too, for the sake of their generation. */
struct kept_stream {
	uint32_t generation;
	uint8_t open;
	uint8_t state;
	uint8_t refilled;
	uint8_t reserved;
	struct xensnd_open_req request;
	uint32_t reserved2;
	uint64_t position_frames;
	uint64_t edge_frames;
	uint64_t stood_frames;
	uint64_t told_frames;
};

/* The record JOURNAL_VOLUME; the id of its key is the number of the chunk.  Without one the chunk
 * was never set. */
struct kept_volume {
	int32_t mdb[XENAV_VOLUME_CHANNELS];
	uint32_t muted;
};

/* The key of a record of the stream. @param index the place of the stream in the card */
struct journal_key keeping_key(const struct stream *stream, uint8_t type, unsigned index);

/* The number of channels of a chunk of volumes. */
unsigned keeping_channels(unsigned chunk);

/* Begin to keep a stream. @param index its place in the card */
void keeping_begin_stream(struct stream *stream, unsigned index);

void keeping_write(struct stream *stream);

/* The guest has set volumes. @param chunks bit n: chunk n */
void keeping_write_volume(struct stream *stream, unsigned chunks);

#endif
