/* SPDX-License-Identifier: MIT */
/* Formats of guests that SDL takes as they are.  Pure. */
#ifndef XENAV_VIEW_FORMATS_H
#define XENAV_VIEW_FORMATS_H

#include <stdint.h>

/*
 * @return SDL_PIXELFORMAT_* of a DRM_FORMAT_*, or 0 (SDL_PIXELFORMAT_UNKNOWN).  Formats with alpha
 * are those without, because a screen shows nothing through itself.
 */
uint32_t format_of_pixels(uint32_t fourcc);

/* @return AUDIO_* of an XENAV_FORMAT_*, or 0. */
uint16_t format_of_samples(uint8_t format);

#endif
