/* SPDX-License-Identifier: MIT */
/*
 * The contacts of a touch screen: what the program holds down, and what the daemon was told of it,
 * so that fingers stay where they are over a pause.
 */
#ifndef XENAV_CLIENT_TOUCHES_H
#define XENAV_CLIENT_TOUCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "xenav-proto.h"

struct xenav;

/* No guest has more contacts. */
#define TOUCHES_MAX 32

struct touch {
	bool held;   /* by the program */
	bool told;   /* to the daemon of this connection */
	bool known;  /* to the one before, and not told to this one yet */
	bool lifted; /* since then */
	bool again;  /* to be told before what is queued */
	uint16_t contact;
	const void *connector; /* to be looked for: it may be gone; NULL: none */
	int32_t x, y;
};

/* Zeros: none. */
struct touches {
	struct touch touch[TOUCHES_MAX];
};

/* The program touches or lifts; in a pause that is told by touches_next().  No more than
 * TOUCHES_MAX are remembered. */
void touches_note(struct touches *touches, const struct xenav_input_event *event,
		  const void *connector, bool paused);

/* The daemon was told that. */
void touches_sent(struct touches *touches, const struct xenav_input_event *event);

/* The daemon of all that is told is gone. */
void touches_lost(struct touches *touches);

/* The program lifts all of them; the daemon was told that. */
void touches_lift_all(struct touches *touches);
void touches_reset(struct touches *touches);

/*
 * Take the next event that tells a new daemon of what is down: a contact that was lifted in a pause
 * is told first, and then its end.  A contact at a connector that is not there yet has to wait.
 *
 * @return whether there is one.
 */
bool touches_next(struct touches *touches, const struct xenav *x, struct xenav_input_event *event);

#endif
