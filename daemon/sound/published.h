/* SPDX-License-Identifier: MIT */
/*
 * The configuration of a sound card, as its frontend's directory holds it (sndif.h, "Frontend
 * XenBus Nodes"): PCM devices 0.. with streams 0.., where each level inherits the nodes that it
 * lacks.  Pure; all of it may be the work of a hostile guest.
 */
#ifndef XENAVD_SOUND_PUBLISHED_H
#define XENAVD_SOUND_PUBLISHED_H

#include <stdint.h>

#include "xen/channel.h"

#define CARD_MAX_STREAMS 32
#define MAX_RATES        32

/* The largest buffer of a stream; a request copies this much at most on the event loop. */
#define STREAM_BUFFER_MAX_BYTES (4u << 20)

#define STREAM_RATE_MIN_HZ 1000
#define STREAM_RATE_MAX_HZ 768000

struct stream_limits {
	uint64_t formats; /* bit n: XENSND_PCM_FORMAT_* n */
	uint32_t rates_hz[MAX_RATES];
	unsigned n_rates; /* 0: any */
	uint8_t channels_min;
	uint8_t channels_max;
	uint32_t buffer_max_bytes;
};

struct published_stream {
	uint8_t pcm;
	uint8_t stream;
	uint8_t direction; /* XENAV_PLAYBACK or XENAV_CAPTURE */
	char unique_id[96];
	char pcm_name[64];
	struct stream_limits limits;
	struct channel_refs refs;
};

struct published_card {
	unsigned n_ignored; /* unknown rates and formats */
	char ignored[24];   /* the beginning of the first one */
	unsigned n_streams;
	struct published_stream streams[CARD_MAX_STREAMS];
};

struct tree;

/*
 * Read what a card's frontend has published.  A stream without any of its ring nodes ends its PCM:
 * a frontend publishes no more streams than it knows itself, Linux eight of a PCM.  Unknown rates
 * and formats are ignored, as Linux does, unless nothing is left.
 *
 * @param problem the node that is wrong, if any; a constant string
 * @return 0; -ENOENT when there is no stream or one lacks a node; -EINVAL for a malformed value;
 * -E2BIG for more than CARD_MAX_STREAMS streams.
 */
int published_card_parse(const struct tree *tree, struct published_card *card,
			 const char **problem);

#endif
