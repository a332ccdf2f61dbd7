/* SPDX-License-Identifier: MIT */
/*
 * The playback streams of the guest, mixed: they are read as fast as time passes, ahead of the
 * guest's position, and heard at it.
 */
#ifndef XENAV_VNC_VOICES_H
#define XENAV_VNC_VOICES_H

#include <stdbool.h>
#include <stdint.h>

#include "vnc/mix.h"
#include "vnc/pcm.h"
#include "xenav.h"

#define VOICES_MAX 32

struct voice {
	struct xenav_stream *s; /* NULL: this place is free */
	struct xenav_player *player;
	bool is_open, is_started;
	bool plays;           /* the guest has started it; it begins when there is something */
	uint64_t base_frames; /* where it was started */
	uint64_t edge_frames; /* how far the guest has written */
	struct xenav_format_info format;
	struct xenav_pcm pcm;
	uint64_t told_frames;       /* left out, as was told */
	struct resampler resampler; /* to the rate of all, if that is another one */
};

struct voices {
	struct voice list[VOICES_MAX];
	unsigned int n_started;
	struct mix mix; /* of the rate of the stream that began first */
};

/* The claim of a stream is granted. @return 0 or -errno. */
int voices_add(struct voices *voices, struct xenav_stream *s);
void voices_remove(struct voices *voices, const struct xenav_stream *s);
void voices_clear(struct voices *voices);

/* As the guest says. */
void voices_open(struct voices *voices, const struct xenav_stream *s, const struct xenav_pcm *pcm);
void voices_set_state(struct voices *voices, const struct xenav_stream *s, int state,
		      uint64_t position_frames);
void voices_write(struct voices *voices, const struct xenav_stream *s, uint64_t edge_frames);
void voices_close(struct voices *voices, const struct xenav_stream *s);

/* Read ahead, and let be heard what is due. @return when to be called again, UINT64_MAX while
 * nothing plays. */
uint64_t voices_run(struct voices *voices, uint64_t now_ns);

#endif
