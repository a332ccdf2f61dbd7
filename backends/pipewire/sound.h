/* SPDX-License-Identifier: MIT */
/* The streams of guests: each has a node for as long as the guest has it open. */
#ifndef XENAV_PIPEWIRE_SOUND_H
#define XENAV_PIPEWIRE_SOUND_H

#include "app.h"
#include "xenav.h"

/* Callbacks of libxenav; data is the struct app. */
void sound_on_added(void *data, struct xenav_stream *s);
void sound_on_removed(void *data, struct xenav_stream *s);
void sound_on_claimed(void *data, struct xenav_stream *s);
void sound_on_claim_failed(void *data, struct xenav_stream *s, int error);
void sound_on_limits_failed(void *data, struct xenav_stream *s, int error);
void sound_on_opened(void *data, struct xenav_stream *s, const struct xenav_pcm *pcm);
void sound_on_state(void *data, struct xenav_stream *s, int state, uint64_t position_frames);
void sound_on_volume(void *data, struct xenav_stream *s);
void sound_on_closed(void *data, struct xenav_stream *s);

/* Do the due work.  @return when the next work is due (CLOCK_MONOTONIC), or UINT64_MAX. */
uint64_t sound_work(struct app *app, uint64_t now_ns);

/* The PipeWire server is gone: remove all nodes; sound_work() makes them anew when there is one. */
void sound_on_down(struct app *app);

/* The connection to xenavd is over: forget all streams. */
void sound_finish(struct app *app);

#endif
