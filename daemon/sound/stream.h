/* SPDX-License-Identifier: MIT */
/*
 * A stream as consumers see it: claimed by one at a time, which is told what the guest does with it
 * and drives it by the positions it reports; and watched by others, which are told the same.
 * Those of one user share one ring.  Everything happens on the event loop.
 */
#ifndef XENAVD_STREAM_H
#define XENAVD_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "xenav-proto.h"

struct guest_info;
struct stream;

/* What it points to lives as long as the stream. */
struct stream_info {
	const struct guest_info *guest;
	uint16_t devid;
	uint8_t pcm;
	uint8_t stream;
	uint8_t direction; /* XENAV_PLAYBACK or XENAV_CAPTURE */
	const char *unique_id;
	const char *pcm_name;
};

struct stream_opening {
	uint32_t generation; /* another one whenever the guest opens the stream; never 0 */
	uint32_t rate_hz;
	uint32_t buffer_bytes;
	uint32_t period_bytes;
	uint32_t frame_bytes;
	uint8_t format;
	uint8_t channels;
	int fd; /* of the ring; the stream's, to be passed on during the call */
};

/* 0: as much as there is. */
struct stream_range {
	uint32_t min;
	uint32_t max;
};

/* What a consumer can take. */
struct stream_bounds {
	uint64_t formats; /* bit n: XENSND_PCM_FORMAT_* n; 0: all */
	struct stream_range rate_hz;
	struct stream_range channels;
	struct stream_range buffer_frames;
	struct stream_range period_frames;
};

struct stream_volume {
	uint32_t generation;
	uint8_t first_channel;
	uint8_t n_channels;
	uint32_t muted;            /* bit i: channel first_channel + i */
	const int32_t *volume_mdb; /* valid during the call */
};

/* What consumers are told; see the messages of the same names in xenav-proto.h.  Whoever is told
 * may release what it has during the call. */
struct stream_listener {
	/* who pays for the ring, if it is made for this one; NULL: root */
	uid_t (*user)(void *data);
	void (*opened)(const struct stream_opening *opening, void *data);
	void (*state)(uint32_t generation, uint32_t state, uint64_t position_frames, void *data);
	/* the guest has written these frames (playback), or read them (capture) */
	void (*written)(uint32_t generation, uint64_t position_frames, uint32_t n_frames,
			void *data);
	void (*closed)(uint32_t generation, void *data);
	void (*volume)(const struct stream_volume *volume, void *data);
};

void stream_get_info(const struct stream *stream, struct stream_info *info);

/*
 * Claim the stream: one claim drives or feeds it, those in XENAV_MODE_WATCH are told the same.  The
 * present state is not told before stream_resync().  data is called back with, and is what the
 * claim is known by.
 *
 * @return 0, -EBUSY when another claim drives or feeds it; of a watch -EOPNOTSUPP for capture,
 * -EUSERS when XENAV_MAX_WATCHERS watch already.
 */
int stream_claim(struct stream *stream, enum xenav_mode mode,
		 const struct stream_listener *listener, void *data);

/*
 * Within what the guest's configuration allows, let it choose only from this, until the claim ends
 * or says otherwise.  What is open already stays.
 *
 * @return 0, or -EINVAL when that would leave nothing; then the bounds are as before.
 */
int stream_bound(struct stream *stream, const struct stream_bounds *bounds);

/* Give the claim of that data back.  After one that drove or fed it the daemon's own clock takes
 * over where the consumer was. */
void stream_release(struct stream *stream, const void *data);

/* Where the stream was when its state last changed, in frames since the opening. */
uint64_t stream_stood_frames(const struct stream *stream);

/* Tell the one of that data everything anew: opened, volume (if ever set), state, data; nothing if
 * closed. */
void stream_resync(struct stream *stream, const void *data);

/* The claiming consumer's progress.  Nonsense (another generation, going back) is ignored, and
 * what runs ahead of time is cut to what is possible. */
void stream_report(struct stream *stream, uint32_t generation, uint64_t position_frames,
		   uint64_t when_ns);

/* The claiming consumer has filled its ring up to there (capture). */
void stream_filled(struct stream *stream, uint32_t generation, uint64_t filled_frames);

/* Who wants to know of streams coming and going.  A claim has ended when removed is called. */
struct stream_observer {
	void (*added)(struct stream *stream, void *data);
	void (*removed)(struct stream *stream, void *data);
};

#endif
