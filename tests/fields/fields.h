/* SPDX-License-Identifier: MIT */
/*
 * Every field of every request of sndif.h and displif.h, in 0, 1, its greatest legal value and that
 * one less and one more, 2^31 and 2^32-1: each has its defined answer.  Everything else in the
 * request is right, and so is what went before it.
 *
 * The table is asked of the whole daemon behind a real ring.
 */
#ifndef XENAVD_TEST_FIELDS_H
#define XENAVD_TEST_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#define FIELD_SLOT_BYTES 64u

/* -------- the world that the answers are about -------- */

/* The limits of both streams in the store. */
#define FIELD_RATES                                                                                \
	{                                                                                          \
		8000, 44100, 48000                                                                 \
	}
#define FIELD_FORMATS      "u8,s16_le,s24_le,s32_le"
#define FIELD_CHANNELS_MAX 2u
#define FIELD_BUFFER_MAX   65536u /* the pages of that many bytes are granted */

/* The connector in the store. */
#define FIELD_RESOLUTION   "800x600"
#define FIELD_PIXELS_BYTES 32768u /* are granted */

/* The limit of what one domain may have mapped: 128 MiB. */
#define FIELD_DOMAIN_BYTES (UINT32_C(32768) * 4096u)

/* -------- the table -------- */

#define FIELD_EDGES 7

/* Some error: which, depends on what is found there. */
#define FIELD_ERROR 1

enum field_where { FIELD_PLAYBACK = 1, FIELD_CAPTURE = 2, FIELD_DISPLAY = 4 };

struct field_row {
	const char *name;
	uint8_t where; /* enum field_where: one or both streams, or the display */
	uint8_t op;
	uint8_t state; /* the requests before it; see fields-priv.h */
	uint8_t offset;
	uint8_t bytes;
	uint64_t max;
	/* The answers to 0, 1, max - 1, max, max + 1, 2^31, 2^32 - 1, as far as they fit the field.
	 */
	int answer[FIELD_EDGES];
};

/* sound.c, display.c */
extern const struct field_row fields_sound[];
extern const size_t n_fields_sound;
extern const struct field_row fields_display[];
extern const size_t n_fields_display;

/* A request that is right; gref is that of the directory of what is granted. */
void field_sound_request(uint8_t req[FIELD_SLOT_BYTES], uint8_t op, uint32_t gref);
void field_display_request(uint8_t req[FIELD_SLOT_BYTES], uint8_t op, uint32_t gref);

/* -------- who runs it -------- */

struct field_end {
	enum field_where where;
	uint32_t gref;
	/* Send it, wait for the answer, put it into rsp. @return the status. */
	int (*ask)(uint8_t req[FIELD_SLOT_BYTES], uint8_t rsp[FIELD_SLOT_BYTES], void *data);
	void *data;
};

/* Ask all that there is to ask there. @return how many answers were wrong; each has a line. */
unsigned fields_run(const struct field_end *end);

#endif
