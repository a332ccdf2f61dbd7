/* SPDX-License-Identifier: MIT */
/*
 * Conversion of samples between the formats of guests and of WAV files.  Pure.
 */
#ifndef XENAV_RECORD_PCM_H
#define XENAV_RECORD_PCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcm_map {
	uint8_t bytes;     /* of a sample in the stream; 0: no conversion */
	uint8_t wav_bytes; /* in the file */
	bool big_endian;   /* in the stream; files are little-endian */
	bool flip_sign;    /* either the stream or the file is signed */
	int subtype;       /* SF_FORMAT_* of libsndfile */
};

/* The conversion of an enum xenav_format.  @return 0, or -EOPNOTSUPP if WAV files cannot hold it
 * exactly. */
int pcm_map_init(struct pcm_map *map, uint8_t format);

/* Are the bytes the same in both? */
bool pcm_same(const struct pcm_map *map);

void pcm_to_wav(const struct pcm_map *map, const unsigned char *src, unsigned char *dst,
		size_t samples);
void pcm_from_wav(const struct pcm_map *map, const unsigned char *src, unsigned char *dst,
		  size_t samples);

#endif
