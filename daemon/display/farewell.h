/* SPDX-License-Identifier: MIT */
/*
 * Taking lent buffers back from consumers.  A guest is told that its pages are its own again only
 * when no consumer has them mapped; but a consumer that does not release them in the time that a
 * guest can wait is disconnected.
 */
#ifndef XENAVD_FAREWELL_H
#define XENAVD_FAREWELL_H

#include <sys/queue.h>

/* The time that a consumer has to release a buffer.  Guests wait for three seconds. */
#define FAREWELL_MS 500

struct viewers;
struct event_base;
struct gbuf;

/* The farewells of one display. */
struct farewells {
	struct event_base *base;
	STAILQ_HEAD(, viewers) viewers; /* of each of its connectors */
	LIST_HEAD(, farewell) all;
};

void farewells_init(struct farewells *farewells, struct event_base *base);

/* Add the viewers of a connector. */
void farewells_add(struct farewells *farewells, struct viewers *viewers);

/* Ask all viewers for the buffer, or with NULL for all buffers, and call done when none has it any
 * more, which may be at once. */
void farewell_start(struct farewells *farewells, struct gbuf *gbuf, void (*done)(void *data),
		    void *data);

/* The same for all buffers; the farewells of single ones end without waiting any more. */
void farewell_all(struct farewells *farewells, void (*done)(void *data), void *data);

/* A consumer has released something, or a viewer has ended. */
void farewell_check(struct farewells *farewells);

#endif
