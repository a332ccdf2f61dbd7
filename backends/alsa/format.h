/* SPDX-License-Identifier: MIT */
/* The sample formats of guests as alsa-lib has them. */
#ifndef XENAV_ALSA_FORMAT_H
#define XENAV_ALSA_FORMAT_H

#include <stdint.h>

#include <alsa/asoundlib.h>

/* @return SND_PCM_FORMAT_UNKNOWN for formats without samples of a fixed size, and for others that
 * alsa-lib does not have. */
snd_pcm_format_t format_of_guest(uint8_t format);

/* The formats that the configuration space of a PCM has, as a set for struct xenav_limits. */
uint64_t format_mask(snd_pcm_t *pcm, snd_pcm_hw_params_t *space);

#endif
