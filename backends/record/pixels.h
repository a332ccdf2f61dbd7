/* SPDX-License-Identifier: MIT */
/*
 * Conversion of rows of pixels from the formats of guests to 8-bit RGB.  Pure.
 */
#ifndef XENAV_RECORD_PIXELS_H
#define XENAV_RECORD_PIXELS_H

#include <stdbool.h>
#include <stdint.h>

/* Can rows of this DRM_FORMAT_* be converted? */
bool pixels_known(uint32_t fourcc);

/*
 * Convert a row of a known format: width * xenav_fourcc_bytes() bytes at src, of any alignment,
 * to width * 3 bytes at rgb.  Values of fewer bits repeat their upper bits, so that black and white
 * are kept; alpha is left out; YUYV is BT.601, limited range.
 */
void pixels_row(uint32_t fourcc, const unsigned char *src, uint32_t width, unsigned char *rgb);

#endif
