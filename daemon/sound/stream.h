/* SPDX-License-Identifier: MIT */
/*
 * A stream as consumers see it.  One claim drives it: its consumer is told what the guest does, and
 * reports positions.  Others watch, and are told the same.  Consumers of one user share one ring.
 * Everything happens on the event loop.
 */
#ifndef XENAVD_STREAM_H
#define XENAVD_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "xenav-proto.h"

struct guest_info;
struct stream;

/* The identity of a stream.  Its pointers live as long as the stream. */
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
	uint32_t generation; /* a new one for each opening; never 0 */
	uint32_t rate_hz;
	uint32_t buffer_bytes;
	uint32_t period_bytes;
	uint32_t frame_bytes;
	uint8_t format;
	uint8_t channels;
	int fd; /* of the ring; owned by the stream, for use during the call */
};

/* A limit of 0 is no limit. */
struct stream_range {
	uint32_t min;
	uint32_t max;
};

/* The limits of a consumer. */
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

/* Events for consumers; see the messages of the same names in xenav-proto.h.  A listener may
 * release its claim during a call. */
struct stream_listener {
	/* The user that pays for the ring; NULL: root. */
	uid_t (*user)(void *data);
	void (*opened)(const struct stream_opening *opening, void *data);
	void (*state)(uint32_t generation, uint32_t state, uint64_t position_frames, void *data);
	/* The guest has written these frames (playback) or read them (capture). */
	void (*written)(uint32_t generation, uint64_t position_frames, uint32_t n_frames,
			void *data);
	void (*closed)(uint32_t generation, void *data);
	void (*volume)(const struct stream_volume *volume, void *data);
	/* The driver is silent, and the daemon's own clock is at this position at that time. */
	void (*moved)(uint32_t generation, uint64_t position_frames, uint64_t when_ns, void *data);
};

void stream_get_info(const struct stream *stream, struct stream_info *info);

/* Fill in the numbers of a STATUS_STREAM: see xenav-status.h.  The position is moved to now. */
void stream_get_status(struct stream *stream, struct xenav_msg_status_stream *msg);

/*
 * Claim the stream: one claim drives or feeds it, those in XENAV_MODE_WATCH are told the same. The
 * present state is not told before stream_resync().  data identifies the claim, and is passed to
 * the listener.
 *
 * @return 0, -EBUSY when another claim drives or feeds it; of a watch -EOPNOTSUPP for capture,
 * -EUSERS when XENAV_MAX_WATCHERS watch already.
 */
int stream_claim(struct stream *stream, enum xenav_mode mode,
		 const struct stream_listener *listener, void *data);

/*
 * Let the guest choose only from these bounds, within its own configuration, until the claim ends
 * or sets others.  An open stream stays as it is.
 *
 * @return 0, or -EINVAL when nothing would be left; then the bounds are as before.
 */
int stream_bound(struct stream *stream, const struct stream_bounds *bounds);

/* Release the claim that data identifies.  After one that drove or fed the stream, the daemon's own
 * clock goes on from the consumer's position. */
void stream_release(struct stream *stream, const void *data);

/* The position when the state last changed, in frames since the opening. */
uint64_t stream_stood_frames(const struct stream *stream);

/* Tell the claim that data identifies the present state: opened, volume (if ever set), state,
 * written; nothing if the stream is closed. */
void stream_resync(struct stream *stream, const void *data);

/* The claiming consumer reports its position, to be carried on by carry_frames at most, if that is
 * not 0.  Reports of another generation, or that go back, are ignored; one that is ahead of time is
 * cut.  @return 0 or -ERANGE, see progress_report(). */
int stream_report(struct stream *stream, uint32_t generation, uint64_t position_frames,
		  uint64_t when_ns, uint32_t carry_frames);

/* The claiming consumer has filled its ring up to a position (capture). */
void stream_filled(struct stream *stream, uint32_t generation, uint64_t filled_frames);

/* Events for the observer of all streams.  A claim has ended when removed is called. */
struct stream_observer {
	void (*added)(struct stream *stream, void *data);
	void (*removed)(struct stream *stream, void *data);
};

#endif
