/* SPDX-License-Identifier: MIT */
/* State of a stream. */
#ifndef XENAV_CLIENT_STREAM_H
#define XENAV_CLIENT_STREAM_H

#include "client/handover.h"
#include "client/object.h"
#include "client/ring.h"

/* Messages to the daemon. */
#define OUT_FILLED   OUT_OF_KIND(0)
#define OUT_POSITION OUT_OF_KIND(1)
#define OUT_LIMITS   OUT_OF_KIND(2)

struct xenav_stream {
	struct xenav_object o;         /* first */
	struct xenav_stream_info info; /* its strings are the arrays below */
	char domain_name[64];
	char unique_id[96];
	char pcm_name[64];

	bool open;
	uint32_t generation;
	struct xenav_pcm pcm;
	struct ring ring;
	uint32_t state;
	uint64_t position; /* frames: the newest report, of the program or the daemon */
	uint64_t when_ns;
	uint32_t carry;    /* frames: xenavd carries the position on so far; 0: by a period */
	uint64_t reported; /* frames: the newest report of the program, also if it came too late */
	uint64_t started;  /* frames: the position of the last START, as far as we know.. */
	uint64_t started_ns;               /* ..and when we heard of it */
	uint64_t stood;                    /* frames: position at the last change of state */
	uint64_t written;                  /* capture, frames: the next one to write */
	uint64_t read;                     /* capture, frames: the guest has read all before it */
	struct xenav_limits limits;        /* of this claim; size 0: none */
	struct xenav_limits limits_before; /* that hold if those are refused */
	uint64_t heard;                    /* playback, frames: the end of the last stream_data */
	bool retelling;                    /* see retell.h */
	bool retold;                       /* the opening goes on */
	int32_t volume_mdb[UINT8_MAX];     /* by channel; all 0 while closed */
	bool muted[UINT8_MAX];
	union orders orders;       /* for the thread of a player or recorder */
	struct handover *handover; /* of a player or recorder, or NULL */
};

/* Report a position as xenav_stream_position() does, that xenavd is to carry on so far at most. */
int stream_position(struct xenav_stream *s, uint64_t position_frames, uint64_t when_ns,
		    uint32_t carry_frames);

#endif
