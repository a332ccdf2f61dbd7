/* SPDX-License-Identifier: MIT */
/*
 * What becomes of the frames of one connector: they are compared with the last one, copied, and
 * handed to the encoder.  The first two are done some rows at a time, so that sound is not late.
 *
 * If only the newest frame counts, the guest may show the next one as soon as one is copied, and of
 * those that wait for the encoder the last one is kept.  If all count, it may when there is room
 * for the next one, which slows down the guest as far as the daemon lets us.
 */
#ifndef XENAV_RECORD_FRAMES_H
#define XENAV_RECORD_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "encoder.h"
#include "names.h"
#include "record.h"

/* One that is being made into a file, and one that waits or is being copied. */
#define PICTURES 2

struct shot {
	struct picture picture;
	bool used;    /* for the frame in hand, or with the encoder */
	bool encoded; /* the latter */
	uint64_t memory_bytes;
};

struct display {
	TAILQ_ENTRY(display) link; /* record::displays, or record::leaving */
	struct record *r;
	struct xenav_connector *c; /* NULL: it is gone */
	char label[NAME_SIZE];
	struct account *account;
	uint64_t retry_ns; /* when to claim again; 0: not */
	bool said_busy;

	uint64_t first;     /* pictures of this label that were there before */
	uint64_t presented; /* frames we were given */
	uint64_t written;
	char name[NAME_SIZE]; /* of the last picture */
	uint32_t said_fourcc; /* that it is unknown */
	bool said_failed;     /* until a picture is written */
	struct shot shots[PICTURES];

	/* the frame in hand */
	bool held;
	bool hashed;       /* and found to be another one */
	struct shot *into; /* what it is copied into, or NULL */
	uint32_t row;      /* the next to be hashed or copied */
	uint64_t new_hash;
	struct xenav_frame frame;

	bool owed;           /* a frame is not done yet */
	bool blank;          /* the guest shows nothing */
	uint64_t refresh_ns; /* when to ask for the frame again; 0: not */
	unsigned int asked;  /* of so many frames one may be the answer */
	uint64_t hash;       /* of the newest frame */
};

/* Take this frame. */
void frames_take(struct display *d, const struct xenav_frame *frame);

/* Go on with the frame in hand until then; true if there is more to do now. */
bool frames_work(struct display *d, uint64_t until_ns);

/* Do now what can be done with the frame in hand. */
void frames_hurry(struct display *d);

/* The same, and what cannot be done now is left out: its pixels are about to go. */
void frames_finish(struct display *d);

/* A picture of the display is back from the encoder. */
void frames_encoded(struct display *d, struct picture *p);

/* Has the encoder any picture of it? */
bool frames_pending(const struct display *d);

void frames_free(struct display *d);

#endif
