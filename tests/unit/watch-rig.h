/* SPDX-License-Identifier: MIT */
/* A playback stream, its watchers, and a consumer that may drive it: that of stream-rig.h. */
#ifndef XENAVD_WATCH_RIG_H
#define XENAVD_WATCH_RIG_H

#include <sys/types.h>

#include "stream-rig.h"

#define N_WATCHERS (XENAV_MAX_WATCHERS + 1)

enum { START = XENSND_OP_TRIGGER_START, STOP = XENSND_OP_TRIGGER_STOP };

enum told { NOTHING, OPENED, STATE, DATA, CLOSED, VOLUME };

struct watcher {
	bool there;
	uid_t uid;
	enum told leave_on; /* releases its claim during this call */
	uint32_t generation;
	uint8_t *ring;
	ino_t ino;
	unsigned n_opened, n_states, n_data, n_closed, n_volumes;
	int32_t volume_mdb;       /* of the first channel */
	uint64_t position_frames; /* of the last state */
	uint64_t data_start, data_end;
};

extern struct watcher watchers[N_WATCHERS];
extern const struct stream_listener listener;

/* For cmocka. */
int setup(void **state);
int teardown(void **state);

void watch(struct watcher *w);
void leave(struct watcher *w);

/* What the consumer does that drives. */
void claim(void);
void release(void);
void report(uint64_t frames);

/* The edge that the tail of the ring says, in bytes. */
uint64_t edge_told(const struct watcher *w);

#endif
