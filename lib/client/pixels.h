/* SPDX-License-Identifier: MIT */
/*
 * Conversion of pixels from the formats of guests to XRGB8888.  Pure.
 */
#ifndef XENAV_CLIENT_PIXELS_H
#define XENAV_CLIENT_PIXELS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/formats.h"

/* The most pixels of a call. */
#define PIXELS_MAX 64

/*
 * Convert n pixels of a row, from pixel x on, to words that stand in memory as B, G, R, 0xff; what
 * is behind them in out is undefined.  The row may have any alignment, and is read once; x is even.
 * Values of fewer bits repeat their upper bits, so that black and white are kept; YUYV is BT.601,
 * limited range.
 */
void pixels_convert(const struct pixel_format *format, const unsigned char *row, uint32_t x,
		    uint32_t n, uint32_t out[PIXELS_MAX]);

/* @return true if shown holds what these pixels are converted to, found without converting them;
 * false says nothing: the format or n may be one that has to be converted. */
bool pixels_are_shown(const struct pixel_format *format, const unsigned char *row, uint32_t x,
		      uint32_t n, const unsigned char *shown);

#endif
