/* SPDX-License-Identifier: MIT */
/*
 * One line about everything, for the service manager (systemctl status): how many guests with how
 * many streams, connectors and input devices, and how many consumers.  It follows what happens, but
 * is told twice a second at most.
 */
#ifndef XENAVD_HEADLINE_H
#define XENAVD_HEADLINE_H

#include <stddef.h>

struct event_base;
struct headline;
struct objects;

/* Filled in when the line is told. */
struct headline_source {
	const struct objects *objects;
	unsigned (*count_consumers)(void *data);
	void *data;
};

/*
 * @param source is copied; what it points to lasts as long as the line
 * @return 0, with *out NULL when no service manager listens; or -ENOMEM.
 */
int headline_create(struct headline **out, struct event_base *base,
		    const struct headline_source *source);

/* Something that is counted has come or gone.  NULL is fine. */
void headline_changed(struct headline *headline);

/* NULL is fine. */
void headline_destroy(struct headline *headline);

#endif
