/* SPDX-License-Identifier: MIT */
/*
 * The thread that makes pictures into files.  It touches nothing but the pictures that it has, so
 * neither a large one nor a slow disk holds up anything else.  It works on those of all guests by
 * turns; of one guest they are made in the order in which they came.
 */
#ifndef XENAV_RECORD_ENCODER_H
#define XENAV_RECORD_ENCODER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "folder.h"
#include "image.h"
#include "names.h"

struct encoder;
struct png;

/* The encoder's from encoder_put() until encoder_take() or encoder_cancel() gives it back. */
struct picture {
	TAILQ_ENTRY(picture) link;
	void *owner;
	const struct account *account; /* of the guest */
	char name[NAME_SIZE];
	bool replace; /* a file that has the name */
	struct image image;
	struct room room; /* kept for it in the folder */
	struct png *png;  /* in work: the encoder's */
	bool started;     /* the same */
	int rc;           /* when it is back: 1, or why there is no file */
	uint64_t bytes;   /* of the file */
};

/* Start the thread, which writes into that folder.  Signals that it shall not take are blocked
 * before.  Returns 0 or -errno. */
int encoder_start(struct encoder **out, const struct folder *folder);

/* Wait for what is under way, and end the thread.  All pictures are back or lost.  NULL is allowed.
 */
void encoder_stop(struct encoder *e);

/* Readable when a picture is back. */
int encoder_get_fd(const struct encoder *e);

/* Hand over a picture: owner, account, name, replace and image are set. */
void encoder_put(struct encoder *e, struct picture *p);

/* Take it back; false if it was started. */
bool encoder_cancel(struct encoder *e, struct picture *p);

/* One that is done, or NULL. */
struct picture *encoder_take(struct encoder *e);

#endif
