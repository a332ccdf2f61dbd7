/* SPDX-License-Identifier: MIT */
/* Input devices, for the two files about them: input.c and feeding.c. */
#ifndef XENAV_CLIENT_INPUT_H
#define XENAV_CLIENT_INPUT_H

#include <stdbool.h>

#include "client/base.h"
#include "client/eventlog.h"
#include "client/keyset.h"
#include "client/touches.h"

#define OUT_RESET  OUT_OF_KIND(0)
#define OUT_EVENTS OUT_OF_KIND(1)

/* What the daemon of this connection was told. */
struct telling {
	struct keyset down;     /* keys that it was told are down, or the one before.. */
	struct keyset again;    /* ..and of those, what is to be pressed again before the log.. */
	struct touches touches; /* ..and then contacts */
	uint32_t n;             /* events and resets, since the claim */
};

struct xenav_input {
	struct xenav_object o; /* first */
	struct xenav_input_info info;
	char domain_name[64];
	char unique_id[96];
	struct eventlog log;
	struct keyset held; /* by the program */
	struct telling told;

	/* `told` and log.n_sent, once the message that was filled in last is sent: */
	struct telling told_next;
	unsigned int n_sent_next;
};

/* Is anything to be sent? */
bool input_has_events(const struct xenav_input *in);

/* Of what waits in a pause only what is held in the end counts. */
void input_forget_waiting(struct xenav_input *in);

#endif
