/* SPDX-License-Identifier: MIT */
/* Samples of guests for SDL's audio: formats that SDL does not have, and volume.  Pure. */
#ifndef XENAV_VIEW_SAMPLES_H
#define XENAV_VIEW_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SDL has no more of them. */
#define SAMPLES_MAX_CHANNELS 8

/*
 * @param same whether SDL takes the samples as they are; else samples_convert() makes others of
 * them, of the same or half the size
 * @return the AUDIO_* in which samples of an XENAV_FORMAT_* are played, or 0
 */
uint16_t samples_format(uint8_t format, bool *same);

/* Convert n samples of a format that is not the same.  dst may be src. */
void samples_convert(uint8_t format, void *dst, const void *src, size_t n);

/* Multiply frames of AUDIO_* samples by a gain for each channel. */
void samples_scale(uint16_t audio_format, void *samples, size_t frames, unsigned int channels,
		   const float *gains);

/* The gain of a volume of that many 0.001 dB. */
float samples_gain(int32_t volume_mdb, bool is_muted);

#endif
