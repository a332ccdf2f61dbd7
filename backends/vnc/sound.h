/* SPDX-License-Identifier: MIT */
/*
 * The guest's sound, in a thread with a connection to xenavd of its own: it is the guest's clock,
 * and so waits neither for pictures nor for clients.
 */
#ifndef XENAV_VNC_SOUND_H
#define XENAV_VNC_SOUND_H

#include "common/options.h"
#include "vnc/tap.h"

struct sound;

/* Start the thread; the options stay the caller's. @return 0 and *sound, or -errno. */
int sound_start(struct sound **sound, const struct common_options *o);
void sound_stop(struct sound *sound);

/* @return a tap for a client, or NULL: no memory. */
struct tap *sound_open_tap(struct sound *sound);
void sound_close_tap(struct sound *sound, struct tap *tap);

/* Readable: there is something in a tap, and sound_hear() is to be called once. */
int sound_get_fd(const struct sound *sound);
void sound_hear(struct sound *sound);

#endif
