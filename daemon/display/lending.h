/* SPDX-License-Identifier: MIT */
/*
 * The guest's buffers that are lent to one viewer: made ready on the worker, announced, and asked
 * back when the guest wants them or there are too many.
 *
 * An index is taken from the moment its buffer is lent until the consumer has released it, so that
 * no message about it can be mistaken.  Buffers are known by their address, and forgotten before
 * they are freed.
 */
#ifndef XENAVD_LENDING_H
#define XENAVD_LENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer/lend.h"
#include "display/geometry.h"
#include "display/listener.h"
#include "xen/worker.h"
#include "xenav-proto.h"

struct display_context;
struct gbuf;

/* Copies have the indices below. */
#define HANDOUT_FIRST 2
#define HANDOUTS      (XENAV_MAX_BUFFERS - HANDOUT_FIRST)

enum handout_state {
	HANDOUT_FREE,
	HANDOUT_MAKING,  /* the worker has it */
	HANDOUT_GIVEN,   /* the consumer has it */
	HANDOUT_LEAVING, /* the consumer has been asked to release it */
	HANDOUT_REFUSED, /* this buffer can only be copied */
};

struct handout {
	enum handout_state state;
	const struct gbuf *gbuf;
	uint64_t serial; /* of the last frame in it */
	struct lend lend;
};

struct lending {
	/* Set by the viewer. */
	const struct display_context *context;
	unsigned index; /* of the connector */
	bool drives;
	const struct connector_listener *listener;
	void *data;
	uint32_t ways;                         /* without XENAV_WAY_COPY */
	void (*lent)(struct lending *lending); /* lending_start() has ended, with success or not */
	uint64_t serial;                       /* of the last frame that the viewer was given */

	bool ended;
	struct handout all[HANDOUTS];
	struct handout *making; /* NULL when the buffer has gone meanwhile */
	struct lend lend;       /* the worker's while a buffer is being lent */
	struct job job;
};

/* Tell the consumer nothing any more, and treat all buffers as returned. */
void lending_end(struct lending *lending);

/* The handout of that buffer, or NULL. */
struct handout *lending_find(struct lending *lending, const struct gbuf *gbuf);

/* Does the consumer have that buffer, or with NULL any? */
bool lending_has(const struct lending *lending, const struct gbuf *gbuf);

/*
 * Lend a buffer that is in no handout, while no other is being lent.
 *
 * @return whether the worker has it, and lent will be called; else it has to be copied.
 */
bool lending_start(struct lending *lending, struct gbuf *gbuf);

/* Describe the frame that is now given in that buffer. */
struct connector_frame lending_frame(struct lending *lending, struct handout *handout,
				     const struct region *region, uint64_t serial);

/*
 * The consumer has released the buffer of that index.
 *
 * @return 0 when it was asked to; 1 when it cannot use the buffer, and serial is then that of the
 * last frame in it; -EINVAL when it has no buffer of that index.
 */
int lending_freed(struct lending *lending, uint32_t index, uint64_t *serial);

/* Ask for that buffer, or with NULL for all, until the viewer ends during a call. */
void lending_take_back(struct lending *lending, const struct gbuf *gbuf);

/* Treat that buffer, or with NULL all, as returned. */
void lending_give_up(struct lending *lending, const struct gbuf *gbuf);

#endif
