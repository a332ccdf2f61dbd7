/* SPDX-License-Identifier: MIT */
/*
 * Taking buffers back from the consumers that have been given them as they are.  A guest is told
 * that its pages are its own again only when no consumer has them mapped; but a consumer that does
 * not release them is not waited for longer than a guest can wait, and is disconnected.
 */
#ifndef XENAVD_FAREWELL_H
#define XENAVD_FAREWELL_H

#include <sys/queue.h>

/* The time that a consumer has to release a buffer.  Guests wait for three seconds. */
#define FAREWELL_MS 500

struct viewers;
struct event_base;
struct gbuf;

/* Those of one display. */
struct farewells {
	struct event_base *base;
	STAILQ_HEAD(, viewers) viewers; /* of each of its connectors */
	LIST_HEAD(, farewell) all;
};

void farewells_init(struct farewells *farewells, struct event_base *base);

/* Ask also those of this viewers from now on. */
void farewells_add(struct farewells *farewells, struct viewers *viewers);

/* Ask every viewer that has it for the buffer, or with NULL for all, then call done, which may be
 * at once. */
void farewell_start(struct farewells *farewells, struct gbuf *gbuf, void (*done)(void *data),
		    void *data);

/* The same for all; the farewells of single buffers end without waiting any more. */
void farewell_all(struct farewells *farewells, void (*done)(void *data), void *data);

/* A consumer has released something, or a viewer has ended. */
void farewell_check(struct farewells *farewells);

#endif
