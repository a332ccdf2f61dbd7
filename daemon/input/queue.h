/* SPDX-License-Identifier: MIT */
/*
 * The keys and buttons of one consumer that the guest had no room for yet, in their order, each
 * with the motion before it: a click that waits lands where the pointer was.  A press that finds no
 * place is dropped together with its release.  Pure.
 */
#ifndef XENAVD_INPUT_QUEUE_H
#define XENAVD_INPUT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "input/state.h"

/* Presses and releases: all 662 keys may be held at once. */
#define INPUT_QUEUE 1024

/* First to a position, if it was placed, and from there by dx and dy. */
struct queue_motion {
	bool any;
	bool placed;
	int32_t x, y;
	int32_t dx, dy, wheel;
};

struct queue_entry {
	struct queue_motion before;
	uint16_t code; /* 0: motion alone, behind the last key */
	bool pressed;
	uint32_t count; /* see input_queue */
};

struct input_queue {
	struct queue_entry entries[INPUT_QUEUE];
	unsigned first, n;
	struct input_keys held;    /* as it is behind the last entry */
	unsigned n_held;           /* each of them has a place for its release */
	struct queue_motion after; /* behind the last entry */
	uint32_t count;            /* of its consumer's events, with the one that is appended */
};

/*
 * Append a press or release of a key below INPUT_KEYS.  A press of a key that is held is a
 * repetition, and several in a row that wait are one.  A release of one that is not held is
 * nothing, so that of a dropped press is dropped as well.
 *
 * @return 0, or -ENOBUFS when a press was dropped because the queue is full.
 */
int queue_key(struct input_queue *queue, unsigned code, bool pressed);

/* Motion behind everything; it takes no place. */
void queue_move(struct input_queue *queue, int32_t dx, int32_t dy, int32_t wheel);
void queue_place(struct input_queue *queue, int32_t x, int32_t y, int32_t wheel);

/* Append the release of every key that is held. */
void queue_release_all(struct input_queue *queue);

/* Take the first. @return false when nothing waits. */
bool queue_next(struct input_queue *queue, struct queue_entry *entry);

/* The number of presses that wait. */
unsigned queue_presses(const struct input_queue *queue);

static inline bool queue_is_empty(const struct input_queue *queue)
{
	return queue->n == 0 && !queue->after.any;
}

#endif
