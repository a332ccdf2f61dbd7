/* SPDX-License-Identifier: MIT */
/* The sample formats of sndif: their names in xenstore and their sizes. */
#ifndef XENAVD_FORMAT_H
#define XENAVD_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "wire/formats.h"

#define FORMAT_COUNT SAMPLE_FORMATS
#define FORMAT_ALL   ((UINT64_C(1) << FORMAT_COUNT) - 1)

/*
 * Find a format by one of its names, in any case; libxl's names (f32_le) are known too.
 *
 * @return XENSND_PCM_FORMAT_*, or -EINVAL.
 */
int format_by_name(const char *name, size_t len);

const char *format_name(uint8_t format);

/*
 * The bytes of a frame: a sample of every channel.  Formats that pack samples into less than a
 * byte, or have none, advance byte by byte.
 */
uint32_t format_frame_bytes(uint8_t format, uint8_t channels);

/* The number of such frames per second. */
uint32_t format_frames_per_sec(uint8_t format, uint8_t channels, uint32_t rate_hz);

#endif
