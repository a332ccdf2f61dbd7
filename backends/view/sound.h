/* SPDX-License-Identifier: MIT */
/*
 * The sound of guests through SDL's audio: a device of SDL for each playback stream.  SDL's thread
 * takes samples from a player of libxenav, which makes positions of what it has taken.
 */
#ifndef XENAV_VIEW_SOUND_H
#define XENAV_VIEW_SOUND_H

#include <SDL.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "xenav.h"

struct sounds {
	LIST_HEAD(, tune) list;
	bool is_quiet;    /* print only errors */
	bool is_watching; /* streams are heard, and others drive them */
};

/* Claim a stream, and play it.  It keeps its tune as its data. @return 0 or -errno. */
int sounds_add(struct sounds *sounds, struct xenav_stream *s);

/* The stream is gone. */
void sounds_remove(struct xenav_stream *s);

/* Play no more of that guest. */
void sounds_release(struct sounds *sounds, uint32_t domid);

/* All streams are gone with their connection. */
void sounds_clear(struct sounds *sounds);

/* Callbacks of struct xenav_listener. */
void sounds_claim_failed(struct sounds *sounds, struct xenav_stream *s, int error);
void sounds_opened(struct xenav_stream *s, const struct xenav_pcm *pcm);
void sounds_closed(struct xenav_stream *s);
void sounds_volume(struct xenav_stream *s);

/* A device of SDL is gone, or a new one is there. */
void sounds_device_gone(struct sounds *sounds, SDL_AudioDeviceID device);
void sounds_device_added(struct sounds *sounds);

/* Report positions, and close devices that are idle. @return when to call again, UINT64_MAX:
 * never. */
uint64_t sounds_work(struct sounds *sounds, uint64_t now_ns);

#endif
