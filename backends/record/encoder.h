/* SPDX-License-Identifier: MIT */
/*
 * The thread that writes pictures into files.  It touches only its pictures, so neither a large one
 * nor a slow disk holds up anything else.  The guests have turns; the pictures of one guest are
 * written in their order.
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

/* Belongs to the encoder from encoder_put() until encoder_take() or encoder_cancel() returns it. */
struct picture {
	TAILQ_ENTRY(picture) link;
	void *owner;
	const struct account *account; /* of the guest */
	char name[NAME_SIZE];
	bool replace; /* an existing file of that name */
	struct image image;
	struct room room; /* reserved in the folder */
	struct png *png;  /* of the encoder, while in work */
	bool started;     /* of the encoder: work has begun */
	int rc;           /* of a finished picture: 1, or a negative errno without a file */
	uint64_t bytes;   /* of the file */
};

/* Start the thread, which writes into that folder.  Block signals for other threads before. @return
 * 0 or -errno. */
int encoder_start(struct encoder **out, const struct folder *folder);

/* Finish all pictures, and end the thread.  e may be NULL. */
void encoder_stop(struct encoder *e);

/* Readable when a picture is finished. */
int encoder_get_fd(const struct encoder *e);

/* Hand over a picture: owner, account, name, replace and image are set. */
void encoder_put(struct encoder *e, struct picture *p);

/* Take a picture back; false if work on it has begun. */
bool encoder_cancel(struct encoder *e, struct picture *p);

/* @return a finished picture, or NULL. */
struct picture *encoder_take(struct encoder *e);

#endif
