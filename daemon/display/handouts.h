/* SPDX-License-Identifier: MIT */
/*
 * Which of the guest's buffers one claim has been given as they are, and under which indices.  Pure
 * bookkeeping; what is said to the consumer is lending.c's.
 *
 * An index is taken from the moment its buffer is lent until the consumer has let go of it, so that
 * no message about it can be mistaken.  Buffers are known by their address, and forgotten before
 * they are freed.
 */
#ifndef XENAVD_HANDOUTS_H
#define XENAVD_HANDOUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer/lend.h"
#include "xenav-proto.h"

struct gbuf;

/* The first indices are those of copies. */
#define HANDOUT_FIRST 2
#define HANDOUTS      (XENAV_MAX_BUFFERS - HANDOUT_FIRST)

enum handout_state {
	HANDOUT_FREE,
	HANDOUT_MAKING,  /* the worker has it */
	HANDOUT_GIVEN,   /* the consumer has it */
	HANDOUT_LEAVING, /* and has been asked to let go of it */
	HANDOUT_REFUSED, /* this buffer can only be copied */
};

struct handout {
	enum handout_state state;
	const struct gbuf *gbuf;
	uint64_t serial; /* of the last frame in it */
	struct lend lend;
};

struct handouts {
	struct handout all[HANDOUTS];
};

/* All zero is an empty table. */

struct handout *handouts_find(struct handouts *handouts, const struct gbuf *gbuf);

/* An entry for this buffer, in the given state; NULL when all are taken. */
struct handout *handouts_add(struct handouts *handouts, const struct gbuf *gbuf,
			     enum handout_state state);

/* What it had lent is given back. */
void handout_free(struct handout *handout);

uint32_t handout_index(const struct handouts *handouts, const struct handout *handout);

/* The one that the consumer has under that index, or NULL. */
struct handout *handouts_at(struct handouts *handouts, uint32_t index);

/*
 * The one to do without when there is no free entry: that of the oldest frame before this serial.
 * NULL while there is a free entry, or one that soon will be.
 */
struct handout *handouts_spare(struct handouts *handouts, uint64_t serial);

/* Does the consumer have that buffer, or with NULL any? */
bool handouts_out(const struct handouts *handouts, const struct gbuf *gbuf);

#endif
