/* SPDX-License-Identifier: MIT */
/*
 * The sample formats (sndif.h) and pixel formats (drm_fourcc.h) of the protocol: one table of each,
 * for the daemon and libxenav.
 */
#ifndef XENAV_WIRE_FORMATS_H
#define XENAV_WIRE_FORMATS_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_FORMATS 25

/* Kinds of samples; integers are unsigned unless it is said. */
#define SAMPLE_SIGNED     0x1u
#define SAMPLE_FLOAT      0x2u
#define SAMPLE_BIG_ENDIAN 0x4u

struct sample_format {
	const char *name;       /* in xl.cfg and the store */
	const char *libxl_name; /* libxl's, where it differs, or NULL */
	uint8_t bits;           /* of a sample in memory; 0: a compressed format */
	uint8_t silence[4];     /* one sample, as it stands in memory; of 8 bytes all are 0 */
	uint8_t valid_bits;     /* of the sample itself, in the lower bits */
	uint8_t kind;           /* SAMPLE_* */
};

/* By XENSND_PCM_FORMAT_*; NULL when there is none. */
const struct sample_format *sample_format_find(uint8_t format);

/* Fill memory that begins at a frame with silence, zeros for an unknown format. */
void format_silence(uint8_t format, void *data, size_t bytes);

struct pixel_format {
	uint32_t fourcc;  /* DRM_FORMAT_* */
	uint8_t cpp;      /* bytes per pixel */
	uint8_t group_px; /* pixels of a row that belong together */
	/* Of red, green and blue, in the little-endian word; 0 bits: no RGB format. */
	uint8_t bits[3];
	uint8_t shift[3];
};

/* By DRM_FORMAT_*; NULL when it is not in the table. */
const struct pixel_format *pixel_format_find(uint32_t fourcc);

#endif
