/* SPDX-License-Identifier: MIT */
/*
 * The keys and contacts of an input device that one consumer holds.  Several feed one device; what
 * only one of them holds is released when it leaves.  Every value that a feeder is given was sent
 * by a consumer, and is checked here.  Pure.
 */
#ifndef XENAVD_INPUT_FEEDER_H
#define XENAVD_INPUT_FEEDER_H

#include "input/state.h"

/* Of one device, at once: with as many that have left, a key counts its holders in 8 bits. */
#define INPUT_MAX_FEEDERS 16

struct feeder_contact {
	bool used;
	uint32_t id;     /* as the consumer calls it */
	uint8_t contact; /* as the guest does */
};

struct feeder {
	struct input_keys down;
	struct feeder_contact contacts[INPUT_CONTACTS];
};

/*
 * Press or release a key.  A press of a key that this feeder holds already is a repetition, a
 * release of one that it does not hold is nothing.
 *
 * @return 0; -EINVAL for a code that the guest has no key for.
 */
int feeder_key(struct feeder *feeder, struct input_state *state, uint32_t code, bool pressed);

/*
 * A contact of the consumer's own number touches the screen or moves.
 *
 * @return 0; -EOPNOTSUPP without a touch screen, -ENOSPC when the guest knows no more contacts.
 */
int feeder_touch(struct feeder *feeder, struct input_state *state, uint32_t id, int32_t x,
		 int32_t y);

/* Its shape, its direction, its end. @return 0; -ENOENT when it does not touch. */
int feeder_shape(struct feeder *feeder, struct input_state *state, uint32_t id, uint32_t major,
		 uint32_t minor);
int feeder_turn(struct feeder *feeder, struct input_state *state, uint32_t id, int32_t degrees);
int feeder_lift(struct feeder *feeder, struct input_state *state, uint32_t id);

/* Lift every contact that it holds; release every key, too. */
void feeder_lift_all(struct feeder *feeder, struct input_state *state);
void feeder_reset(struct feeder *feeder, struct input_state *state);

#endif
