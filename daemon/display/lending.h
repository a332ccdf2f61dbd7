/* SPDX-License-Identifier: MIT */
/*
 * The guest's buffers that one claim is given as they are: lent on the worker, announced, asked for
 * when the guest wants them back or there are too many.
 */
#ifndef XENAVD_LENDING_H
#define XENAVD_LENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer/lend.h"
#include "display/handouts.h"
#include "xen/worker.h"

struct connector;
struct connector_listener;
struct gbuf;

struct lending {
	struct connector *conn;
	const struct connector_listener *listener;
	void *data;
	uint32_t ways; /* but for copies */
	void (*lent)(struct lending *lending);
	uint64_t serial; /* of the last frame that the claim was given */
	bool ended;

	struct handouts handouts;
	bool busy;              /* one is being lent */
	struct handout *making; /* NULL when the buffer has gone meanwhile */
	struct lend lend;       /* the worker's meanwhile */
	struct job job;
};

/* lent is called when lending_start() has come to its end, however it went. */
void lending_init(struct lending *lending, struct connector *conn,
		  const struct connector_listener *listener, uint32_t ways, void *data,
		  void (*lent)(struct lending *lending));

/* Nothing is told any more, and what was lent is given back. */
void lending_end(struct lending *lending);

/* Lend a buffer that is in no handout. @return whether it is on its way; else it has to be copied.
 */
bool lending_start(struct lending *lending, struct gbuf *gbuf);

/*
 * The consumer has let go of the buffer of that index.
 *
 * @return 0 when it was asked to; 1 when it cannot use it, and serial is then that of the last
 * frame in it; -EINVAL when it has none of that index.
 */
int lending_freed(struct lending *lending, uint32_t index, uint64_t *serial);

/* Ask for that buffer, or with NULL for all; not a word to who gives its claim back meanwhile. */
void lending_take_back(struct lending *lending, const struct gbuf *gbuf);

/* Count it, or them, as given back. */
void lending_give_up(struct lending *lending, const struct gbuf *gbuf);

#endif
