/* SPDX-License-Identifier: MIT */
/*
 * A client's ear: samples in the client's format, put in by the sound's thread and taken out by the
 * main thread.
 */
#ifndef XENAV_VNC_TAP_H
#define XENAV_VNC_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vnc/pcm.h"

struct tap;

/* Closed at first, for 48 kHz stereo of signed 16 bits. @return NULL: no memory. */
struct tap *tap_new(void);
void tap_free(struct tap *tap);

/* -------- the main thread -------- */

/* The client's choice; what waits is dropped. */
void tap_set_format(struct tap *tap, const struct pcm_format *format);
void tap_open(struct tap *tap, bool open);

/* @return the bytes of whole frames that were taken, and *plays: has the guest's sound begun? */
size_t tap_take(struct tap *tap, void *samples, size_t max_bytes, bool *plays);

/* -------- the sound's thread -------- */

/* Put frames in, of that rate.  What the client has not taken for half a second is dropped, the
 * oldest first. @return whether there is something to take. */
bool tap_put(struct tap *tap, const int32_t *stereo, uint32_t frames, uint32_t rate_hz);

/* The guest's sound begins or ends. */
void tap_set_plays(struct tap *tap, bool plays);

#endif
