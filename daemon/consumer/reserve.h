/* SPDX-License-Identifier: MIT */
/*
 * Claims over a restart: each claim that keeps others out has a record in the journal, with the
 * token of its consumer.  After a restart the object is reserved for a while, for the consumer of
 * the same user that shows the token.
 */
#ifndef XENAVD_RESERVE_H
#define XENAVD_RESERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/patience.h"

struct claim;
struct claims;
struct event_base;
struct journal;
struct object;
struct objects;
struct reservation;

struct reserve {
	struct journal *journal; /* NULL: nothing is kept */
	const struct objects *objects;
	struct patience patience; /* with those who have a reservation */
	void (*freed)(struct object *object);
	LIST_HEAD(, reservation) all;
};

/*
 * Reserve what the journal tells of, for so many milliseconds.  Time in which xenavd cannot run,
 * and so cannot read from consumers, does not count.
 *
 * @param freed is called for an object whose reservation has ended
 * @return 0 or -ENOMEM, without reservations then; reserve_finish() is right in both cases.
 */
int reserve_start(struct reserve *reserve, struct event_base *base, struct journal *journal,
		  const struct objects *objects, unsigned ms, void (*freed)(struct object *object));

/* The records stay for the next process.  An all-zero structure is fine. */
void reserve_finish(struct reserve *reserve);

/* A consumer shows the token of an earlier connection: it takes over its reservations. */
void reserve_resume(struct reserve *reserve, const struct claims *claims, const uint8_t *token);

/* Is the object reserved for another consumer? */
bool reserve_bars(const struct reserve *reserve, const struct claims *claims,
		  const struct object *object);

/* The claim begins, which ends the reservation of its object, or ends. */
void reserve_begin(struct reserve *reserve, struct claim *claim);
void reserve_end(struct claim *claim);

#endif
