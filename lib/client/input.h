/* SPDX-License-Identifier: MIT */
/* Input devices, for the two files about them: input.c and feeding.c. */
#ifndef XENAV_CLIENT_INPUT_H
#define XENAV_CLIENT_INPUT_H

#include <stdbool.h>

#include "client/base.h"
#include "client/keyset.h"
#include "client/touches.h"

#define OUT_RESET  OUT_OF_KIND(0)
#define OUT_EVENTS OUT_OF_KIND(1)

#define INPUT_MAX_QUEUE 128

struct xenav_input {
	struct xenav_object o; /* first */
	struct xenav_input_info info;
	char domain_name[64];
	char unique_id[96];
	struct xenav_input_event queue[INPUT_MAX_QUEUE];
	unsigned int n_queue;
	struct keyset held;     /* by the program */
	struct keyset told;     /* to the daemon to be held */
	struct keyset press;    /* to be sent before the queue: keys to be pressed again.. */
	struct keyset release;  /* ..then those to be released.. */
	struct touches touches; /* ..and then contacts */
};

/* Is anything to be sent? */
bool input_has_events(const struct xenav_input *in);

/* Of what is queued in a pause only what is held in the end counts. */
void input_forget_queue(struct xenav_input *in);

#endif
