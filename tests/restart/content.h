/* SPDX-License-Identifier: MIT */
/* What guests play, show and are typed, so that whoever hears or sees it knows whether it is whole
 * and in order. */
#ifndef XENAVD_CONTENT_H
#define XENAVD_CONTENT_H

#include <stdint.h>

#define WITNESS_WIDTH_PX  64
#define WITNESS_HEIGHT_PX 48

/* Frame number n, from 1 on, of an opening: both channels together. */
uint32_t witness_sample(unsigned opening, uint32_t n);
unsigned witness_sample_opening(uint32_t sample);
uint32_t witness_sample_number(uint32_t sample);

/* Pixel i of picture number n; is that a whole picture? @return its number, or 0 if it is not. */
uint32_t witness_pixel(uint32_t n, uint32_t i);
uint32_t witness_picture(const void *pixels, uint32_t stride_bytes);

/* The keys that may be typed, in turns, how many there are, and the one that is held at the end. */
extern const uint16_t witness_keys[];
extern const unsigned witness_n_keys;
extern const uint16_t witness_last_key;

#endif
