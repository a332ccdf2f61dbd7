/* SPDX-License-Identifier: MIT */
/*
 * Frames of one connector: each is compared with the last one, copied, and handed to the encoder.
 * Comparing and copying take some rows at a time, so that sound is not late.
 *
 * If only the newest frame counts, a frame is done once it is copied, and a newer one replaces a
 * copy that waits for the encoder.  If all frames count, a frame is done once there is room for the
 * next one, which slows down the guest as far as xenavd allows.
 */
#ifndef XENAV_RECORD_FRAMES_H
#define XENAV_RECORD_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "encoder.h"
#include "names.h"
#include "record.h"

/* One picture is being written into a file, another one waits or is being copied. */
#define PICTURES 2

struct shot {
	struct picture picture;
	bool used;    /* by the frame in hand or the encoder */
	bool encoded; /* by the encoder */
	uint64_t memory_bytes;
};

struct display {
	TAILQ_ENTRY(display) link; /* record::displays, or record::leaving */
	struct record *r;
	struct xenav_connector *c; /* NULL: removed */
	char label[NAME_SIZE];
	struct account *account;
	uint64_t retry_ns; /* time to claim again, or 0 */
	bool said_busy;

	uint64_t first;     /* number of the last picture from earlier runs */
	uint64_t presented; /* frames, each counted once */
	uint64_t written;
	char name[NAME_SIZE]; /* of the last picture */
	uint32_t said_fourcc; /* the user knows that it is unknown */
	bool said_failed;     /* since the last written picture */
	struct shot shots[PICTURES];

	/* The frame in hand. */
	bool held;
	bool hashed;       /* compared, and a new one */
	struct shot *into; /* target of the copy, or NULL */
	uint32_t row;      /* next row to be hashed or copied */
	uint64_t new_hash;
	struct xenav_frame frame;

	bool owed;           /* xenav_frame_done() is due */
	bool blank;          /* the guest shows nothing */
	uint64_t refresh_ns; /* time to ask for the frame again, or 0 */
	unsigned int asked;  /* number of next frames that may be the answer */
	uint64_t hash;       /* of the newest frame */
};

/* Take a frame in hand, in place of the one before. */
void frames_take(struct display *d, const struct xenav_frame *frame);

/* Work on the frame in hand until until_ns.  @return whether there is more to do now. */
bool frames_work(struct display *d, uint64_t until_ns);

/* Work on the frame in hand as far as possible. */
void frames_hurry(struct display *d);

/* Finish the frame in hand, or leave it out, before its pixels are unmapped. */
void frames_finish(struct display *d);

/* Take a picture back from the encoder. */
void frames_encoded(struct display *d, struct picture *p);

/* Has the encoder any picture of the display? */
bool frames_pending(const struct display *d);

void frames_free(struct display *d);

#endif
