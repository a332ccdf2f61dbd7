/* SPDX-License-Identifier: MIT */
/*
 * Rows of pixels, from what guests use to 8-bit RGB.  Pure.
 */
#ifndef XENAV_RECORD_PIXELS_H
#define XENAV_RECORD_PIXELS_H

#include <stdbool.h>
#include <stdint.h>

/* Can rows of this DRM_FORMAT_* be converted? */
bool pixels_known(uint32_t fourcc);

/*
 * Convert a row of a known format: width * xenav_fourcc_bytes() bytes at src, of any alignment,
 * to width * 3 bytes at rgb.  Values of fewer bits are widened by repeating their upper bits, so
 * that black and white stay what they are; alpha is left out; YUYV is BT.601, limited range.
 */
void pixels_row(uint32_t fourcc, const unsigned char *src, uint32_t width, unsigned char *rgb);

#endif
