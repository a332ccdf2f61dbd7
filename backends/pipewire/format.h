/* SPDX-License-Identifier: MIT */
/* Sample formats, channels and volumes of guests in the terms of PipeWire. */
#ifndef XENAV_PIPEWIRE_FORMAT_H
#define XENAV_PIPEWIRE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include <spa/param/audio/format-utils.h>

#include "xenav.h"

/* Limits of a stream, so that PipeWire can take what the guest opens it with. */
extern const struct xenav_limits format_limits;

/* Can PipeWire take it?  A guest may have opened the stream before there were limits. */
bool format_can(const struct xenav_pcm *pcm);

/* The format of the node. */
struct spa_audio_info_raw format_to_spa(const struct xenav_pcm *pcm);

/*
 * PipeWire's converter has no unsigned formats of more than 8 bits, and that of 0.3.65 makes noise
 * of big-endian floats of 64 bits: format_to_spa() makes signed and little-endian ones of them, and
 * this turns the samples of a buffer, of any format, from one to the other, either way.
 */
void format_turn(const struct xenav_pcm *pcm, void *samples, uint32_t frames);

/* The factor of a volume in steps of 0.001 dB, as PipeWire has it: from 0 to 10. */
float format_volume(int32_t mdb);

#endif
