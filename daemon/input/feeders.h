/* SPDX-License-Identifier: MIT */
/*
 * The feeders of an input device, and what waits of them until the guest has room for it: keys and
 * buttons in the order of each feeder, one of each feeder in turn, so that none waits for all that
 * another one has queued.  A feeder that has left goes on until its last key is released; those
 * that join after that wait for it, so that programs that are run one after another type one after
 * another.
 */
#ifndef XENAVD_INPUT_FEEDERS_H
#define XENAVD_INPUT_FEEDERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "input/feeder.h"
#include "input/state.h"

/* Those that have left and that wait: further ones lose what has waited longest. */
#define FEEDERS_MAX_LEFT INPUT_MAX_FEEDERS

struct member;

struct feeders {
	struct input_state *state;
	TAILQ_HEAD(members, member) members; /* the next in turn first */
	unsigned n, n_left;
	uint64_t n_changes; /* how often one joined or left */
	unsigned n_waiting; /* presses and releases */
	uint64_t n_dropped; /* presses */

	/* Of the events that this one has counted so many are done with; NULL: nobody asks. */
	void (*taken)(const void *data, uint32_t count);
};

void feeders_init(struct feeders *feeders, struct input_state *state);

/* @return 0; -EUSERS when INPUT_MAX_FEEDERS feed it already, -ENOMEM.  data: what it is known by.
 */
int feeders_join(struct feeders *feeders, const void *data);

/* Lift its contacts, and release its keys behind what waits; one that has left does the same. */
void feeders_reset(struct feeders *feeders, const void *data);
void feeders_leave(struct feeders *feeders, const void *data);

/* All leave, and nothing waits any more: what the guest knows to be down is released at once. */
void feeders_end(struct feeders *feeders);

/*
 * A key, which waits.
 *
 * @return 0; -ENOENT for an unknown feeder, -EINVAL for a code that the guest has no key for,
 * -ENOBUFS when as much waits as may: a press and its release are dropped.
 */
int feeders_key(struct feeders *feeders, const void *data, uint32_t code, bool pressed);

/* Motion, which waits behind the feeder's keys and else moves the pointer at once. */
void feeders_move(struct feeders *feeders, const void *data, int32_t dx, int32_t dy, int32_t wheel);
void feeders_place(struct feeders *feeders, const void *data, int32_t x, int32_t y, int32_t wheel);

/* The next key that waits, with the motion before it, becomes part of the state. @return false when
 * nothing waits. */
bool feeders_next(struct feeders *feeders);

/* Another event of a feeder comes, or a reset. */
void feeders_count(struct feeders *feeders, const void *data);

/* All of the state is with the guest, and therefore every event that does not wait here. */
void feeders_placed(struct feeders *feeders);

/* Tell those who do not know it what is done with. */
void feeders_tell(struct feeders *feeders);

/* For contacts, which do not wait. @return NULL for an unknown one. */
struct feeder *feeders_find(struct feeders *feeders, const void *data);

#endif
